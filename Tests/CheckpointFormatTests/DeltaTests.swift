import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// Files that hold only what differs from a base, FORMAT §11.
@Suite struct DeltaTests {
  let folder = TemporaryFolder()
  private let nowhere = BaseSearch(folders: [])

  private func write(_ tensors: NamedTensors, to name: String) throws -> CheckpointStack {
    try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata, tensors: tensors,
      to: folder.file(name))
    return try CheckpointStack(path: folder.file(name), bases: nowhere)
  }

  @discardableResult
  private func writeDelta(
    _ tensors: NamedTensors, from base: CheckpointStack, to name: String
  ) throws -> CheckpointSummary {
    try CheckpointWriter.writeDelta(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata, tensors: tensors, from: base,
      to: folder.file(name))
  }

  private func open(_ name: String, bases: BaseSearch? = nil) throws -> CheckpointStack {
    try CheckpointStack(path: folder.file(name), bases: bases ?? nowhere)
  }

  private func code(_ body: () throws -> Void) -> CheckpointError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? CheckpointError)?.code
    }
  }

  /// The sample with a tensor changed, one of another shape, one of another type, one gone and one new.
  private static var changed: NamedTensors {
    var tensors = Sample.small.filter { $0.name != "wide.weight" }
    tensors[0].tensor = Tensor([5, 3], seed: 1)
    tensors[2].tensor = Tensor([3, 3, 11], seed: 99)
    tensors[4].tensor = Tensor([33], .bfloat16, seed: 5)
    tensors.append(("new.bias", Tensor([4], seed: 11)))
    return tensors
  }

  @Test func onlyWhatDiffersIsStoredAndEverythingComesBack() throws {
    let base = try write(Sample.small, to: "base.rzoo")
    let complete = try write(Self.changed, to: "complete.rzoo")
    try writeDelta(Self.changed, from: base, to: "delta.rzoo")
    let delta = try open("delta.rzoo")
    #expect(
      delta.index.entries.map(\.name) == ["conv1.weight", "fc.weight", "half.weight", "new.bias"])
    #expect(delta.index.delta?.dropped == ["wide.weight"])
    #expect(delta.index.minimumReaderVersion == 2 && base.index.minimumReaderVersion == 1)
    #expect(delta.index.contentRoot == complete.index.contentRoot)
    #expect(delta.decodedByteCount == complete.decodedByteCount)
    let loaded = try delta.loadTensors()
    #expect(loaded.count == Self.changed.count)
    for (name, tensor) in Self.changed {
      #expect(loaded[name]?.byteArray == tensor.byteArray)
      #expect(loaded[name]?.shape == tensor.shape && loaded[name]?.elementType == tensor.elementType)
    }
    try delta.verify()
    try delta.writeComplete(to: folder.file("merged.rzoo"))
    #expect(readFile(folder.file("merged.rzoo")) == readFile(folder.file("complete.rzoo")))
  }

  @Test func aChangedBitIsADifferenceAndNegativeZeroIsOne() throws {
    let base = try write(
      [("w", Tensor([2], .float32, bytes: [0, 0, 0, 0, 0, 0, 0xC0, 0x7F]))], to: "base.rzoo")
    for bytes: [UInt8] in [[0, 0, 0, 0x80, 0, 0, 0xC0, 0x7F], [0, 0, 0, 0, 1, 0, 0xC0, 0x7F]] {
      try writeDelta([("w", Tensor([2], .float32, bytes: bytes))], from: base, to: "delta.rzoo")
      #expect(try open("delta.rzoo").loadTensors()["w"]?.byteArray == bytes)
    }
    #expect(
      code { try writeDelta(base.loadTensors().map { ($0, $1) }, from: base, to: "none.rzoo") }
        == .invalidInput)
    #expect(!folder.names.contains("none.rzoo"))
  }

  @Test func sameModelAndBaseGiveTheSameBytes() throws {
    let base = try write(Sample.small, to: "base.rzoo")
    try writeDelta(Self.changed, from: base, to: "a.rzoo")
    try writeDelta(Self.changed.reversed(), from: base, to: "b.rzoo")
    #expect(readFile(folder.file("a.rzoo")) == readFile(folder.file("b.rzoo")))
  }

  @Test func theBaseIsFoundWhereItMayBe() throws {
    let base = try write(Sample.small, to: "base.rzoo")
    try writeDelta(Self.changed, from: base, to: "delta.rzoo")
    let cache = TemporaryFolder()
    cache.write(readFile(folder.file("base.rzoo")), to: "anything.rzoo")
    let away = TemporaryFolder()
    let delta = away.write(readFile(folder.file("delta.rzoo")))
    away.write([1, 2, 3], to: "junk.rzoo")
    func found(_ bases: BaseSearch) throws -> String {
      try CheckpointStack(path: delta, bases: bases).layers[1].path
    }
    #expect(try found(BaseSearch(files: [folder.file("base.rzoo")], folders: [])) == folder.file("base.rzoo"))
    #expect(try found(BaseSearch(folders: ["/nowhere", cache.path])) == cache.file("anything.rzoo"))
    #expect(try open("delta.rzoo").layers[1].path == folder.file("base.rzoo"))
    do {
      _ = try CheckpointStack(path: delta, bases: BaseSearch(folders: ["/nowhere"]))
      Issue.record("found")
    } catch {
      #expect(error.code == .baseNotFound)
      for words in [base.index.contentRootHex, away.path, "/nowhere"] {
        #expect(error.message.contains(words))
      }
    }
    // A file under another ending is not looked at.
    away.write(readFile(folder.file("base.rzoo")), to: "base.bin")
    #expect(code { _ = try found(BaseSearch(folders: [])) } == .baseNotFound)
  }

  @Test func aSearchThatStopsSaysSo() throws {
    let base = try write(Sample.small, to: "base.rzoo")
    try writeDelta(Self.changed, from: base, to: "delta.rzoo")
    let full = TemporaryFolder()
    full.write(readFile(folder.file("delta.rzoo")), to: "0.rzoo")
    for number in 1..<1024 { full.write([], to: "a\(number).rzoo") }
    func message() -> String {
      do throws(CheckpointError) {
        _ = try CheckpointStack(path: full.file("0.rzoo"), bases: BaseSearch(folders: []))
        return "opened"
      } catch {
        return error.message
      }
    }
    #expect(message().contains("(1024 .rzoo files)"))
    full.write(readFile(folder.file("base.rzoo")), to: "z.rzoo")
    #expect(message().contains("(the first 1024 .rzoo files; there are more)"))
  }

  @Test func aBaseThatWasNamedMustBeTheRightOne() throws {
    let base = try write(Sample.small, to: "base.rzoo")
    _ = try write(Self.changed, to: "other.rzoo")
    try writeDelta(Self.changed, from: base, to: "delta.rzoo")
    func code(_ files: String...) -> CheckpointError.Code? {
      self.code { _ = try open("delta.rzoo", bases: BaseSearch(files: files.map(folder.file), folders: [])) }
    }
    #expect(code("other.rzoo") == .wrongBase)
    #expect(code("other.rzoo", "base.rzoo") == nil)
    #expect(code("none.rzoo") == .notFound)
    folder.write(Array("text".utf8), to: "text.rzoo")
    #expect(code("text.rzoo") == .badMagic)
  }

  @Test func aDamagedBaseIsNamed() throws {
    let base = try write(Sample.small, to: "base.rzoo")
    try writeDelta(Self.changed, from: base, to: "delta.rzoo")
    var bytes = readFile(folder.file("base.rzoo"))
    bytes[100] ^= 1
    folder.write(bytes, to: "base.rzoo")
    do {
      _ = try open("delta.rzoo")
      Issue.record("opened")
    } catch let error as CheckpointError {
      #expect(error.code == .sectionTableChecksum && error.message.contains(folder.file("base.rzoo")))
    }
    bytes[100] ^= 1
    bytes[bytes.count - 1] ^= 1
    folder.write(bytes, to: "base.rzoo")
    #expect(code { try open("delta.rzoo").verify() } == .chunkChecksum)
    #expect(code { try writeDelta(Self.changed, from: open("base.rzoo"), to: "x.rzoo") } == .chunkChecksum)
    #expect(!folder.names.contains("x.rzoo"))
  }

  @Test func deltasStandOnEachOtherUpToALimit() throws {
    func tensors(_ number: Int) -> NamedTensors {
      Sample.small + [("count", Tensor([], seed: UInt64(100 + number)))]
    }
    var base = try write(Sample.small, to: "0.rzoo")
    for number in 1...8 {
      try writeDelta(tensors(number), from: base, to: "\(number).rzoo")
      base = try open("\(number).rzoo")
      #expect(base.layers.count == number + 1)
      #expect(base.index.entries.map(\.name) == ["count"])
    }
    try base.verify()
    #expect(try base.loadTensors()["count"]?.byteArray == Tensor([], seed: 108).byteArray)
    try writeDelta(tensors(9), from: base, to: "9.rzoo")
    #expect(code { _ = try open("9.rzoo") } == .baseChainTooLong)
  }

  @Test func aCircleOfDeltasIsAnErrorUnlessOneIsWhole() throws {
    let one = try write(Sample.small, to: "one.rzoo")
    let two = try write(Self.changed, to: "two.rzoo")
    let circle = TemporaryFolder()
    try two.writeDelta(from: one, to: circle.file("b.rzoo"))
    try one.writeDelta(from: two, to: circle.file("a.rzoo"))
    for name in ["a.rzoo", "b.rzoo"] {
      #expect(code { _ = try CheckpointStack(path: circle.file(name), bases: nowhere) } == .baseCycle)
    }
    circle.write(readFile(folder.file("one.rzoo")), to: "z.rzoo")
    #expect(try CheckpointStack(path: circle.file("b.rzoo"), bases: nowhere).layers.count == 2)
  }

  @Test func everyFlippedBitOfADeltaIsFound() throws {
    let base = try write(Sample.small, to: "base.rzoo")
    try writeDelta(Self.changed, from: base, to: "delta.rzoo")
    var bytes = readFile(folder.file("delta.rzoo"))
    var unnoticed: [Int] = []
    for bit in 0..<bytes.count * 8 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      folder.write(bytes, to: "delta.rzoo")
      if code({ try open("delta.rzoo").verify(threads: 1) }) == nil { unnoticed.append(bit) }
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    #expect(unnoticed.prefix(20) == [])
  }
}

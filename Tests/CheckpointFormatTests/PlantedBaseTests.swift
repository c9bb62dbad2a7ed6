import Platform
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// Files in a delta's folder that claim to be bases of the chain, before the true ones in the order of names.
@Suite struct PlantedBaseTests {
  let folder = TemporaryFolder()
  private let bases = BaseSearch(folders: [])
  /// The content roots of `m0.rzoo`, which is complete, and of the deltas `m1.rzoo` and `m2.rzoo`, each on the one before.
  private var roots: [[UInt8]] = []

  init() throws {
    var below = try CheckpointStack(path: Self.write(Sample.small, in: folder), bases: bases)
    roots.append(below.index.contentRoot)
    for number in 1...2 {
      let path = folder.file("m\(number).rzoo")
      try CheckpointWriter.writeDelta(
        architectureJSON: Sample.architecture, metadataJSON: Sample.metadata,
        tensors: Sample.small + [("count", Tensor([], seed: UInt64(100 + number)))], from: below, to: path)
      below = try CheckpointStack(path: path, bases: bases)
      roots.append(below.index.contentRoot)
    }
  }

  private static func write(_ tensors: NamedTensors, in folder: TemporaryFolder) throws -> String {
    try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata, tensors: tensors,
      to: folder.file("m0.rzoo"))
    return folder.file("m0.rzoo")
  }

  /// Writes a delta that stores `w`, and claims to hold a model and to differ from another.
  private func plant(_ name: String, holding model: [UInt8], on base: [UInt8], merged: Int) {
    var writer = ByteWriter()
    writer.write(bytes: base)
    writer.write(UInt32(merged))
    writer.write(UInt32(0))
    writer.write(UInt64(1 << 20))
    var forge = Forge()
    forge.sections.append(.init(kind: "base", content: writer.bytes, sinceVersion: 2))
    forge.header = {
      $0.minimumReaderVersion = 2
      $0.contentRoot = model
    }
    folder.write(forge.bytes(), to: name)
  }

  private func layers(of name: String) throws -> [String] {
    let stack = try CheckpointStack(path: folder.file(name), bases: bases)
    try stack.verify()
    return stack.layers.map { String($0.path.dropFirst(folder.path.count + 1)) }
  }

  private func refusal(of name: String) -> CheckpointError? {
    do throws(CheckpointError) {
      _ = try CheckpointStack(path: folder.file(name), bases: bases)
      return nil
    } catch {
      return error
    }
  }

  @Test func aPlantedDeltaThatDoesNotFitTheTrueBaseIsPassedOver() throws {
    plant("a.rzoo", holding: roots[1], on: roots[0], merged: 3)
    #expect(try layers(of: "m2.rzoo") == ["m2.rzoo", "m1.rzoo", "m0.rzoo"])
    unsafe unlink(folder.file("m1.rzoo"))
    let error = try #require(refusal(of: "m2.rzoo"))
    #expect(error.code == .baseMismatch)
    #expect(error.message.hasPrefix("its base \(folder.file("a.rzoo")): with its base it has "))
  }

  @Test func aTrueDeltaIsNotBlamedForAPlantedBase() throws {
    var forge = Forge()
    forge.header = { [roots] in $0.contentRoot = roots[0] }
    folder.write(forge.bytes(), to: "a.rzoo")
    #expect(try layers(of: "m2.rzoo") == ["m2.rzoo", "m1.rzoo", "m0.rzoo"])
    unsafe unlink(folder.file("m0.rzoo"))
    let error = try #require(refusal(of: "m2.rzoo"))
    #expect(error.message.contains("its base \(folder.file("a.rzoo")): the tensors' content root is "))
  }

  @Test func theOpenedFileIsBlamedWhenItsBaseIsTrue() throws {
    plant("a.rzoo", holding: Array(repeating: 7, count: 32), on: roots[0], merged: 3)
    let error = try #require(refusal(of: "a.rzoo"))
    #expect(error.code == .baseMismatch)
    #expect(error.message.hasPrefix("with its base it has "))
  }

  @Test func plantedDeltasUponEachOtherAreNoLongChain() throws {
    // Each claims to hold what the one before needs; the last one needs a model of the true chain.
    func claim(_ number: Int) -> [UInt8] { Array(repeating: UInt8(number), count: 32) }
    for number in 0..<8 {
      plant(
        "a\(number).rzoo", holding: number == 0 ? roots[1] : claim(number),
        on: number == 7 ? roots[1] : claim(number + 1), merged: 3)
    }
    #expect(try layers(of: "m2.rzoo") == ["m2.rzoo", "m1.rzoo", "m0.rzoo"])
    for last in [false, true] {
      for number in 0..<12 {
        plant(
          "a\(number).rzoo", holding: number == 0 ? roots[1] : claim(number),
          on: last && number == 6 ? roots[0] : claim(number + 1), merged: 3)
      }
      #expect(try layers(of: "m2.rzoo") == ["m2.rzoo", "m1.rzoo", "m0.rzoo"])
    }
  }

  @Test func aCandidateThatCannotBeOpenedIsTriedOnce() throws {
    var bytes = readFile(folder.file("m0.rzoo"))
    bytes[230] ^= 1
    folder.write(bytes, to: "a.rzoo")
    let reader = try CheckpointReader(path: folder.file("m1.rzoo"))
    var refused = RefusedBases()
    let delta = try #require(reader.index.delta)
    let found = try bases.base(of: reader, delta, depth: 1, refused: &refused)
    #expect(found.reader.path == folder.file("m0.rzoo"))
    #expect(refused.contains(folder.file("a.rzoo"), at: 1))
  }

  @Test func aNameThatAnotherSpellsOtherwiseHidesNoBase() throws {
    folder.write(readFile(folder.file("m0.rzoo")), to: "e\u{301}.rzoo")
    folder.write(readFile(folder.file("m2.rzoo")), to: "\u{E9}.rzoo")
    unsafe unlink(folder.file("m0.rzoo"))
    #expect(try layers(of: "m1.rzoo").count == 2)
  }
}

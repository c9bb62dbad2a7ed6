import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// Deltas that break one rule of FORMAT §11 while every checksum is right.
@Suite struct ForgedDeltaTests {
  let folder = TemporaryFolder()
  /// The base of the forged delta: tensors `a` and `b`.
  private let baseRoot: [UInt8]

  init() throws {
    try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata,
      tensors: [("a", Tensor([2], seed: 1)), ("b", Tensor([3], seed: 2))], to: folder.file("base.rzoo"))
    baseRoot = try CheckpointReader(path: folder.file("base.rzoo")).index.contentRoot
  }

  private func section(_ merged: UInt32, _ bytes: UInt64, dropped: [String], count: UInt32? = nil) -> [UInt8]
  {
    var writer = ByteWriter()
    writer.write(bytes: baseRoot)
    writer.write(merged)
    writer.write(count ?? UInt32(dropped.count))
    writer.write(bytes)
    for name in dropped {
      writer.write(UInt8(name.utf8.count))
      writer.write(bytes: name.utf8)
    }
    return writer.bytes
  }

  /// A delta that stores `w` (8 bytes), with this section.
  private func forge(_ content: [UInt8], flags: UInt8 = 1, since: UInt16 = 2) -> Forge {
    var forge = Forge()
    forge.sections.append(.init(kind: "base", content: content, flags: flags, sinceVersion: since))
    forge.header = {
      $0.minimumReaderVersion = 2; $0.contentRoot = Array(repeating: 7, count: 32)
    }
    return forge
  }

  private func code(_ forge: Forge) -> CheckpointError.Code? {
    let path = folder.write(forge.bytes(), to: "delta.rzoo")
    do throws(CheckpointError) {
      _ = try CheckpointStack(path: path, bases: BaseSearch(folders: []))
      return nil
    } catch {
      return error.code
    }
  }

  @Test func theForgeItselfMakesDeltas() {
    #expect(code(forge(section(3, 28, dropped: []))) == nil)
    #expect(code(forge(section(2, 20, dropped: ["a"]))) == nil)
    #expect(code(forge(section(1, 8, dropped: ["a", "b"]))) == nil)
  }

  @Test func sectionsThatBreakARuleAreRefused() {
    let good = section(3, 28, dropped: [])
    for count in 0..<good.count { #expect(code(forge(Array(good[..<count]))) == .badBase) }
    #expect(code(forge(good + [0])) == .badBase)
    #expect(code(forge(section(3, 28, dropped: [], count: 1))) == .badBase)
    #expect(code(forge(section(3, 28, dropped: [], count: .max))) == .badBase)
    #expect(code(forge(section(65_537, 28, dropped: []))) == .badBase)
    #expect(code(forge(section(0, 28, dropped: []))) == .badBase)
    #expect(code(forge(section(3, 7, dropped: []))) == .badBase)
    #expect(code(forge(section(3, .max, dropped: []))) == .badBase)
    #expect(code(forge(section(3, 28, dropped: ["w"]))) == .badBase)
    #expect(code(forge(section(1, 8, dropped: ["b", "a"]))) == .unsortedNames)
    #expect(code(forge(section(2, 20, dropped: ["a", "a"]))) == .duplicateName)
    #expect(code(forge(section(2, 20, dropped: [""]))) == .badName)
    #expect(code(forge(section(2, 20, dropped: ["a..b"]))) == .badName)
    #expect(code(forge(good, flags: 0)) == .badSectionTable)
    #expect(code(forge(good, since: 1)) == .badSectionTable)
    var old = forge(good)
    old.header = { _ in }
    #expect(code(old) == .badHeader)
    var own = forge(good)
    let root = baseRoot
    own.header = {
      $0.minimumReaderVersion = 2; $0.contentRoot = root
    }
    #expect(code(own) == .badBase)
  }

  @Test func deltasThatDoNotFitTheirBaseAreRefused() {
    #expect(code(forge(section(3, 28, dropped: ["c"]))) == .baseMismatch)
    #expect(code(forge(section(2, 28, dropped: []))) == .baseMismatch)
    #expect(code(forge(section(3, 29, dropped: []))) == .baseMismatch)
    #expect(code(forge(section(32_768, 1 << 43, dropped: []))) == .baseMismatch)
  }

  @Test func aForgedRootOfTheMergedModelIsFoundByVerifying() throws {
    let path = folder.write(forge(section(3, 28, dropped: [])).bytes(), to: "delta.rzoo")
    let stack = try CheckpointStack(path: path, bases: BaseSearch(folders: []))
    #expect(throws: CheckpointError(.contentRootMismatch, "")) { try stack.verify() }
    #expect(throws: CheckpointError(.contentRootMismatch, "")) {
      try stack.writeComplete(to: folder.file("merged.rzoo"))
    }
    #expect(folder.names == ["base.rzoo", "delta.rzoo"])
  }

  /// A base whose header claims the root that is wanted, over other tensors.
  @Test func aForgedBaseRootIsFoundByVerifying() throws {
    folder.write(forge(section(2, 16, dropped: [])).bytes(), to: "delta.rzoo")
    var liar = Forge([Forge.Entry("a", [2], [Forge.Chunk(bytes: Array(1...8))])])
    let root = baseRoot
    liar.header = { $0.contentRoot = root }
    folder.write(liar.bytes(), to: "base.rzoo")
    let stack = try CheckpointStack(path: folder.file("delta.rzoo"), bases: BaseSearch(folders: []))
    #expect { try stack.verify() } throws: { error in
      let error = error as? CheckpointError
      return error?.code == .contentRootMismatch && error?.message.contains("base.rzoo") == true
    }
  }

  @Test func aCompressedSectionIsRead() throws {
    let names = (0..<2000).map { "layer\(1000 + $0).weight" }
    try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata,
      tensors: names.map { ($0, Tensor([1], seed: 3)) }, to: folder.file("base.rzoo"))
    let base = try CheckpointStack(path: folder.file("base.rzoo"))
    try CheckpointWriter.writeDelta(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata,
      tensors: [("w", Tensor([1], seed: 4))], from: base, to: folder.file("delta.rzoo"))
    let delta = try CheckpointStack(path: folder.file("delta.rzoo"))
    #expect(delta.index.delta?.dropped == names)
    #expect(delta.index.fileByteCount < 12_000)
    try delta.verify()
  }
}

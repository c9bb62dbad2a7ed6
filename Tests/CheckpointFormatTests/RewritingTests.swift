import Platform
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// New metadata over the same blobs.
@Suite struct RewritingTests {
  let folder = TemporaryFolder()
  private static let metadata = Array(
    #"{"labels":["one","two"],"notes":"\#(String(repeating: "long ", count: 2000))"}"#.utf8)

  private func blobs(_ path: String) throws -> [UInt8] {
    Array(readFile(path)[Int(try CheckpointReader(path: path).index.indexByteCount)...])
  }

  @Test(arguments: Codec.allCases) func blobsAndContentRootStay(codec: Codec) throws {
    let path = folder.write(try Sample.bytes(codec: codec, in: folder))
    let before = try CheckpointReader(path: path)
    let bytes = try blobs(path)
    try before.rewrite(metadataJSON: Self.metadata, signatures: [], to: path)
    let after = try CheckpointReader(path: path)
    #expect(after.index.metadataJSON == Self.metadata)
    #expect(after.index.architectureJSON == Sample.architecture)
    #expect(after.index.contentRoot == before.index.contentRoot)
    #expect(try blobs(path) == bytes)
    try after.verify()
    try after.rewrite(metadataJSON: Sample.metadata, signatures: [], to: path)
    #expect(try CheckpointReader(path: path).index.metadataJSON == Sample.metadata)
    #expect(folder.names == ["sample.rzoo", "test.rzoo"])
  }

  @Test func nothingChangedGivesTheSameBytes() throws {
    let path = folder.write(try Sample.bytes(in: folder))
    try CheckpointReader(path: path).rewrite(signatures: [], to: folder.file("copy.rzoo"))
    #expect(readFile(folder.file("copy.rzoo")) == readFile(path))
  }

  @Test func theModeIsKeptAndReadersOfTheOldFileGoOn() throws {
    let path = folder.write(try Sample.bytes(in: folder))
    #expect(unsafe chmod(path, 0o640) == 0)
    let old = try CheckpointReader(path: path)
    try old.rewrite(metadataJSON: Self.metadata, signatures: [], to: path)
    #expect(mode(of: path) == 0o640)
    try old.verify()
  }

  /// Each damaged byte of the blobs ends the rewriting, and the file that is there stays.
  @Test func damageIsNotCopied() throws {
    let path = folder.write(try Sample.bytes(in: folder))
    let index = try CheckpointReader(path: path).index
    var bytes = readFile(path)
    for position in Int(index.indexByteCount)..<bytes.count {
      bytes[position] ^= 4
      folder.write(bytes)
      let reader = try CheckpointReader(path: path)
      do throws(CheckpointError) {
        try reader.rewrite(metadataJSON: Self.metadata, signatures: [], to: path)
        Issue.record("byte \(position) was copied")
      } catch {
        #expect(error.code == .chunkChecksum || error.code == .paddingNotZero)
      }
      #expect(readFile(path) == bytes)
      bytes[position] ^= 4
    }
    #expect(folder.names == ["sample.rzoo", "test.rzoo"])
  }

  /// A file that is damaged after it was opened.
  @Test func theIndexIsReadAndCheckedAgain() throws {
    let path = folder.write(try Sample.bytes(in: folder))
    let reader = try CheckpointReader(path: path)
    let descriptor = unsafe open(path, O_WRONLY)
    defer { close(descriptor) }
    unsafe pwrite(descriptor, [0x21], 1, off_t(96 + 4 * 32))
    #expect(throws: CheckpointError(.sectionChecksum, "")) {
      try reader.rewrite(metadataJSON: Self.metadata, signatures: [], to: folder.file("new.rzoo"))
    }
    #expect(!folder.names.contains("new.rzoo"))
  }

  @Test func unknownSectionsAreLeftOutOnlyWhenADocumentChanges() throws {
    var forge = Forge()
    forge.sections.append(.init(kind: "note", content: [1, 2], flags: 0, sinceVersion: 3))
    forge.sections.append(.init(kind: "zzzz", content: [3], flags: 0, sinceVersion: 4))
    let reader = try CheckpointReader(path: folder.write(forge.bytes()))
    #expect(
      reader.index.unknownSections == [
        UnknownSection(kind: "note", byteCount: 2), UnknownSection(kind: "zzzz", byteCount: 1),
      ])
    let key = SigningKey()
    try reader.rewrite(signatures: [reader.index.signature(by: key)], to: folder.file("signed.rzoo"))
    let signed = try CheckpointReader(path: folder.file("signed.rzoo")).index
    #expect(signed.sections.map(\.kind.description).suffix(3) == ["'note'", "'sign'", "'zzzz'"])
    try signed.checkSignatures(by: key.verifyingKey)
    try reader.rewrite(metadataJSON: Self.metadata, signatures: [], to: folder.file("changed.rzoo"))
    #expect(try CheckpointReader(path: folder.file("changed.rzoo")).index.unknownSections == [])
  }

  @Test func metadataThatCannotBeStoredIsRefused() throws {
    let reader = try CheckpointReader(path: folder.write(try Sample.bytes(in: folder)))
    for (metadata, code): ([UInt8], CheckpointError.Code) in [
      ([0xFF], .badText), (Array(repeating: 0x20, count: (1 << 24) + 1), .invalidInput),
    ] {
      #expect(throws: CheckpointError(code, "")) {
        try reader.rewrite(metadataJSON: metadata, signatures: [], to: folder.file("x.rzoo"))
      }
    }
    #expect(!folder.names.contains("x.rzoo"))
  }
}

import Platform
import TensorCore
import TestSupport
import Testing

@testable import Files

@Suite struct SharedBytesFolderTests {
  let parent = TemporaryFolder()
  let bytes = [UInt8](repeating: 7, count: 100_000)

  var folder: SharedBytesFolder { SharedBytesFolder(path: parent.file("a/shared")) }

  func names() throws -> [String] {
    try #require(FolderListing.entries(of: parent.file("a/shared")))
  }

  func share(_ bytes: [UInt8]) -> (any SharedBytes)? { folder.shared(bytes.rawBytes) }

  /// The first byte of what is lent for `bytes`; nil when nothing is.
  func lent(_ bytes: [UInt8]) -> UInt8? {
    share(bytes).map { unsafe $0.start.load(as: UInt8.self) }
  }

  @Test func `equal bytes have one file, which is mapped`() throws {
    let first = try #require(share(bytes))
    let second = try #require(share(bytes))
    #expect(unsafe first.start != second.start)
    #expect(unsafe UInt(bitPattern: second.start) % UInt(AlignedBuffer.alignment) == 0)
    #expect(unsafe memcmp(first.start, second.start, bytes.count) == 0)
    #expect(try names().count == 1)
    var other = bytes
    other[99_999] = 8
    #expect(lent(other) == 7)
    #expect(try names().count == 2)
    var status = stat()
    #expect(unsafe stat(parent.file("a/shared"), &status) == 0 && status.st_mode & 0o777 == 0o700)
    let file = try parent.file("a/shared/\(names()[0])")
    #expect(unsafe stat(file, &status) == 0 && status.st_mode & 0o777 == 0o400)
  }

  @Test func `what lies in the folder is not believed`() throws {
    #expect(lent(bytes) == 7)
    let file = try parent.file("a/shared/\(names()[0])")
    for damage in [[UInt8](repeating: 6, count: bytes.count), [UInt8](repeating: 7, count: 99_999), []] {
      #expect(unsafe unlink(file) == 0)
      writeFile(damage, to: file)
      #expect(lent(bytes) == 7)
      #expect(readFile(file) == bytes)
      #expect(try names().count == 1)
    }
    #expect(unsafe unlink(file) == 0)
    #expect(unsafe symlink("/dev/zero", file) == 0)
    #expect(lent(bytes) == 7)
    #expect(readFile(file) == bytes)
  }

  @Test func `a folder that others may change, a link and a file in its place are not used`() throws {
    #expect(lent(bytes) == 7)
    for mode: mode_t in [0o770, 0o702, 0o777] {
      #expect(unsafe chmod(parent.file("a/shared"), mode) == 0)
      #expect(lent(bytes) == nil)
    }
    #expect(unsafe chmod(parent.file("a/shared"), 0o755) == 0)
    #expect(lent(bytes) == 7)
    #expect(unsafe rename(parent.file("a/shared"), parent.file("a/moved")) == 0)
    #expect(unsafe symlink("moved", parent.file("a/shared")) == 0)
    #expect(lent(bytes) == nil)
    #expect(unsafe unlink(parent.file("a/shared")) == 0)
    _ = parent.write([1], to: "a/shared")
    #expect(lent(bytes) == nil)
    #expect(readFile(parent.file("a/shared")) == [1])
  }

  @Test func `a mapping outlives its file, and old files go when one is added`() throws {
    let mapped = try #require(share(bytes))
    let old = try parent.file("a/shared/\(names()[0])")
    let foreign = parent.write([1], to: "a/shared/notes.txt")
    for path in [old, foreign] {
      unsafe [timeval(tv_sec: 86_400, tv_usec: 0), timeval(tv_sec: 86_400, tv_usec: 0)]
        .withUnsafeBufferPointer {
          #expect(unsafe utimes(path, $0.baseAddress) == 0)
        }
    }
    #expect(lent([UInt8](repeating: 9, count: 100_000)) == 9)
    #expect(!isThere(old))
    #expect(isThere(foreign))
    #expect(unsafe mapped.start.load(fromByteOffset: 99_999, as: UInt8.self) == 7)
    #expect(lent(bytes) == 7)
  }

  @Test func `few bytes are not shared`() {
    #expect(lent([1, 2, 3]) == nil)
    #expect(lent([]) == nil)
    #expect(!isThere(parent.file("a/shared")))
  }
}

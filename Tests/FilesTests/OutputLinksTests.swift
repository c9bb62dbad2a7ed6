import Platform
import TensorCore
import TestSupport
import Testing

@testable import Files

/// Links that somebody else planted, which takes the rights of root to make.
@Suite(.enabled(if: geteuid() == 0)) struct OutputLinksTests {
  private static let stranger: uid_t = 65534
  private let folder = TemporaryFolder()

  /// A folder as /tmp, with `plant`, a link of a stranger to the file `victim` beside the folder.
  private func sharedFolder() throws -> String {
    let shared = folder.makeFolder("shared")
    #expect(unsafe chmod(shared, 0o1777) == 0)
    folder.write([7], to: "victim")
    #expect(unsafe symlink("../victim", shared + "/plant") == 0)
    try #require(unsafe lchown(shared + "/plant", Self.stranger, Self.stranger) == 0)
    return shared
  }

  private func write(to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    try file.append([8].rawBytes)
    try file.commit()
  }

  @Test func `a link of a stranger in a shared folder is not followed`() throws {
    let shared = try sharedFolder()
    _ = folder.makeFolder("real")
    #expect(unsafe symlink("../real", shared + "/folder") == 0)
    try #require(unsafe lchown(shared + "/folder", Self.stranger, Self.stranger) == 0)
    #expect(unsafe symlink("shared", folder.file("way")) == 0)
    #expect(unsafe symlink("shared/plant", folder.file("chain")) == 0)
    for path in ["shared/plant", "way/plant", "chain", "shared/folder/out", "real/../shared/./plant"] {
      let error = #expect(throws: FileError.self) { try write(to: folder.file(path)) }
      #expect(error?.code == .permissionDenied, "\(path)")
      #expect(error?.message.contains("of another user") == true, "\(path)")
    }
    let error = #expect(throws: FileError.self) {
      try AtomicFolder(path: shared + "/folder", names: ["a"]) { _ in true }
    }
    #expect(error?.code == .permissionDenied)
    #expect(throws: FileError(.permissionDenied, path: "", "")) {
      try GrowingFile(path: shared + "/folder/log")
    }
    #expect(throws: FileError(.permissionDenied, path: "", "")) {
      try NewFile.create(shared + "/folder/key", mode: 0o600, content: [1])
    }
    for path in ["folder", "folder/new", "folder/new/er"] {
      #expect(throws: FileError(.permissionDenied, path: "", "")) { try makeFolders(shared + "/" + path) }
    }
    #expect(readFile(folder.file("victim")) == [7])
    #expect(TemporaryFolder.names(in: folder.file("real")).isEmpty)
  }

  @Test func `a link to a name that is no text is refused`() throws {
    let link = folder.file("link")
    #expect(unsafe symlink([0x76, CChar(bitPattern: 0xFF), 0], link) == 0)
    #expect(throws: FileError(.badPath, path: "", "")) { try write(to: link) }
    #expect(TemporaryFolder.names(in: folder.path) == ["link"])
  }

  @Test func `a growing file of another user is not used`() throws {
    let file = folder.write([1, 2], to: "rows.partial")
    try #require(unsafe chown(file, Self.stranger, Self.stranger) == 0)
    #expect(throws: FileError(.permissionDenied, path: "", "")) { try GrowingFile(path: file, isOwn: true) }
    #expect(readFile(file) == [1, 2])
  }

  @Test func `links that no stranger planted are followed`() throws {
    let shared = try sharedFolder()
    #expect(unsafe symlink("../victim", shared + "/own") == 0)
    try write(to: shared + "/own")
    #expect(readFile(folder.file("victim")) == [8])
    // The link is that of the folder's owner.
    #expect(unsafe chown(shared, Self.stranger, Self.stranger) == 0)
    folder.write([7], to: "victim")
    try write(to: shared + "/plant")
    #expect(readFile(folder.file("victim")) == [8])
    // Nobody but its owner makes files in the folder.
    #expect(unsafe chown(shared, 0, 0) == 0 && chmod(shared, 0o755) == 0)
    folder.write([7], to: "victim")
    try write(to: shared + "/plant")
    #expect(readFile(folder.file("victim")) == [8])
  }
}

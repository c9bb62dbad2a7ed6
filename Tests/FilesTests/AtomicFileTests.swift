import Files
import Platform
import TensorCore
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test func `a file appears only when it is complete`() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    let file = try AtomicFile(path: path)
    try file.append([1, 2, 3].rawBytes)
    #expect(throws: FileError(.notFound, path: path, "")) { try InputFile(path: path) }
    try file.commit()
    #expect(try InputFile(path: path).readAll(limit: 3) == [1, 2, 3])
    #expect(folder.names == ["a"])
  }

  @Test func `an incomplete write leaves the old file and no other`() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    try write([7], to: path)
    do {
      let file = try AtomicFile(path: path)
      try file.append([1, 2, 3].rawBytes)
    }
    #expect(try InputFile(path: path).readAll(limit: 3) == [7])
    #expect(folder.names == ["a"])
  }

  @Test func `the next writer removes the leftovers of a killed one`() throws {
    let folder = TemporaryFolder()
    let stale = ".reszoo-0123456789abcdef.tmp"
    let others = [".reszoo-0123456789abcdef.tmp2", ".reszoo-123.tmp", "reszoo.tmp"]
    for name in others + [stale] { folder.write([1], to: name) }
    try write([7], to: folder.path + "/a")
    #expect(folder.names == (others + ["a"]).sorted())
  }

  /// Killed before, while and after it has written; `tools/robustness/kill_saves.py` kills at every system call.
  @Test(arguments: [0, 1, 2])
  func `a killed writer leaves the old file or the new one`(stage: Int) async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    try write([7], to: path)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, stage = stage as Int] in
      let file = try AtomicFile(path: path)
      if stage > 0 { try file.append([UInt8](repeating: 8, count: 1_000_000).rawBytes) }
      if stage > 1 { try file.commit() }
      raise(SIGKILL)
    }
    let content = try InputFile(path: path).readAll(limit: 1_000_000)
    #expect(content == (stage > 1 ? [UInt8](repeating: 8, count: 1_000_000) : [7]))
    try write([9], to: path)
    #expect(folder.names == ["a"])
  }

  @Test func `a running writer keeps its temporary file`() throws {
    let folder = TemporaryFolder()
    let first = try AtomicFile(path: folder.path + "/a")
    try write([7], to: folder.path + "/b")
    try first.append([1].rawBytes)
    try first.commit()
    #expect(folder.names == ["a", "b"])
  }

  @Test func `a mapping of the old file stays whole while it is replaced`() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    try write([UInt8](repeating: 7, count: 100_000), to: path)
    let mapped = try MappedFile(try InputFile(path: path))
    for count in [0, 10, 200_000] { try write([UInt8](repeating: 8, count: count), to: path) }
    let bytes = Array(copying: mapped.bytes(in: 0..<100_000))
    #expect(bytes == [UInt8](repeating: 7, count: 100_000))
  }

  @Test func `what runs as another user, and what a stranger allows, is not taken over`() throws {
    let folder = TemporaryFolder()
    let path = folder.write([1], to: "file")
    func replaced(_ mode: mode_t, owner: uid_t) throws -> mode_t {
      folder.write([1], to: "file")
      #expect(unsafe chown(path, owner, gid_t.max) == 0)
      #expect(unsafe chmod(path, mode) == 0)
      let file = try AtomicFile(path: path)
      try file.append([UInt8]([2]).rawBytes)
      try file.commit()
      var status = stat()
      #expect(unsafe stat(path, &status) == 0)
      #expect(status.st_uid == geteuid())
      return status.st_mode & 0o7777
    }
    #expect(try replaced(0o4755, owner: geteuid()) == 0o755)
    #expect(try replaced(0o6711, owner: geteuid()) == 0o711)
    // Only root can give a file away.
    guard geteuid() == 0 else { return }
    #expect(try replaced(0o6777, owner: 65534) & ~0o644 == 0)
    #expect(try replaced(0o600, owner: 65534) == 0o600)
  }

  @Test func `replacing a file keeps its mode and its link`() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    let link = folder.path + "/b"
    try write([7], to: path)
    #expect(unsafe chmod(path, 0o640) == 0)
    #expect(unsafe symlink("a", link) == 0)
    try write([8], to: link)
    var status = stat()
    #expect(unsafe lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(try InputFile(path: path).readAll(limit: 1) == [8])
  }

  @Test func `an impossible place for a file is an error`() throws {
    let folder = TemporaryFolder()
    #expect(throws: FileError(.folderNotFound, path: "", "")) { try AtomicFile(path: folder.path + "/x/a") }
    #expect(throws: FileError(.notARegularFile, path: "", "")) { try AtomicFile(path: folder.path) }
    #expect(throws: FileError(.badPath, path: "", "")) { try AtomicFile(path: "") }
    #expect(throws: FileError(.notARegularFile, path: "", "")) { try AtomicFile(path: "/dev/null") }
  }

  @Test func `a file larger than its limit is an error`() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    try write([1, 2, 3, 4], to: path)
    #expect(throws: FileError(.tooLarge, path: path, "")) { try InputFile(path: path).readAll(limit: 3) }
    #expect(throws: FileError(.notARegularFile, path: path, "")) { try InputFile(path: folder.path) }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.append(bytes.rawBytes)
    try file.commit()
  }
}

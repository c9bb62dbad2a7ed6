import Platform
import TensorCore
import TestSupport
import Testing

@testable import Files

@Suite struct GrowingFileTests {
  let folder = TemporaryFolder()

  @Test func `written bytes are there when the file is opened again`() throws {
    let path = folder.file("part")
    do {
      let file = try GrowingFile(path: path)
      #expect(file.byteCount == 0)
      try file.append([UInt8]([1, 2, 3]).rawBytes)
    }
    let file = try GrowingFile(path: path)
    #expect(file.byteCount == 3)
    try file.append([UInt8]([4]).rawBytes)
    #expect(readFile(path) == [1, 2, 3, 4])
    try file.truncate(to: 9)
    try file.truncate(to: 2)
    #expect(file.byteCount == 2)
    try file.append([UInt8]([7]).rawBytes)
    #expect(readFile(path) == [1, 2, 7])
    try file.clear()
    try file.append([UInt8]([9]).rawBytes)
    try file.rename(to: folder.file("whole"))
    #expect(folder.names == ["whole"])
    #expect(readFile(folder.file("whole")) == [9])
  }

  @Test func `links, folders and pipes are refused`() throws {
    let target = folder.write([1], to: "target")
    #expect(unsafe symlink(target, folder.file("link")) == 0)
    #expect(unsafe mkfifo(folder.file("pipe"), 0o666) == 0)
    _ = folder.makeFolder("folder")
    for name in ["link", "pipe", "folder", "none/part"] {
      #expect(throws: FileError.self, "\(name)") { try GrowingFile(path: folder.file(name)) }
    }
    #expect(readFile(target) == [1])
  }

  @Test func `folders are made with their parents`() throws {
    let path = folder.file("a/b/c")
    try makeFolders(path)
    try makeFolders(path)
    #expect(TemporaryFolder.names(in: folder.file("a/b")) == ["c"])
    folder.write([], to: "file")
    for (path, code) in [("file", FileError.Code.badPath), ("file/x", .badPath)] {
      let error = #expect(throws: FileError.self) { try makeFolders(folder.file(path)) }
      #expect(error?.code == code, "\(path)")
    }
    #expect(throws: FileError.self) { try makeFolders("") }
  }
}

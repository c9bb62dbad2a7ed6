import Files
import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct ProtectedFilesTests {
  private let folder = TemporaryFolder()

  init() {
    // Only names that no other test has, as the rule is the process's.
    ProtectedFiles.protect { path in
      guard path.hasSuffix(".treasure") else { return nil }
      let isGold = FileManager.default.contents(atPath: path)?.starts(with: Array("gold".utf8)) == true
      return isGold ? "a treasure" : nil
    }
  }

  @Test func `a protected file is not replaced`() throws {
    let path = folder.write(Array("gold".utf8), to: "a.treasure")
    let error = #expect(throws: FileError.self) { try AtomicFile(path: path) }
    #expect(error?.code == .exists && error?.message.contains("holds a treasure") == true)
    #expect(readFile(path) == Array("gold".utf8))
  }

  @Test func `a file that appears in the meantime is not replaced`() throws {
    let path = folder.file("b.treasure")
    do {
      let file = try AtomicFile(path: path)
      try file.append([1, 2, 3].rawBytes)
      folder.write(Array("gold".utf8), to: "b.treasure")
      let error = #expect(throws: FileError.self) { try file.commit() }
      #expect(error?.code == .exists)
    }
    #expect(readFile(path) == Array("gold".utf8))
    #expect(folder.names == ["b.treasure"])
  }

  @Test func `exceptions and files of other content are replaced`() throws {
    for (name, content) in [("c.treasure", "gold"), ("d.treasure", "lead")] {
      let path = folder.write(Array(content.utf8), to: name)
      if content == "gold" { ProtectedFiles.allow(path) }
      let file = try AtomicFile(path: path)
      try file.commit()
      #expect(readFile(path).isEmpty)
    }
  }
}

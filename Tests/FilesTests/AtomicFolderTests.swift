import Dispatch
import Platform
import Synchronization
import TensorCore
import TestSupport
import Testing

@testable import Files

@Suite struct AtomicFolderTests {
  private let folder = TemporaryFolder()

  private func write(_ text: String, to path: String) throws {
    let new = try AtomicFolder(path: path, names: ["a", "b"]) { _ in true }
    for name in ["a", "b"] {
      let file = try AtomicFile(path: new.path(of: name))
      try file.append(Array(text.utf8).rawBytes)
      try file.commit()
    }
    try new.commit()
  }

  @Test func `a folder that is replaced is there at any moment`() throws {
    let path = folder.file("out")
    try write("0", to: path)
    let isDone = Atomic(false)
    let misses = Atomic(0)
    let errors = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 2) { number in
      if number == 0 {
        for round in 1...200 where (try? write("\(round)", to: path)) == nil {
          errors.add(1, ordering: .relaxed)
        }
        isDone.store(true, ordering: .relaxed)
      } else {
        while !isDone.load(ordering: .relaxed) {
          if !isFolder(path) { misses.add(1, ordering: .relaxed) }
        }
      }
    }
    #expect(errors.load(ordering: .relaxed) == 0)
    #expect(misses.load(ordering: .relaxed) == 0)
    #expect(readFile(path + "/b") == Array("200".utf8))
    #expect(folder.names == ["out"])
  }

  @Test func `a folder that got another file meanwhile is not replaced`() throws {
    let path = folder.file("out")
    try write("0", to: path)
    do {
      let new = try AtomicFolder(path: path, names: ["a", "b"]) { _ in true }
      folder.write([1], to: "out/mine")
      let error = #expect(throws: FileError.self) { try new.commit() }
      #expect(error?.code == .exists && error?.path == path)
    }
    #expect(folder.names == ["out"])
    #expect(TemporaryFolder.names(in: path) == ["a", "b", "mine"])
  }

  @Test func `a folder whose files were changed meanwhile is not replaced`() throws {
    let path = folder.file("out")
    try write("0", to: path)
    let isMine: @Sendable (String) -> Bool = { readFile($0 + "/a") == Array("0".utf8) }
    do {
      let new = try AtomicFolder(path: path, names: ["a", "b"], isReplaceable: isMine)
      folder.write([1], to: "out/a")
      let error = #expect(throws: FileError.self) { try new.commit() }
      #expect(error?.code == .exists && error?.message.contains("was changed meanwhile") == true)
    }
    #expect(readFile(path + "/a") == [1] && folder.names == ["out"])
  }

  @Test func `a hidden folder goes when nobody holds it, and only then`() throws {
    let left = ".reszoo-0123456789abcdef.tmp"
    _ = folder.makeFolder(left)
    folder.write([1], to: left + "/weights.bin")
    let old = ".reszoo-0123456789abcdef.tmp.old"
    _ = folder.makeFolder(old)
    _ = folder.makeFolder(".reszoo-0123456789abcdee.tmp")
    _ = folder.makeFolder(".reszoo-0123456789abcdee.tmp/inner")
    let first = try AtomicFolder(path: folder.file("first"), names: ["a"]) { _ in true }
    #expect(folder.names.count == 3)
    try write("0", to: folder.file("second"))
    try first.commit()
    #expect(folder.names == [".reszoo-0123456789abcdee.tmp", old, "first", "second"])
  }
}

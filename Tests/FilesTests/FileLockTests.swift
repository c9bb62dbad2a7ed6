import Dispatch
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Files

@Suite struct FileLockTests {
  let folder = TemporaryFolder()

  @Test func `a lock is held by one process at a time`() throws {
    let path = folder.file("lock")
    let holders = Atomic(0)
    let most = Atomic(0)
    let errors = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 64) { _ in
      guard let lock = try? FileLock(path: path) else {
        errors.add(1, ordering: .relaxed)
        return
      }
      most.max(holders.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
      usleep(500)
      holders.subtract(1, ordering: .relaxed)
      withExtendedLifetime(lock) {}
    }
    #expect(errors.load(ordering: .relaxed) == 0)
    #expect(most.load(ordering: .relaxed) == 1)
    #expect(folder.names.isEmpty)
  }

  @Test func `waiting for a lock is reported once`() throws {
    let path = folder.file("lock")
    var first: FileLock? = try FileLock(path: path) { Issue.record("nobody holds it") }
    let isWaiting = DispatchSemaphore(value: 0)
    let isDone = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      let second = try? FileLock(path: path) { isWaiting.signal() }
      #expect(second != nil)
      isDone.signal()
    }
    #expect(isWaiting.wait(timeout: .now() + 60) == .success)
    withExtendedLifetime(first) {}
    first = nil
    #expect(isDone.wait(timeout: .now() + 60) == .success)
  }

  @Test func `a held lock is not given to a caller that does not wait`() throws {
    let path = folder.file("lock")
    var first = try FileLock.ifFree(path: path)
    #expect(first != nil)
    #expect(try FileLock.ifFree(path: path) == nil)
    withExtendedLifetime(first) {}
    first = nil
    #expect(folder.names.isEmpty)
    // What is left of a process that was killed is free.
    folder.write([], to: "lock")
    #expect(try FileLock.ifFree(path: path) != nil)
    #expect(folder.names.isEmpty)
  }

  @Test func `a file with bytes is no lock and stays`() throws {
    let path = folder.write(Array("precious\n".utf8), to: "lock")
    #expect(throws: FileError(.exists, path: "", "")) { try FileLock(path: path) }
    #expect(throws: FileError(.exists, path: "", "")) { try FileLock.ifFree(path: path) }
    #expect(readFile(path) == Array("precious\n".utf8))
    let other = folder.file("other")
    var lock: FileLock? = try FileLock(path: other)
    withExtendedLifetime(lock) { _ = folder.write([1], to: "other") }
    lock = nil
    #expect(readFile(other) == [1])
  }

  @Test func `a lock in a missing folder is an error`() {
    #expect(throws: FileError.self) { try FileLock(path: folder.file("none/lock")) }
    #expect(throws: FileError.self) { try FileLock.ifFree(path: folder.file("none/lock")) }
  }
}

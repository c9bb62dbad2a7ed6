import Platform
import Threads

/// The temporary files and folders of outputs that are neither complete nor given up, and the files of every ``FileLock`` that is
/// held, so that a program which is told to end can remove them.
package enum TemporaryFiles {
  private struct State {
    var files: Set<String> = []
    var folders: Set<String> = []
    var locks: Set<String> = []
  }

  private static let state = ForkMutex(State())

  static func insert(_ path: String) {
    state.withLock { state in _ = state.files.insert(path) }
  }

  static func remove(_ path: String) {
    state.withLock { state in _ = state.files.remove(path) }
  }

  /// Makes a folder and knows it from the first moment: a signal waits until it is made.
  static func makeFolder(
    _ make: () -> (path: String, descriptor: Int32)?
  ) -> (path: String, descriptor: Int32)? {
    state.withLock { state in
      let made = make()
      if let made { state.folders.insert(made.path) }
      return made
    }
  }

  static func remove(folder path: String) {
    state.withLock { state in _ = state.folders.remove(path) }
  }

  static func insert(lock path: String) {
    state.withLock { state in _ = state.locks.insert(path) }
  }

  static func remove(lock path: String) {
    state.withLock { state in _ = state.locks.remove(path) }
  }

  /// Removes them all. Writing goes on into files without names, and completing one of them fails.
  package static func unlinkAll() {
    state.withLock { state in
      for path in state.files { unsafe unlink(path) }
      for path in state.folders { FlatFolder.remove(path) }
      for path in state.locks { FileLock.removeIfEmpty(path) }
      state = State()
    }
  }
}

import Platform
import Synchronization

/// The temporary files of every ``AtomicFile`` that is neither complete nor given up, and of every ``FileLock`` that is held, so
/// that a program which is told to end can remove them.
package enum TemporaryFiles {
  private static let paths = Mutex<Set<String>>([])

  static func insert(_ path: String) {
    paths.withLock { paths in _ = paths.insert(path) }
  }

  static func remove(_ path: String) {
    paths.withLock { paths in _ = paths.remove(path) }
  }

  /// Removes them all. Writing goes on into files without names, and completing one of them fails.
  package static func unlinkAll() {
    paths.withLock { paths in
      for path in paths { unsafe unlink(path) }
      paths.removeAll()
    }
  }
}

import Platform
import Threads

/// The files that this process has open for reading. After ``protect()`` no output replaces one of them, under whatever name: its
/// content may be needed by others, and be the only copy.
package enum OpenInputs {
  private struct State {
    var isProtecting = false
    /// The paths by which each file is open, one for each ``InputFile``.
    var paths: [FileIdentity: [String]] = [:]
    var edited: Set<FileIdentity> = []
  }

  private static let state = ForkMutex(State())

  /// Lets every output refuse to replace a file that is open, when it is created and again when it is complete.
  package static func protect() {
    state.withLock { $0.isProtecting = true }
  }

  /// Counts the file that standard input comes from as open, for as long as the process lives.
  package static func insertStandardInput() {
    var status = stat()
    guard unsafe fstat(STDIN_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    insert(FileIdentity(status), path: "standard input")
  }

  /// Counts a file that the user named as open, for as long as the process lives, whether or not it came to be read.
  package static func keep(_ path: String) {
    if let identity = FileIdentity(path: path) { insert(identity, path: path) }
  }

  /// Lets a file be replaced although it is read: it is edited in place.
  package static func allow(_ path: String) {
    guard let identity = FileIdentity(path: path) else { return }
    state.withLock { state in _ = state.edited.insert(identity) }
  }

  /// The path by which the file is open that an output would replace; nil when it may be written.
  package static func path(replacedBy output: String) -> String? {
    guard let identity = FileIdentity(path: output) else { return nil }
    return state.withLock { state in
      state.isProtecting && !state.edited.contains(identity) ? state.paths[identity]?.first : nil
    }
  }

  /// - Throws: ``FileError`` with `exists` for an output that would replace an open file.
  static func requireReplaceable(_ output: String) throws(FileError) {
    guard let input = path(replacedBy: output) else { return }
    let name = input == output ? "is" : "is \(input), which is"
    throw FileError(
      .exists, path: output, "\(name) read meanwhile and would be replaced; name another output")
  }

  static func insert(_ identity: FileIdentity, path: String) {
    state.withLock { $0.paths[identity, default: []].append(path) }
  }

  static func remove(_ identity: FileIdentity, path: String) {
    state.withLock { state in
      guard var paths = state.paths[identity] else { return }
      if let number = paths.firstIndex(of: path) { paths.remove(at: number) }
      state.paths[identity] = paths.isEmpty ? nil : paths
    }
  }
}

import Threads

/// The files that this process must not replace, such as those that took long to make.
///
/// None are protected until ``protect(_:)`` is called. From then on every ``AtomicFile`` refuses to replace one, when it is
/// created and again when it is complete.
package enum ProtectedFiles {
  private struct State {
    var content: (@Sendable (String) -> String?)?
    var exceptions: Set<String> = []
  }

  private static let state = Locked(State())

  /// Protects files.
  ///
  /// - Parameter content: returns the content of such a file, with an article; nil for the path of any other.
  package static func protect(_ content: @escaping @Sendable (String) -> String?) {
    state.withLock { $0.content = content }
  }

  /// Lets the file of this path, as writers will spell it, be replaced.
  package static func allow(_ path: String) {
    state.withLock { state in _ = state.exceptions.insert(path) }
  }

  /// The kind of content for which a file must not be replaced; nil when it may be replaced, or is not there.
  package static func content(of path: String) -> String? {
    let state = state.withLock { $0 }
    return state.exceptions.contains(path) ? nil : state.content?(path)
  }

  /// - Throws: ``FileError`` with `exists` for a file that must not be replaced, one of ``OpenInputs`` among them.
  static func requireReplaceable(_ path: String) throws(FileError) {
    try OpenInputs.requireReplaceable(path)
    guard let content = content(of: path) else { return }
    throw FileError(.exists, path: path, "holds \(content) and is not replaced; name another output")
  }
}

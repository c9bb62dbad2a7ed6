import Platform

/// The state of the file that a path leads to: it has another one when it was written to, or is another file.
package struct FileStamp: Hashable, Sendable {
  private let identity: FileIdentity
  private let size: Int64
  private let written: [Int64]

  /// Nil when the path leads to nothing.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    identity = FileIdentity(status)
    size = Int64(status.st_size)
    #if canImport(Darwin)
    let (content, change) = (status.st_mtimespec, status.st_ctimespec)
    #else
    let (content, change) = (status.st_mtim, status.st_ctim)
    #endif
    written = [content, change].flatMap { [Int64($0.tv_sec), Int64($0.tv_nsec)] }
  }
}

/// The identity of the file that a path leads to: two paths have the same one when they lead to the same file.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  /// Nil when the path leads to nothing.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

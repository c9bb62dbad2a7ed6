import Platform

/// The space that files take on their disk, and the space that is left.
package enum DiskSpace {
  /// Bytes that this user may still write to the disk of a path; nil when the system does not say.
  package static func available(at path: String) -> Int? {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return nil }
    let (bytes, isTooMany) = Int(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
    return isTooMany ? .max : bytes
  }

  /// The bytes of a regular file on its disk, holes not counted, and when it was last written, in seconds since 1970; nil when there is
  /// no such file, or a symbolic link to one.
  package static func usage(of path: String) -> (byteCount: Int, modified: Int)? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    #if canImport(Glibc)
    let modified = status.st_mtim.tv_sec
    #else
    let modified = status.st_mtimespec.tv_sec
    #endif
    return (Int(status.st_blocks) * 512, Int(modified))
  }

  /// Seconds since 1970, as files are dated.
  package static var now: Int { time(nil) }
}

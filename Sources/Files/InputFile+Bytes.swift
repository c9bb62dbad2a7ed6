import CFiles
import Platform

extension InputFile {
  /// A file without a name that holds a copy of bytes.
  ///
  /// - Parameter name: stands for the path in messages.
  package convenience init(copying bytes: RawSpan, name: String) throws(FileError) {
    let descriptor = rz_nameless_file()
    guard descriptor >= 0 else { throw Self.copyError(name) }
    var done = 0
    while done < bytes.byteCount {
      let rest = bytes.extracting(done...)
      let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        defer { close(descriptor) }
        throw Self.copyError(name)
      }
    }
    try self.init(owning: descriptor, path: name)
  }

  private static func copyError(_ name: String) -> FileError {
    FileError(.readFailed, path: name, "cannot be copied: \(systemMessage(errno))")
  }
}

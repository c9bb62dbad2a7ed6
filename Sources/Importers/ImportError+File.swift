import Files
import Messages
import Platform
import TensorCore

extension ImportError {
  /// What went wrong with the file itself.
  init(_ error: FileError) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .notARegularFile: .wrongKind
      default: .unreadable
      }
    self.init(code, file: error.path, Remark(error.message))
  }
}

extension InputFile {
  /// Opens a file of weights, or of what belongs to them.
  static func open(_ path: String) throws(ImportError) -> InputFile {
    do { return try InputFile(path: path) } catch { throw ImportError(error) }
  }

  /// `count` bytes from `offset` on, in memory of their own.
  func bytes(count: Int, at offset: Int) throws(ImportError) -> AlignedBuffer {
    do { return try read(count: count, at: UInt64(offset)) } catch { throw ImportError(error) }
  }

  /// The bytes of a part, read straight into an array: it may be a header of 100 MB.
  func array(in range: Range<Int>) throws(ImportError) -> [UInt8] {
    var array = [UInt8](repeating: 0, count: range.count)
    var span = array.mutableSpan
    var bytes = unsafe span.mutableBytes
    do { try read(at: UInt64(range.lowerBound), into: &bytes) } catch { throw ImportError(error) }
    return array
  }

  /// The size in bytes when it was opened.
  var size: Int { Int(byteCount) }
}

/// Whether a path leads to a folder.
func isFolder(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

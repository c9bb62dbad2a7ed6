package import Files
import Messages
import TensorCore

extension WeightFileError {
  /// The fault of the file itself.
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
  /// Opens a file of weights, or a file that belongs to one.
  package static func open(_ path: String) throws(WeightFileError) -> InputFile {
    do { return try InputFile(path: path) } catch { throw WeightFileError(error) }
  }

  /// Reads `count` bytes from `offset` on into memory of their own.
  func bytes(count: Int, at offset: Int) throws(WeightFileError) -> AlignedBuffer {
    do { return try read(count: count, at: UInt64(offset)) } catch { throw WeightFileError(error) }
  }

  /// Reads a part straight into an array, as it may be a header of 100 MB.
  func array(in range: Range<Int>) throws(WeightFileError) -> [UInt8] {
    var array = [UInt8](repeating: 0, count: range.count)
    var span = array.mutableSpan
    var bytes = unsafe span.mutableBytes
    do { try read(at: UInt64(range.lowerBound), into: &bytes) } catch { throw WeightFileError(error) }
    return array
  }

  /// The size in bytes at the time of opening.
  package var size: Int { Int(byteCount) }
}

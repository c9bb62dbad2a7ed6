import Files
import TensorCore

extension InputFile {
  /// `count` bytes from `offset` on, read straight into an array: a header may be 100 MB long.
  func header(count: Int, at offset: Int) throws(ImportError) -> [UInt8] {
    var array = [UInt8](repeating: 0, count: count)
    var span = array.mutableSpan
    var bytes = unsafe span.mutableBytes
    do { try read(at: UInt64(offset), into: &bytes) } catch { throw ImportError(error) }
    return array
  }
}

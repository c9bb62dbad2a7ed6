import Files
import ResZoo

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where a command's results go: standard output, or a file that appears when it is complete.
final class Output {
  private let file: AtomicFile?
  private var buffer: [UInt8] = []
  private static let bufferLimit = 1 << 16

  /// - Parameter path: nil for standard output.
  init(path: String?) throws(Failure) {
    do {
      file = if let path { try AtomicFile(path: path) } else { nil }
    } catch {
      throw Failure(output: error)
    }
  }

  func write(_ text: String) throws(Failure) {
    try write(Array(text.utf8))
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    try write(bytes.rawBytes)
  }

  /// Writes a tensor's elements.
  func write(_ tensor: Tensor) throws(Failure) {
    try write(tensor.bytes)
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    if let file {
      do { try file.append(bytes) } catch { throw Failure(output: error) }
      return
    }
    unsafe bytes.withUnsafeBytes { chunk in unsafe buffer.append(contentsOf: chunk) }
    // A person reads along; a pipe gets larger pieces.
    if buffer.count >= Self.bufferLimit || isatty(STDOUT_FILENO) != 0 { try flush() }
  }

  /// Completes the output; without it, a file does not appear.
  func finish() throws(Failure) {
    if let file {
      do { try file.commit() } catch { throw Failure(output: error) }
    } else {
      try flush()
    }
  }

  private func flush() throws(Failure) {
    var done = 0
    while done < buffer.count {
      let count = unsafe buffer.withUnsafeBytes { bytes in
        unsafe Glibc.write(STDOUT_FILENO, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
      }
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw Failure(.writing, "standard output: \(systemMessage(errno))")
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

import Files
import Platform
import ResZoo

/// The place of a command's results: standard output, or a file that appears when it is complete.
final class Output {
  private let file: AtomicFile?
  private var buffer: [UInt8] = []
  private static let bufferLimit = 1 << 16

  /// - Parameters:
  ///   - path: nil or '-' for standard output.
  ///   - inputs: files that the output must not replace.
  init(path: String?, keeping inputs: [String] = []) throws(Failure) {
    let path = path == "-" ? nil : path
    if let path { try Operand.keep(inputs, from: path) }
    file = try path.map { path throws(Failure) in try reporting(output: path) { try AtomicFile(path: path) } }
  }

  /// True if the results appear on a terminal.
  var isTerminal: Bool { file == nil && isatty(STDOUT_FILENO) != 0 }

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
      do { try file.append(bytes) } catch { throw Failure(error, output: error.path) }
      return
    }
    unsafe bytes.withUnsafeBytes { chunk in unsafe buffer.append(contentsOf: chunk) }
    // A pipe gets larger pieces.
    if buffer.count >= Self.bufferLimit || isTerminal { try flush() }
  }

  /// Completes the output; without it, a file does not appear.
  func finish() throws(Failure) {
    if let file {
      do { try file.commit() } catch { throw Failure(error, output: error.path) }
    } else {
      try flush()
    }
  }

  private func flush() throws(Failure) {
    let number = Terminal.write(buffer, to: STDOUT_FILENO)
    buffer.removeAll(keepingCapacity: true)
    guard number == 0 else { throw Failure(standardOutput: number) }
  }
}

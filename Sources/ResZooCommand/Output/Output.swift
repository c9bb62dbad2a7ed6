import Files
import Messages
import Platform
import ResZoo

/// The place of a command's results: standard output, or a file that appears when it is complete.
final class Output {
  private let path: String?
  private let file: AtomicFile?
  private let rows: PartialRows?
  /// True if the results appear on a terminal.
  let isTerminal: Bool
  private var buffer: [UInt8] = []
  private static let bufferLimit = 1 << 16

  /// - Parameters:
  ///   - path: nil or '-' for standard output.
  ///   - inputs: files that the output must not replace.
  ///   - kind: the kind of content that is written.
  init(path: String?, keeping inputs: [String] = [], as kind: OutputKind = .text) throws(Failure) {
    let path = path == "-" ? nil : path
    self.path = path
    rows = nil
    if let path { try Operand.keep(inputs, from: path, as: kind) }
    file = try path.map { path throws(Failure) in try reporting(output: path) { try AtomicFile(path: path) } }
    isTerminal = file == nil && isatty(STDOUT_FILENO) != 0
    // The program that reads the pipe may write to the same terminal at any time.
    if file == nil, isPipe(STDOUT_FILENO) { StatusLine.close() }
  }

  /// An output whose rows survive an interruption.
  init(_ rows: PartialRows) {
    (path, file, isTerminal) = (rows.output, nil, false)
    self.rows = rows
  }

  /// Writes a text that was made of lines and values; what a value must not have is spelt out here at the latest.
  func write(_ text: String) throws(Failure) {
    try write(Array(text.printableLines.utf8))
  }

  /// Writes a line whose values make no lines of their own.
  func writeLine(_ line: Remark) throws(Failure) {
    try write(line.optionText + "\n")
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    try write(bytes.rawBytes)
  }

  /// Writes a tensor's elements.
  func write(_ tensor: Tensor) throws(Failure) {
    try write(tensor.bytes)
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    if let rows {
      do { try rows.append(bytes) } catch { throw Failure(error, output: error.path) }
      return
    }
    if let file {
      do { try file.append(bytes) } catch { throw Failure(error, output: error.path) }
      return
    }
    unsafe bytes.withUnsafeBytes { chunk in unsafe buffer.append(contentsOf: chunk) }
    if isTerminal {
      try flushLines()
    } else if buffer.count >= Self.bufferLimit {
      try flush()
    }
  }

  /// Completes the output; without it, a file does not appear.
  func finish() throws(Failure) {
    if let rows {
      try rows.complete()
    } else if let file {
      let count = Int(clamping: file.byteCount)
      try Terminal.timed("\(path ?? ""): \(count.grouped) bytes written") { () throws(Failure) in
        do throws(FileError) { try file.commit() } catch { throw Failure(error, output: error.path) }
      }
    } else {
      try flush()
    }
  }

  private func flush() throws(Failure) {
    try print(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes the lines that have an end; the status line comes after them.
  private func flushLines() throws(Failure) {
    guard let end = buffer.lastIndex(of: 0x0A) else { return }
    try print(Array(buffer[...end]))
    buffer.removeFirst(end + 1)
  }

  private func print(_ bytes: [UInt8]) throws(Failure) {
    guard !bytes.isEmpty else { return }
    let write = { Terminal.write(bytes, to: STDOUT_FILENO) }
    let number = isTerminal ? StatusLine.above(write) : write()
    guard number == 0 else {
      buffer.removeAll()
      throw Failure(standardOutput: number)
    }
  }
}

/// True if a descriptor is a pipe or a socket.
private func isPipe(_ descriptor: Int32) -> Bool {
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { return false }
  return [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
}

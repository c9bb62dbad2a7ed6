import Files
import Messages
import Platform
import ResZoo

/// Standard error: messages in whole lines, above the status line.
enum Terminal {
  /// True if the terminal understands control sequences.
  static let hasControls: Bool = {
    let kind = environment("TERM") ?? ""
    return !kind.isEmpty && kind != "dumb"
  }()

  /// Prints a line on standard error.
  static func error(_ text: String) {
    // When standard error is gone there is nobody to tell.
    StatusLine.above { _ = write(Array((text.printableLines + "\n").utf8), to: STDERR_FILENO) }
  }

  /// Prints a message of this program on standard error.
  static func note(_ remark: Remark) { error("reszoo: \(remark.optionText)") }

  /// Prints parts of a text on standard error: one line in a pipe, as many as they need on a terminal.
  static func error(_ parts: [String], separator: String) {
    let columns = isatty(STDERR_FILENO) == 0 ? .max : TerminalWidth.columns(of: STDERR_FILENO)
    error(wrapped(parts, separator: separator, columns: columns))
  }

  /// Prints which files of folders were left out; nothing when none were.
  static func note(_ files: LeftOutFiles) {
    guard files.count > 0 else { return }
    note("left out \(files.summary())")
    for installation in files.installations { note("to read them all, install a library: \(installation)") }
  }

  /// Writes all bytes to an open descriptor and returns 0, or the system's error number.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { buffer in
        unsafe systemWrite(descriptor, buffer.baseAddress, buffer.count)
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// The system's call, whose name the functions above have too.
private let systemWrite = unsafe write

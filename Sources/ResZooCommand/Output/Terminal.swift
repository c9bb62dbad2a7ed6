import Messages
import Platform
import ResZoo

/// Standard error: messages, and a progress line on a terminal.
enum Terminal {
  /// Prints a line on standard error.
  static func error(_ text: String) {
    // When standard error is gone there is nobody to tell.
    _ = write(Array((text.printableLines + "\n").utf8), to: STDERR_FILENO)
  }

  /// Prints a message of this program on standard error.
  static func note(_ remark: Remark) { error("reszoo: \(remark.optionText)") }

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

/// A line on standard error that is written over and over; nothing at all in a pipe.
final class StatusLine {
  private let isShown = isatty(STDERR_FILENO) != 0
  private var last: ContinuousClock.Instant?

  /// Renews the line, at most ten times a second unless it must be seen.
  func show(always: Bool = false, _ text: () -> String) {
    let now = ContinuousClock.now
    guard isShown, always || last.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
    last = now
    write(text())
  }

  /// Makes room for other output.
  func clear() {
    if isShown, last != nil { write("") }
  }

  private func write(_ text: String) {
    _ = Terminal.write(Array("\r\u{1B}[K\(text.printable)".utf8), to: STDERR_FILENO)
  }
}

/// A status line that says how far a long work has come.
struct Progress {
  private let total: Int
  private let unit: String
  private let line = StatusLine()
  private let start = ContinuousClock.now

  init(total: Int, unit: String) {
    self.total = total
    self.unit = unit
  }

  /// Renews the line.
  func update(_ done: Int) {
    guard total > 1 else { return }
    line.show(always: done == total) {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let rate = seconds > 0 ? Double(done) / seconds : 0
      return "\(done) of \(total) \(unit), \(rate.text(decimals: 1)) a second"
    }
  }

  /// Clears the line.
  func end() { line.clear() }
}

extension Double {
  /// The number with so many decimals, rounded, never in exponent form.
  func text(decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard isFinite, magnitude < 1e15, magnitude * scale < 1e18 else { return "\(self)" }
    let scaled = Int((magnitude * scale).rounded())
    let sign = self < 0 && scaled != 0 ? "-" : ""
    let digits = String(scaled)
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }
}

extension Int {
  /// The number with its noun, as in "1 file" and "2,000 files".
  func counted(_ one: String, _ many: String? = nil) -> String {
    "\(grouped) \(self == 1 ? one : many ?? one + "s")"
  }

  /// The number with commas between thousands.
  var grouped: String {
    var text = ""
    for (index, digit) in String(magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (self < 0 ? "-" : "") + String(text.reversed())
  }
}

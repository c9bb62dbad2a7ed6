import Files
import Messages
import Platform
import ResZoo
import Synchronization

/// The messages that the user wants.
enum Talk: Int, Comparable {
  /// Nothing but failures.
  case quiet
  case normal
  /// Each part of the work, too, and the time that it took.
  case verbose

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Standard error: messages in whole lines, above the status line.
enum Terminal {
  /// True if the terminal understands control sequences.
  static let hasControls: Bool = {
    let kind = environment("TERM") ?? ""
    return !kind.isEmpty && kind != "dumb"
  }()

  /// The messages that are printed; failures always are.
  static var talk: Talk {
    get { Talk(rawValue: talkNumber.load(ordering: .relaxed)) ?? .normal }
    set { talkNumber.store(newValue.rawValue, ordering: .relaxed) }
  }

  private static let talkNumber = Atomic(Talk.normal.rawValue)

  /// Prints what went wrong.
  static func fail(_ remark: Remark) { print("reszoo: \(remark.optionText)", in: .red) }

  /// Prints something that may be wrong, or not what the user expects.
  static func warn(_ remark: Remark) {
    if talk > .quiet { print("reszoo: \(remark.optionText)", in: .yellow) }
  }

  /// Prints a message of this program.
  static func note(_ remark: Remark) {
    if talk > .quiet { print("reszoo: \(remark.optionText)") }
  }

  /// Prints parts of a text: on one line in a pipe, on as many as they need on a terminal.
  static func note(_ parts: [String], separator: String) {
    guard talk > .quiet else { return }
    let columns = isatty(STDERR_FILENO) == 0 ? .max : TerminalWidth.columns(of: STDERR_FILENO)
    print(wrapped(parts.map(\.printable), separator: separator, columns: columns))
  }

  /// Does a part of the work and, with `--verbose`, prints what it was and the time that it took.
  static func timed<Value, Failed: Error>(
    _ work: @autoclosure () -> String, _ body: () throws(Failed) -> Value
  ) throws(Failed) -> Value {
    guard talk == .verbose else { return try body() }
    let start = ContinuousClock.now
    let value = try body()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    note("\(work()): \(seconds.text(decimals: 3)) s")
    return value
  }

  private static func print(_ text: String, in colour: Colour? = nil) {
    let lines = text.printableLines
    let shown = colour.map { areColoursShown ? $0.rawValue + lines + Colour.end : lines } ?? lines
    // When standard error is gone there is nobody to tell.
    StatusLine.above { _ = write(Array((shown + "\n").utf8), to: STDERR_FILENO) }
  }

  /// The colours of messages, as ECMA-48 has them.
  private enum Colour: String {
    case red = "\u{1B}[31m"
    case yellow = "\u{1B}[33m"

    static let end = "\u{1B}[39m"
  }

  /// True on a terminal that has colours, or where they are asked for; false where they are not wanted (no-color.org).
  private static let areColoursShown: Bool = {
    func isSet(_ name: String) -> Bool { environment(name).map { !$0.isEmpty && $0 != "0" } ?? false }
    if environment("NO_COLOR").map({ !$0.isEmpty }) ?? false || environment("CLICOLOR") == "0" {
      return false
    }
    if isSet("CLICOLOR_FORCE") || isSet("FORCE_COLOR") { return true }
    return isatty(STDERR_FILENO) != 0 && hasControls
  }()

  /// Prints which files of folders were left out; nothing when none were.
  static func note(_ files: LeftOutFiles) {
    guard files.count > 0 else { return }
    warn("left out \(files.summary())")
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

import Files
import Messages
import Platform
import Synchronization

/// The line at the bottom of a terminal that says how far a work has come; nothing at all in a pipe.
///
/// The process has one. Whatever else is written to the terminal goes through ``above(_:)``: the line is taken away before and comes
/// back after it.
enum StatusLine {
  /// A part of the line. Where the terminal is too narrow for all, those of the highest rank are left out first.
  struct Part {
    let text: String
    let rank: Int

    init(_ text: String, rank: Int) {
      self.text = text.printable
      self.rank = rank
    }
  }

  private struct State {
    /// The parts of the line; none when there is no line.
    var parts: [Part] = []
    /// The columns of the text that stands on the terminal now.
    var columns = 0
    var last: ContinuousClock.Instant?
    /// True if no line is shown any more.
    var isClosed = false
  }

  private static let state = Mutex(State())
  private static let isPossible = isatty(STDERR_FILENO) != 0 && Terminal.hasControls
  /// The narrowest terminal in which a line says anything.
  private static let fewestColumns = 12

  /// Renews the line, at most ten times a second unless it must be seen.
  static func show(always: Bool = false, _ parts: () -> [Part]) {
    guard isPossible else { return }
    state.withLock { state in
      guard !state.isClosed else { return }
      let now = ContinuousClock.now
      // Other output may bring the line back before it is due.
      state.parts = parts()
      guard always || state.last.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
      state.last = now
      draw(&state)
    }
  }

  /// Takes the line away until the next ``show(always:_:)``.
  static func clear() {
    guard isPossible else { return }
    state.withLock { state in
      erase(&state)
      state.parts = []
      state.last = nil
    }
  }

  /// Takes the line away for good.
  static func close() {
    guard isPossible else { return }
    // A thread that waits for a stopped terminal must not keep the process from ending.
    for _ in 0..<50 {
      let isDone: Void? = state.withLockIfAvailable { state in
        erase(&state)
        state.parts = []
        state.isClosed = true
      }
      if isDone != nil { return }
      usleep(1000)
    }
  }

  /// Writes something else to the terminal, in whole lines.
  static func above<Result>(_ write: () -> Result) -> Result {
    guard isPossible else { return write() }
    return state.withLock { state in
      erase(&state)
      let result = write()
      draw(&state)
      return result
    }
  }

  /// Fits the line to the terminal's new width.
  static func resize() {
    var terminal = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard isPossible, unsafe poll(&terminal, 1, 0) == 1 else { return }
    _ = state.withLockIfAvailable { draw(&$0) }
  }

  private static func draw(_ state: inout State) {
    guard !state.parts.isEmpty, !state.isClosed else { return }
    let columns = TerminalWidth.columns(of: STDERR_FILENO)
    guard columns >= fewestColumns else { return erase(&state) }
    // In the last column some terminals begin a new line.
    let text = fit(state.parts, in: columns - 1)
    write(start(state, columns) + text + "\u{1B}[K")
    state.columns = text.columns
  }

  private static func erase(_ state: inout State) {
    guard state.columns > 0 else { return }
    write(start(state, TerminalWidth.columns(of: STDERR_FILENO)) + "\u{1B}[K")
    state.columns = 0
  }

  /// Leads the cursor to the beginning of the line, over the rows that a terminal made of it when it became narrower.
  private static func start(_ state: State, _ columns: Int) -> String {
    let rows = max(0, state.columns - 1) / max(1, columns)
    return rows == 0 ? "\r" : "\u{1B}[\(rows)A\r\u{1B}[J"
  }

  private static func write(_ text: String) {
    _ = Terminal.write(Array(text.utf8), to: STDERR_FILENO)
  }

  /// The parts that have room in so many columns.
  static func fit(_ parts: [Part], in columns: Int) -> String {
    var parts = parts
    func text() -> String { parts.map(\.text).joined(separator: "  ") }
    while text().columns > columns, let least = parts.indices.max(by: { parts[$0].rank < parts[$1].rank }),
      parts[least].rank > 0
    {
      parts.remove(at: least)
    }
    return text().cut(to: columns)
  }
}

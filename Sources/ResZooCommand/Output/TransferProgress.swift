import Messages
import Platform
import ResZoo

/// The progress of a download: a bar on a terminal; in a pipe only lines about waiting and resuming.
final class TransferProgress {
  private let file: String
  private let isShown = isatty(STDERR_FILENO) != 0
  private var last: ContinuousClock.Instant?
  /// The time when the first bytes of this run came, and the number of bytes at that time.
  private var start: (time: ContinuousClock.Instant, bytes: UInt64)?

  init(file: String) {
    self.file = file
  }

  /// Renews the line, at most ten times a second while bytes come.
  func update(_ event: PullEvent) {
    switch event {
    case .waiting: Terminal.note("\(file): another process is downloading it; waiting")
    case .resuming(let count):
      Terminal.note("\(file): continuing after \(Int(clamping: count).grouped) bytes")
    case .downloading(let done, let total): show(done: done, total: total)
    case .checking: show("\(file)  checking")
    case .converting: show("\(file)  converting")
    }
  }

  /// Clears the line.
  func end() {
    show("")
  }

  private func show(done: UInt64, total: UInt64?) {
    let now = ContinuousClock.now
    let start = start ?? (now, done)
    self.start = start
    if let last, now - last < .milliseconds(100), done != total { return }
    last = now
    let seconds = (now - start.time) / .seconds(1)
    let speed = seconds > 0.5 ? Double(done - min(done, start.bytes)) / seconds : nil
    var text = file + "  "
    if let total, total > 0 {
      let share = min(1, Double(done) / Double(total))
      let full = Int(share * Double(Self.width))
      text +=
        "[" + String(repeating: "#", count: full) + String(repeating: "-", count: Self.width - full) + "]"
      text += "  \(Int(share * 100)) %  \(mebibytes(Double(done))) of \(mebibytes(Double(total))) MiB"
    } else {
      text += "\(mebibytes(Double(done))) MiB"
    }
    if let speed { text += "  \(mebibytes(speed)) MiB/s" }
    show(text)
  }

  private static let width = 24

  private func mebibytes(_ bytes: Double) -> String { (bytes / 0x1p20).text(decimals: 1) }

  private func show(_ text: String) {
    guard isShown else { return }
    _ = Terminal.write(Array("\r\u{1B}[K\(text.printable)".utf8), to: STDERR_FILENO)
  }
}

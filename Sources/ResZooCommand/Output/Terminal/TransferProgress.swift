import Messages
import ResZoo

/// The progress of a download: a status line on a terminal; in a pipe only lines about waiting and resuming.
final class TransferProgress {
  private let file: String
  /// The rate since the first bytes of this run came.
  private var rate: RecentRate?
  private var startByteCount = 0

  init(file: String) {
    self.file = file
  }

  /// Renews the line.
  func update(_ event: PullEvent) {
    switch event {
    case .waiting: Terminal.note("\(file): another process is downloading it; waiting")
    case .resuming(let count):
      Terminal.note("\(file): continuing after \(Int(clamping: count).grouped) bytes")
    case .downloading(let done, let total):
      show(done: Int(clamping: done), total: total.map { Int(clamping: $0) })
    case .checking: show("checking")
    case .converting: show("converting")
    }
  }

  /// Takes the line away.
  func end() { StatusLine.clear() }

  private func show(_ work: String) {
    StatusLine.show(always: true) { [.init(file, rank: 1), .init(work, rank: 0)] }
  }

  private func show(done: Int, total: Int?) {
    if rate == nil {
      rate = RecentRate()
      startByteCount = done
    }
    rate?.note(done - min(done, startByteCount))
    StatusLine.show(always: done == total) {
      var parts = [StatusLine.Part(file, rank: 2)]
      if let total, total > 0 {
        let share = min(1, Double(done) / Double(total))
        let full = Int(share * Double(Self.width))
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: Self.width - full)
        parts += [
          .init("[\(bar)]", rank: 6), .init("\(Int(share * 100)) %", rank: 0),
          .init("\(mebibytes(Double(done))) of \(mebibytes(Double(total))) MiB", rank: 4),
        ]
      } else {
        parts.append(.init("\(mebibytes(Double(done))) MiB", rank: 0))
      }
      if let speed = rate?.perSecond { parts.append(.init("\(mebibytes(speed)) MiB/s", rank: 5)) }
      if let total, done < total, let seconds = rate?.seconds(for: total - done) {
        parts.append(.init("\(seconds.durationText) left", rank: 3))
      }
      return parts
    }
  }

  private static let width = 24

  private func mebibytes(_ bytes: Double) -> String { (bytes / 0x1p20).text(decimals: 1) }
}

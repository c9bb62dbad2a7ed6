/// A status line that counts what is done of a long work.
final class Progress {
  private let total: Int
  private let unit: String
  private var rate: RecentRate

  /// - Parameter done: the number that was done before.
  init(total: Int, unit: String, done: Int = 0) {
    self.total = total
    self.unit = unit
    rate = RecentRate(from: done)
  }

  /// Renews the line.
  func update(_ done: Int) {
    guard total > 1 else { return }
    rate.note(done)
    StatusLine.show(always: done == total) {
      var parts = [StatusLine.Part("\(done.grouped) of \(total.grouped) \(unit)", rank: 0)]
      if let perSecond = rate.perSecond {
        parts.append(.init("\(perSecond.text(decimals: perSecond < 100 ? 1 : 0))/s", rank: 2))
      }
      if done < total, let seconds = rate.seconds(for: total - done) {
        parts.append(.init("\(seconds.durationText) left", rank: 1))
      }
      return parts
    }
  }

  /// Takes the line away.
  func end() { StatusLine.clear() }
}

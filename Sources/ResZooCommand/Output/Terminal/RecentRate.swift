/// The rate at which a count has grown in the last seconds.
struct RecentRate {
  private var samples: [(time: ContinuousClock.Instant, count: Int)]
  /// The time that is looked back on.
  private static let window = Duration.seconds(10)
  /// The time between samples; so there are at most a hundred and some.
  private static let spacing = Duration.milliseconds(100)

  /// Begins to count, at 0 unless some is done already.
  init(from count: Int = 0, at start: ContinuousClock.Instant = .now) {
    samples = [(start, count)]
  }

  /// Takes note of a count.
  mutating func note(_ count: Int, at time: ContinuousClock.Instant = .now) {
    if samples.count > 1, time - samples[samples.count - 2].time < Self.spacing { samples.removeLast() }
    samples.append((time, count))
    let stale = samples.dropLast(2).prefix { time - $0.time > Self.window }
    samples.removeFirst(stale.count)
  }

  /// Leaves out the time since the last note, in which something else was done.
  mutating func skip(to time: ContinuousClock.Instant = .now) {
    guard let last = samples.last else { return }
    let gap = time - last.time
    samples = samples.map { ($0.time + gap, $0.count) }
  }

  /// The growth for each second; nil as long as it is not known.
  var perSecond: Double? {
    guard let first = samples.first, let last = samples.last, last.count > first.count else { return nil }
    let seconds = (last.time - first.time) / .seconds(1)
    return seconds > 0 ? Double(last.count - first.count) / seconds : nil
  }

  /// The seconds until the count has grown by so many; nil in the first second, when nothing can be told.
  func seconds(for count: Int) -> Double? {
    guard let first = samples.first, let last = samples.last, last.time - first.time >= .seconds(1) else {
      return nil
    }
    return perSecond.map { Double(count) / $0 }
  }
}

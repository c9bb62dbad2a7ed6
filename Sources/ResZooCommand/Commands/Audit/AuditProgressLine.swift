import ResZoo
import Synchronization

/// The status line of an audit: the part of the work, how far it is, and the time left for it.
final class AuditProgressLine: Sendable {
  private struct State {
    var stage: DatasetAudit.Stage?
    var done = 0
    var rate = RecentRate()
  }

  private let state = Mutex(State())

  /// Renews the line; steps may be told of in any order, on any thread.
  func show(_ stage: DatasetAudit.Stage, _ done: Int, _ total: Int) {
    let (count, rate) = state.withLock { state in
      if state.stage != stage { state = State(stage: stage, rate: RecentRate(from: done)) }
      state.done = max(state.done, done)
      state.rate.note(state.done)
      return (state.done, state.rate)
    }
    StatusLine.show(always: count == total) {
      var parts: [StatusLine.Part] = [
        .init(Self.words(stage), rank: 1), .init("\(count.grouped) of \(total.grouped)", rank: 0),
      ]
      if count < total, let seconds = rate.seconds(for: total - count) {
        parts.append(.init("\(seconds.durationText) left", rank: 2))
      }
      return parts
    }
  }

  /// Takes the line away.
  func end() { StatusLine.clear() }

  private static func words(_ stage: DatasetAudit.Stage) -> String {
    switch stage {
    case .measuring: "images measured"
    case .comparing: "images compared"
    case .features: "images through the network"
    case .neighbours: "neighbours found"
    case .folds: "folds learnt"
    }
  }
}

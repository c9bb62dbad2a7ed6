import ImageInput
import Threads

/// A request on its way through the engine.
final class PendingRequest: Sendable {
  typealias Completion = @Sendable (Result<InferenceAnswer, ServingError>) -> Void

  let request: InferenceRequest
  let arrival = ContinuousClock.now
  private let budget: ByteBudget
  private let statistics: ModelStatistics
  private let state: Locked<State>

  /// What is known so far.
  private struct State {
    var rows: [Result<InferenceAnswer.Row, ImageError>?]
    var missing: Int
    var times = RequestTimes()
    /// Nil once the request was answered.
    var completion: Completion?
  }

  /// - Parameters:
  ///   - budget: has granted the request's bytes, and gets them back when the request is gone.
  ///   - statistics: count the request, before its answer goes out.
  init(
    _ request: InferenceRequest, _ budget: ByteBudget, _ statistics: ModelStatistics,
    _ completion: @escaping Completion
  ) {
    self.request = request
    self.statistics = statistics
    self.budget = budget
    state = Locked(
      State(
        rows: Array(repeating: nil, count: request.rowCount), missing: request.rowCount,
        completion: completion))
  }

  deinit {
    budget.giveBack(request.byteCount)
  }

  /// True when nobody waits for an answer any more.
  var isAnswered: Bool { state.withLock { $0.completion == nil } }

  /// Notes that the first row was taken.
  func begin(at now: ContinuousClock.Instant) {
    state.withLock { $0.times.queue = now - arrival }
  }

  /// Adds rows that ran together; with the last of them the request is answered.
  func add(
    _ rows: [(row: Int, outcome: Result<InferenceAnswer.Row, ImageError>)], _ batch: RequestTimes
  ) {
    let done = state.withLock { state -> (Completion, InferenceAnswer)? in
      for (row, outcome) in rows where state.rows[row] == nil {
        state.rows[row] = outcome
        state.missing -= 1
      }
      state.times.input += batch.input
      state.times.run += batch.run
      state.times.output += batch.output
      guard state.missing == 0, let completion = state.completion else { return nil }
      state.completion = nil
      state.times.whole = ContinuousClock.now - arrival
      return (completion, InferenceAnswer(rows: state.rows.compactMap(\.self), times: state.times))
    }
    guard let (completion, answer) = done else { return }
    statistics.add(answer.times)
    completion(.success(answer))
  }

  /// Answers the request with an error.
  ///
  /// - Returns: false if it had an answer already.
  @discardableResult
  func fail(_ error: ServingError) -> Bool {
    let completion = state.withLock { state in
      defer { state.completion = nil }
      return state.completion
    }
    guard let completion else { return false }
    statistics.add(error.code, after: ContinuousClock.now - arrival)
    completion(.failure(error))
    return true
  }
}

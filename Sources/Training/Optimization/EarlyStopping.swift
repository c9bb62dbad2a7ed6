/// The best epoch of a training, and the count of those that have gone by since without a better one.
public struct EarlyStopping: Hashable, Sendable, Codable {
  /// The metric by which validation is judged.
  public enum Metric: String, Hashable, Sendable, Codable, CaseIterable {
    /// The share of right answers, or the mean average precision where images have any number of classes; the loss decides between
    /// equal ones.
    case accuracy
    /// The mean loss.
    case loss
    /// None: the last epoch counts, so that no choice is made by the validation images.
    case last
  }

  /// The metric by which validation is judged.
  package let metric: Metric
  /// Epochs without a better one after which training ends; nil for never.
  package let patience: Int?
  /// The best epoch, from 1; nil before the first.
  package private(set) var bestEpoch: Int?
  /// The metrics of the best epoch.
  package private(set) var best: EpochRecord.Validation?
  private var waited = 0

  /// The keys of a training's state.
  private enum CodingKeys: String, CodingKey {
    case metric = "figure"
    case patience, bestEpoch, best, waited
  }

  package init(metric: Metric = .accuracy, patience: Int? = nil) {
    self.metric = metric
    self.patience = patience
  }

  /// Takes in the metrics of an epoch, and returns whether they are the best so far.
  package mutating func judge(_ validation: EpochRecord.Validation, epoch: Int) -> Bool {
    guard best.map({ isBetter(validation, than: $0) }) ?? true else {
      waited += 1
      return false
    }
    best = validation
    bestEpoch = epoch
    waited = 0
    return true
  }

  /// True if so many epochs can have come to this.
  func isSound(epochs: Int) -> Bool {
    (0...epochs).contains(waited) && (bestEpoch.map { (1...max(epochs, 1)).contains($0) } ?? true)
  }

  /// True when training should end.
  package var isOver: Bool { patience.map { waited >= $0 } ?? false }

  private func isBetter(_ a: EpochRecord.Validation, than b: EpochRecord.Validation) -> Bool {
    switch metric {
    case .accuracy: (a.score, -a.loss) > (b.score, -b.loss)
    case .loss: a.loss < b.loss
    case .last: true
    }
  }
}

/// The best epoch of a training, and the count of those that have gone by since without a better one.
public struct EarlyStopping: Hashable, Sendable, Codable {
  /// The figure by which validation is judged.
  public enum Figure: String, Hashable, Sendable, Codable, CaseIterable {
    /// The share of right answers; the loss decides between equal ones.
    case accuracy
    /// The mean loss.
    case loss
  }

  /// The figure by which validation is judged.
  public let figure: Figure
  /// Epochs without a better one after which training ends; nil for never.
  public let patience: Int?
  /// The best epoch, from 1; nil before the first.
  public private(set) var bestEpoch: Int?
  /// The figures of the best epoch.
  public private(set) var best: EpochRecord.Validation?
  private var waited = 0

  public init(figure: Figure = .accuracy, patience: Int? = nil) {
    self.figure = figure
    self.patience = patience
  }

  /// Takes in an epoch's figures, and returns whether they are the best so far.
  public mutating func judge(_ validation: EpochRecord.Validation, epoch: Int) -> Bool {
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
  public var isOver: Bool { patience.map { waited >= $0 } ?? false }

  private func isBetter(_ a: EpochRecord.Validation, than b: EpochRecord.Validation) -> Bool {
    switch figure {
    case .accuracy: (a.top1, -a.loss) > (b.top1, -b.loss)
    case .loss: a.loss < b.loss
    }
  }
}

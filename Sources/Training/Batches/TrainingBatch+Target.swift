package import Datasets
import Metrics

extension TrainingBatch {
  /// The target of one input: a class, any number of classes, or a mixture of two of these (mixup, cutmix).
  package struct Target: Hashable, Sendable {
    /// The class; 0 where there may be any number.
    package private(set) var label: Int
    /// The class that has the rest of the share.
    package private(set) var otherLabel: Int
    /// The share of ``label``, 0 to 1.
    package private(set) var share: Float
    /// True if the target is a distribution over classes, even one of a single class, and not a class.
    package let isMixture: Bool
    /// The classes where there may be any number, and those that have the rest of the share; nil for one class.
    private var sets: [LabelSet]?

    /// A mixture of two classes, which may be one and the same, or one class alone.
    package init(label: Int, otherLabel: Int? = nil, share: Float = 1) {
      self.label = label
      self.otherLabel = otherLabel ?? label
      self.share = share
      isMixture = otherLabel != nil
    }

    /// Any number of classes.
    package init(_ labels: LabelSet) {
      self.init(label: 0)
      sets = [labels, labels]
    }

    /// A mixture of two targets that are none.
    ///
    /// - Parameter share: that of `first`.
    init(_ first: Target, _ second: Target, share: Float) {
      self.init(label: first.label, otherLabel: second.label, share: share)
      if let own = first.sets, let other = second.sets { sets = [own[0], other[0]] }
    }

    /// The class with the larger share.
    var mainLabel: Int { share >= 0.5 ? label : otherLabel }

    /// The share of a class, 0 to 1. Of yes or no, which has one logit, yes is the second class.
    func share(of index: Int, classes: Int) -> Double {
      let place = classes == 1 && sets == nil ? 1 : index
      let own = sets.map { $0[0].positions.contains(index) } ?? (label == place)
      let other = sets.map { $0[1].positions.contains(index) } ?? (otherLabel == place)
      return (own ? Double(share) : 0) + (other ? 1 - Double(share) : 0)
    }

    /// True if the logits answer right: the class with the larger share has the largest, or where each answers for itself, those of the
    /// classes with the larger share and no others are above 0.
    func isAnswered(by logits: Span<Float>) -> Bool {
      if sets == nil, logits.count > 1 { return logits.indexOfLargest == mainLabel }
      return logits.indices.allSatisfy { (logits[$0] >= 0) == (share(of: $0, classes: logits.count) >= 0.5) }
    }
  }
}

extension ImageSet {
  /// The target of an image.
  func target(of index: Int) -> TrainingBatch.Target {
    labelSets.map { TrainingBatch.Target($0[index]) } ?? TrainingBatch.Target(label: labelOfSource[index])
  }
}

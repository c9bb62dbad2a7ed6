import Datasets
import Messages
import ModelDescriptor

/// The classes of a data set beside those that a network can predict.
struct EvaluatedClasses: Sendable {
  let answer: Architecture.Answer
  /// The set's classes; of yes or no, the names of both.
  let labels: [String]
  /// The position of each of them among the logits; 0 for no and 1 for yes.
  let indices: [Int]
  /// The names of all classes that can be predicted.
  let predictedLabels: [String]
  /// True if the classes were matched by their names.
  let matchedLabels: Bool
  /// For each class of the set, its position in ``labels``.
  private let place: [Int]

  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when the classes do not match.
  init(of set: ImageSet, for descriptor: ModelDescriptor) throws(DatasetError) {
    answer = descriptor.architecture.answer
    guard answer != .binary else {
      let yes = try set.affirmedClass(label: descriptor.labels?.first)
      let others = set.labels.indices.filter { $0 != yes }.map { set.labels[$0] }
      let name = set.labels.indices.contains(yes) ? set.labels[yes] : descriptor.labels?.first ?? "yes"
      labels = [others.count == 1 ? others[0] : "not \(name)", name]
      indices = [0, 1]
      predictedLabels = labels
      matchedLabels = true
      place = set.labels.indices.map { $0 == yes ? 1 : 0 }
      return
    }
    labels = set.labels
    place = Array(labels.indices)
    if let names = descriptor.labels {
      matchedLabels = true
      indices = try set.positions(among: names, of: "the model")
      predictedLabels = names
    } else {
      let count = descriptor.architecture.classes
      guard set.labels.count == count else {
        throw DatasetError(
          .data,
          """
          \(set.path ?? "the data set"): has \(set.labels.count) classes, and the model \(count) without names. Name them \
          with \(Remedy.labelEditing)
          """)
      }
      matchedLabels = false
      indices = Array(0..<count)
      predictedLabels = set.labels
    }
  }

  /// The positions of an image's classes in ``labels``.
  func truth(of image: Int, in set: ImageSet) -> [Int] {
    set.labelSets.map { $0[image].positions } ?? [place[set.labelOfSource[image]]]
  }
}

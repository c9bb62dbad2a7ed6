import ResZoo

/// The images to train on and to validate with.
struct TrainingData {
  var training: ImageSet
  var validation: ImageSet?
  /// The question that the network shall answer.
  let question: Question
  /// The path of the images to validate with; nil for a share of those to train on, or none.
  private(set) var validationPath: String?
  /// The share of each class that is held out to validate with; nil where another set is used, or none.
  private(set) var validationShare: Double?

  /// Opens a data set, whose parts `train` and `val` are those to train on and to validate with unless options say otherwise, and says
  /// how it was understood.
  ///
  /// - Parameters:
  ///   - arguments: the options for validation; nil where nothing is validated.
  ///   - question: the question that the network shall answer.
  ///   - usualShare: the share of each class that is kept back to validate with where nothing is given.
  init(
    dataset: String, _ arguments: ValidationArguments?, for question: Question, usualShare: Double = 0,
    seed: UInt64
  ) throws(Failure) {
    let parts = try reporting { try DatasetParts(of: dataset) }
    self.question = question
    training = try Terminal.timed("\(dataset): images listed") { () throws(Failure) in
      try reporting { try question.set(path: dataset, for: .training) }
    }
    Terminal.note(training)
    guard let arguments else { return }
    let given = arguments.validation
    validationPath = given ?? (arguments.validationSplit == nil ? parts?.validation : nil)
    if let remark = parts?.remarkOnValidation(isUsed: given == nil && validationPath != nil) {
      Terminal.note(remark)
    }
    if let validationPath {
      let labels = training.labels
      let asked = Question(
        answer: question.answer, separator: question.separator,
        positive: question.answer == .binary ? labels.last : nil)
      let set = try reporting { try asked.set(path: validationPath, for: .evaluation) }
      Terminal.note(set)
      validation = try reporting { [training] in
        guard question.answer != .binary else {
          return ImageSet(
            sources: set.sources, labels: labels, labelOfSource: set.labelOfSource, leftOut: set.leftOut,
            path: set.path)
        }
        return try set.relabelled(labels, of: training.path ?? dataset)
      }
      return
    }
    let share = arguments.validationSplit ?? usualShare
    guard share > 0 else { return }
    validationShare = share
    (training, validation) = try reporting { [training] in
      let divided = try training.split(validationShare: share, seed: seed)
      return (divided.training, divided.validation)
    }
  }

  /// The classes numbered as a network numbers them.
  ///
  /// - Parameter path: the network's, for errors.
  mutating func relabel(_ labels: [String], of path: String) throws(Failure) {
    let (training, validation) = (training, validation)
    if let remark = training.remarkOnNumbers(among: labels, of: path) { Terminal.note(remark) }
    (self.training, self.validation) = try reporting {
      (try training.relabelled(labels, of: path), try validation?.relabelled(labels, of: path))
    }
  }
}

extension Terminal {
  /// Prints how a data set was understood, and what was left out of it.
  static func note(_ set: ImageSet) {
    for remark in set.remarks { note(remark) }
    note(set.leftOut)
  }

  /// Prints the settings of a training.
  static func note(_ options: TrainingOptions) {
    let recipe = options.recipe.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    note(["reszoo: settings: \(recipe.first ?? "none")"] + recipe.dropFirst(), separator: ", ")
  }
}

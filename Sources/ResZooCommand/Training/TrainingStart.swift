import Files
import ResZoo

/// The network that `train` starts from.
struct TrainingStart {
  var model: Model
  /// A text that tells its weights from others.
  var identity: String
  /// Entries of the recipe that are not options.
  var remarks: [String: String] = [:]

  /// - Parameter data: gets its classes numbered as the network's.
  init(
    _ source: NetworkSource, arguments: TrainingArguments, _ data: inout TrainingData
  ) throws(Failure) {
    if let path = source.from {
      let stack = try openStack(path, bases: source.bases, signature: source.signature)
        .checkedToWriteOn(path)
      let read = try reporting(path) { try Model(stack, threads: arguments.threads) }
      identity = read.contentRoot(threads: arguments.threads)
      model = arguments.optimization.precision == .int8 ? read : try read.startingFrom(path)
      (remarks["from"], remarks["base-root"]) = (path.lastPathPart, identity)
      try Self.match(model, path: path, &data)
    } else {
      let labels =
        data.question.answer == .binary ? Array(data.training.labels.suffix(1)) : data.training.labels
      let choice = ArchitectureChoice(
        arch: source.arch, descriptor: source.descriptor, classes: labels.count, answer: data.question.answer)
      let untrained = try choice.untrainedModel(
        labels: labels, of: nil, initialization: source.initialization ?? .kaiming, seed: arguments.seed)
      model = untrained
      identity = try reporting {
        String(decoding: try untrained.descriptor.architecture.json(), as: UTF8.self)
      }
      remarks["arch"] = source.arch
      remarks["init"] = source.initialization == .xavier ? source.initialization?.rawValue : nil
    }
    remarks.merge(data.question.remarks(data.training.labels)) { own, _ in own }
    model = try model.ignoringExif(arguments.data.exif.ignoreExif)
  }

  /// The data set's classes must be those of a network that has some.
  private static func match(_ model: Model, path: String, _ data: inout TrainingData) throws(Failure) {
    guard data.question.answer != .binary else { return }
    let (own, given) = (model.descriptor.architecture.classes, data.training.labels.count)
    guard own == given else {
      throw Failure(
        .data,
        """
        \(path): has \(own.counted("class", "classes")), and \(data.training.path ?? "the data set") has \(given); \
        'reszoo finetune' gives a network a new head
        """)
    }
    if let labels = model.descriptor.labels { try data.relabel(labels, of: path) }
  }
}

extension NetworkSource {
  /// The question that the network answers, which a named one learns and a file has.
  func question(_ arguments: AnswerArguments) throws(Failure) -> Question {
    if let from {
      let descriptor = try loadDescriptor(from)
      let own = descriptor.architecture.answer
      let question = try arguments.question(own: own, label: own == .binary ? descriptor.labels?.first : nil)
      guard question.answer == own else {
        throw Failure(
          .usage,
          "--answer \(question.answer.rawValue): the answer of \(from) is '\(own.rawValue)'; 'reszoo finetune' gives it another head"
        )
      }
      return question
    }
    guard let descriptor else { return try arguments.question() }
    return try arguments.question(own: try Operand.architecture(descriptor).answer)
  }
}

extension Model {
  /// The network that learns: of a quantized one that of real numbers, which is said.
  func startingFrom(_ path: String) throws(Failure) -> Model {
    guard quantization != nil else { return self }
    Terminal.note(
      """
      \(path): is quantized; the training starts from its weights as real numbers, and --precision int8 would leave frozen layers as \
      they are
      """)
    return try reporting(path) { try dequantized() }
  }

  /// The same network for images as they are stored, if that was asked for.
  func ignoringExif(_ ignores: Bool) throws(Failure) -> Model {
    guard ignores else { return self }
    var descriptor = descriptor
    descriptor.preprocessing.exif = .ignore
    return try reporting { [descriptor] in try Model(descriptor: descriptor, tensors: tensors) }
  }
}

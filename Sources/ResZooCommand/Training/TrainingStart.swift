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
      let stack = try openStack(path, bases: source.bases)
      identity = stack.index.contentRootHex
      model = try reporting(path) { try Model(stack, threads: arguments.threads) }
      remarks["from"] = path.lastPathPart
      try Self.match(model, path: path, &data)
    } else {
      let choice = ArchitectureChoice(
        arch: source.arch, descriptor: source.descriptor, classes: data.training.labels.count)
      let untrained = try choice.untrainedModel(labels: data.training.labels, of: nil, seed: arguments.seed)
      model = untrained
      identity = try reporting {
        String(decoding: try untrained.descriptor.architecture.json(), as: UTF8.self)
      }
      remarks["arch"] = source.arch
    }
    model = try model.ignoringExif(arguments.data.exif.ignoreExif)
  }

  /// The data set's classes must be those of a network that has some.
  private static func match(_ model: Model, path: String, _ data: inout TrainingData) throws(Failure) {
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

extension Model {
  /// The same network for images as they are stored, if that was asked for.
  func ignoringExif(_ ignores: Bool) throws(Failure) -> Model {
    guard ignores else { return self }
    var descriptor = descriptor
    descriptor.preprocessing.exif = .ignore
    return try reporting { [descriptor] in try Model(descriptor: descriptor, tensors: tensors) }
  }
}

import Files
import ResZoo

/// The network that `finetune` starts from.
struct FinetuningStart {
  var model: Model
  /// Entries of the recipe that are not options.
  var remarks: [String: String]
  /// The content root of the weights, which were hashed.
  let contentRoot: String
  private let start: AdaptedModel

  /// - Parameter data: gets its classes numbered as the network's.
  init(
    _ path: String, _ stack: CheckpointStack, _ data: inout TrainingData, head: NewHead?,
    arguments: TrainingArguments
  ) throws(Failure) {
    let read = try reporting(path) { try Model(stack, threads: arguments.threads) }
    let precision = arguments.optimization.precision ?? .float32
    let base = precision == .int8 ? read : try read.startingFrom(path)
    if base.descriptor.origin.kind == .untrained {
      Terminal.warn("\(path): was never trained, so frozen layers stay random; use 'reszoo train' instead")
    }
    let (training, validation) = (data.training, data.validation)
    let start = try reporting {
      try AdaptedModel(
        base, training: training, validation: validation, head: head, answer: data.question.answer,
        precision: precision, seed: arguments.seed, name: path)
    }
    (data.training, data.validation) = (start.training, start.validation)
    contentRoot = read.contentRoot(threads: arguments.threads)
    remarks = start.remarks(base: path.lastPathPart, contentRoot: contentRoot, head: head)
    remarks.merge(data.question.remarks(data.training.labels)) { own, _ in own }
    if !start.isHeadNew, let labels = base.descriptor.labels,
      let remark = training.remarkOnNumbers(among: labels, of: path)
    {
      Terminal.note(remark)
      Terminal.note("--head gives the network a new head instead")
    }
    if start.isHeadNew {
      let labels = data.training.labels
      Terminal.note("new head for \(labels.count.counted("class", "classes")): \(labels.listed)")
    }
    model = try start.model.ignoringExif(arguments.data.exif.ignoreExif)
    self.start = start
  }

  /// Refuses a selection that leaves a new head frozen.
  func requireTrainableHead(_ options: TrainingOptions) throws(Failure) {
    try reporting { try start.requireTrainableHead(options.selection) }
  }
}

extension [String] {
  /// The first ones, separated by commas.
  var listed: String {
    prefix(5).joined(separator: ", ") + (count > 5 ? ", …" : "")
  }
}

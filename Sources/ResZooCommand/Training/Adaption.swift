import ResZoo

/// The network that `finetune` begins with.
struct Adaption {
  var model: Model
  /// For the recipe.
  var remarks: [String: String]
  private let start: AdaptedModel

  /// - Parameter data: gets its classes numbered as the network's.
  init(
    _ path: String, _ stack: CheckpointStack, _ data: inout TrainingData, head: Finetune.HeadName?,
    arguments: TrainingArguments
  ) throws(Failure) {
    var model: Model
    do {
      model = try Model(stack, threads: arguments.threads)
    } catch {
      throw Failure(error, path: path)
    }
    if model.descriptor.origin.kind == .untrained {
      Terminal.error(
        "reszoo: \(path): was never trained: what is frozen stays random; 'reszoo train' begins at nothing")
    }
    do {
      let start = try AdaptedModel(
        model, training: data.training, validation: data.validation, head: head?.form, seed: arguments.seed,
        name: path)
      (model, data.training, data.validation) = (start.model, start.training, start.validation)
      remarks = start.remarks(
        base: path.lastPathPart, contentRoot: stack.index.contentRootHex, head: head?.form)
      self.start = start
    } catch {
      throw Failure(error)
    }
    if start.isHeadNew {
      let labels = data.training.labels
      Terminal.error("reszoo: a new head for \(labels.count) classes: \(labels.listed)")
    }
    self.model = try model.ignoringExif(arguments.exif.ignoreExif)
  }

  /// A new head is of no use untrained.
  func requireTrainedHead(_ options: TrainingOptions) throws(Failure) {
    do {
      try start.requireTrainedHead(options.selection)
    } catch {
      throw Failure(.usage, "--train: \(error)")
    }
  }
}

extension Finetune.HeadName {
  fileprivate var form: NewHead { self == .mlp ? .mlp : .linear }
}

extension [String] {
  /// The first ones with commas between them.
  fileprivate var listed: String {
    prefix(5).joined(separator: ", ") + (count > 5 ? ", …" : "")
  }
}

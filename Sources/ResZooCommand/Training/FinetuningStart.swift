import ResZoo

/// The network that `finetune` starts from.
struct FinetuningStart {
  var model: Model
  /// Entries of the recipe that are not options.
  var remarks: [String: String]
  private var isHeadNew = false

  /// - Parameter data: gets its classes numbered as the network's.
  init(
    _ path: String, _ stack: CheckpointStack, _ data: inout TrainingData, head: NewHead?,
    arguments: TrainingArguments
  ) throws(Failure) {
    remarks = ["base": path.lastPathPart, "base-root": stack.index.contentRootHex]
    let base = try reporting(path) { try Model(stack, threads: arguments.threads) }
    if base.descriptor.origin.kind == .untrained {
      Terminal.note("\(path): was never trained, so frozen layers stay random; use 'reszoo train' instead")
    }
    let labels = data.training.labels
    if let own = base.descriptor.labels, Set(own) == Set(labels), own.count == labels.count, head == nil {
      try data.relabel(own, of: path)
      model = base
    } else {
      model = try reporting(path) { try base.replacingHead(head, labels: labels, seed: arguments.seed) }
      isHeadNew = true
      remarks["head"] = head?.rawValue ?? "new"
      Terminal.note("new head for \(labels.count.counted("class", "classes")): \(labels.listed)")
    }
    model = try model.ignoringExif(arguments.data.exif.ignoreExif)
  }

  /// Refuses a selection that leaves a new head frozen.
  func requireTrainableHead(_ options: TrainingOptions) throws(Failure) {
    guard isHeadNew, let paths = options.selection.paths, !paths.contains(where: { Graph.isHead(path: $0) })
    else {
      return
    }
    throw Failure(
      .usage,
      "--train \(options.selection): the head is new and must be trainable; use --train \(options.selection),fc"
    )
  }
}

extension [String] {
  /// The first ones, separated by commas.
  fileprivate var listed: String {
    prefix(5).joined(separator: ", ") + (count > 5 ? ", …" : "")
  }
}

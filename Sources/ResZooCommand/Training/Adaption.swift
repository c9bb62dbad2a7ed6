import ResZoo

/// The network that `finetune` begins with.
struct Adaption {
  var model: Model
  /// For the recipe.
  var remarks: [String: String]
  private var isHeadNew = false

  /// - Parameter data: gets its classes numbered as the network's.
  init(
    _ path: String, _ stack: CheckpointStack, _ data: inout TrainingData, head: Finetune.HeadName?,
    arguments: TrainingArguments
  ) throws(Failure) {
    remarks = ["base": path.lastPathPart, "base-root": stack.index.contentRootHex]
    do {
      model = try Model(stack, threads: arguments.threads)
    } catch {
      throw Failure(error, path: path)
    }
    if model.descriptor.origin.kind == .untrained {
      Terminal.error(
        "reszoo: \(path): was never trained: what is frozen stays random; 'reszoo train' begins at nothing")
    }
    let labels = data.training.labels
    if let own = model.descriptor.labels, Set(own) == Set(labels), own.count == labels.count,
      head == nil
    {
      try data.relabel(own, of: path)
    } else {
      do {
        model = try model.replacingHead(
          head.map { $0 == .mlp ? .mlp : .linear }, labels: labels, seed: arguments.seed)
      } catch {
        throw Failure(error, path: path)
      }
      isHeadNew = true
      remarks["head"] = head?.rawValue ?? "new"
      Terminal.error("reszoo: a new head for \(labels.count) classes: \(labels.listed)")
    }
    model = try model.ignoringExif(arguments.exif.ignoreExif)
  }

  /// A new head is of no use untrained.
  func requireTrainedHead(_ options: TrainingOptions) throws(Failure) {
    guard isHeadNew, let paths = options.selection.paths, !paths.contains(where: { Graph.isHead(path: $0) })
    else {
      return
    }
    throw Failure(
      .usage, "--train \(options.selection): the head is new and must train too: \(options.selection),fc")
  }
}

extension [String] {
  /// The first ones with commas between them.
  fileprivate var listed: String {
    prefix(5).joined(separator: ", ") + (count > 5 ? ", …" : "")
  }
}

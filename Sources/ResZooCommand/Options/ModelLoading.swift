import ResZoo

/// Opens a checkpoint, by its path or its name in the cache, and the bases that it needs.
func openStack(_ path: String, bases: BaseOptions) throws(Failure) -> CheckpointStack {
  let path = try ModelOperand.path(of: path)
  return try Terminal.timed("\(path): opened") { () throws(Failure) in
    try reporting(path) { try CheckpointStack(path: path, bases: bases.search) }
  }
}

/// Opens a checkpoint for a command.
func loadModel(_ path: String, bases: BaseOptions, threads: Int = 0) throws(Failure) -> Model {
  let stack = try openStack(path, bases: bases)
  return try Terminal.timed("\(path): tensors read and checked") { () throws(Failure) in
    try reporting(path) { try Model(stack, threads: threads) }
  }
}

/// Opens a checkpoint and prepares it to classify; the unpacked weights are gone when it returns.
func loadClassifier(
  _ path: String, bases: BaseOptions, run: RunOptions, ignoringExif: Bool, views: ViewOptions
) throws(Failure) -> Classifier {
  let model = try loadModel(path, bases: bases, threads: run.threads)
  var options = run.classifierOptions(ignoringExif: ignoringExif)
  options.augmentation = views.tta
  return try Terminal.timed("\(path): network prepared") { [options] () throws(Failure) in
    try reporting(path) { try Classifier(model, options: options) }
  }
}

/// The descriptor of a checkpoint, read without its weights.
func loadDescriptor(_ path: String) throws(Failure) -> ModelDescriptor {
  let path = try ModelOperand.path(of: path)
  return try reporting(path) { try CheckpointReader(path: path).index.modelDescriptor() }
}

extension String {
  /// The part after the last slash.
  var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }
}

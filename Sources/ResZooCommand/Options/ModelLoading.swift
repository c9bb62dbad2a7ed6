import ResZoo
import Synchronization

/// The models that the command opened: they stay open, with all their files, so that no output replaces one of these.
enum OpenedModels {
  private static let readers = Mutex<[CheckpointReader]>([])

  static func keep(_ stack: CheckpointStack) {
    readers.withLock { $0.append(contentsOf: stack.layers) }
  }

  /// Keeps the bases of a model whose weights the command does not read, where they are found.
  static func keep(_ reader: CheckpointReader, bases: BaseSearch) {
    readers.withLock { $0.append(reader) }
    if let stack = try? CheckpointStack(reader, bases: bases) { keep(stack) }
  }
}

/// Opens a checkpoint, by its path or its name in the cache, and the bases that it needs.
func openStack(_ path: String, bases: BaseOptions) throws(Failure) -> CheckpointStack {
  let path = try ModelOperand.path(of: path)
  return try Terminal.timed("\(path): opened") { () throws(Failure) in
    let stack = try reporting(path) { try CheckpointStack(path: path, bases: bases.search) }
    OpenedModels.keep(stack)
    return stack
  }
}

/// Opens a checkpoint for a command.
func loadModel(_ path: String, bases: BaseOptions, threads: Int = 0) throws(Failure) -> Model {
  try loadModel(path, openStack(path, bases: bases), threads: threads)
}

/// Reads the weights of an open checkpoint.
func loadModel(_ path: String, _ stack: CheckpointStack, threads: Int = 0) throws(Failure) -> Model {
  try Terminal.timed("\(path): tensors read and checked") { () throws(Failure) in
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
func loadDescriptor(
  _ path: String, bases: BaseSearch = BaseSearch()
) throws(Failure) -> ModelDescriptor {
  let path = try ModelOperand.path(of: path)
  return try reporting(path) {
    let reader = try CheckpointReader(path: path)
    OpenedModels.keep(reader, bases: bases)
    return try reader.index.modelDescriptor()
  }
}

extension String {
  /// The part after the last slash.
  var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }
}

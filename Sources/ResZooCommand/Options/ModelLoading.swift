import Files
import ResZoo
import Synchronization

/// The models that the command opened, keys and settings: they stay open, with all their files, so that no output replaces one of these.
enum OpenedModels {
  private static let readers = Mutex<[CheckpointReader]>([])
  private static let files = Mutex<[InputFile]>([])

  static func keep(_ stack: CheckpointStack) {
    readers.withLock { $0.append(contentsOf: stack.layers) }
  }

  /// Keeps a file with a key or with settings.
  static func keep(_ file: InputFile) {
    files.withLock { $0.append(file) }
  }

  /// Keeps the bases of a model whose weights the command does not read, where they are found.
  static func keep(_ reader: CheckpointReader, bases: BaseSearch) {
    readers.withLock { $0.append(reader) }
    if let stack = try? CheckpointStack(reader, bases: bases) { keep(stack) }
  }
}

/// The use of a model that a command opens.
enum ModelUse {
  /// Its index alone: the weights of its bases may be anybody's.
  case index
  /// Its weights. A base that was looked for is proven, and named on standard error.
  case weights
  /// Its weights, where the command's own words name the bases.
  case announced
}

/// Opens a checkpoint, by its path or its name in the cache, and the bases that it needs.
///
/// - Parameters:
///   - signature: the key that must have signed it: everything is verified then, in the files that stay open, and what is loaded of them once
///     more.
///   - pins: true if what is loaded must have the content root of the header without a key too.
func openStack(
  _ path: String, bases: BaseOptions, signature: SignatureOptions? = nil, use: ModelUse = .weights,
  pins: Bool = false
) throws(Failure) -> CheckpointStack {
  let key = try signature?.publicKey.map(Operand.verifyingKey)
  let path = try ModelOperand.path(of: path)
  let stack = try Terminal.timed("\(path): opened") { () throws(Failure) in
    try reporting(path) {
      let stack = try CheckpointStack(path: path, bases: bases.search)
      return key == nil && use == .index ? stack : try stack.trusted(signedBy: key, pins: pins)
    }
  }
  OpenedModels.keep(stack)
  for base in bases.base { OpenInputs.keep(base) }
  if use == .weights, !stack.foundBases.isEmpty {
    Terminal.note("\(path): base: \(stack.foundBases.joined(separator: ", "))")
  }
  return stack
}

extension CheckpointStack {
  /// The stack, whose weights are refused unless they have the content root of its header: what is written of them has a root of its own, and
  /// would be sound. Deltas and signed files are verified whole before.
  func checkedToWriteOn(_ path: String) throws(Failure) -> CheckpointStack {
    try reporting(path) {
      if layers.count > 1 || !index.signatures.isEmpty { try verify() }
      return try pinned()
    }
  }
}

/// Opens a checkpoint for a command.
func loadModel(
  _ path: String, bases: BaseOptions, signature: SignatureOptions? = nil, threads: Int = 0
) throws(Failure) -> Model {
  try loadModel(path, openStack(path, bases: bases, signature: signature), threads: threads)
}

/// Reads the weights of an open checkpoint.
func loadModel(_ path: String, _ stack: CheckpointStack, threads: Int = 0) throws(Failure) -> Model {
  try Terminal.timed("\(path): tensors read and checked") { () throws(Failure) in
    try reporting(path) { try Model(stack, threads: threads) }
  }
}

/// Opens a checkpoint and prepares it to classify; the unpacked weights are gone when it returns.
func loadClassifier(
  _ path: String, bases: BaseOptions, signature: SignatureOptions, run: RunOptions, ignoringExif: Bool,
  views: ViewOptions
) throws(Failure) -> Classifier {
  let stack = try openStack(path, bases: bases, signature: signature)
  return try loadClassifier(path, stack, run: run, ignoringExif: ignoringExif, views: views)
}

/// Prepares an open checkpoint to classify; the unpacked weights are gone when it returns.
func loadClassifier(
  _ path: String, _ stack: CheckpointStack, run: RunOptions, ignoringExif: Bool, views: ViewOptions? = nil
) throws(Failure) -> Classifier {
  run.remarkOnPrecision()
  let model = try loadModel(path, stack, threads: run.threads)
  var options = run.classifierOptions(ignoringExif: ignoringExif)
  options.augmentation = views?.tta
  return try Terminal.timed("\(path): network prepared") { [options] () throws(Failure) in
    try reporting(path) { try Classifier(model, options: options) }
  }
}

/// The index of a checkpoint.
func loadIndex(_ path: String) throws(Failure) -> CheckpointIndex {
  let path = try ModelOperand.path(of: path)
  return try reporting(path) { try CheckpointReader(path: path).index }
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

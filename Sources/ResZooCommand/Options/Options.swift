import ArgumentParser
import ResZoo

/// How a network runs. Only --exact and --optimize change a result, in its last digits.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images that go through the network together; 8 by default.", valueName: "n"))
  var batch: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Processors to use; 0 for all.", valueName: "n"))
  var threads = 0

  @Flag(help: "Sum in double precision: the closest to the network's mathematics, several times slower.")
  var exact = false

  @Option(help: "What to favour: many images, or one image soon and in less memory.")
  var optimize = Goal.throughput

  enum Goal: String, ExpressibleByArgument, CaseIterable {
    case throughput
    case latency
  }

  /// What was asked for, or the default.
  var batchSize: Int { batch ?? 8 }

  var goal: InferenceGoal {
    switch optimize {
    case .throughput: .throughput
    case .latency: .latency
    }
  }

  func validate() throws {
    if let batch, !(1...1024).contains(batch) {
      throw ValidationError("--batch is \(batch); it must be from 1 to 1024.")
    }
    guard (0...256).contains(threads) else {
      throw ValidationError("--threads is \(threads); it must be from 0 to 256.")
    }
  }

  func classifierOptions(ignoringExif: Bool) -> Classifier.Options {
    Classifier.Options(
      threads: threads, batch: batchSize, ignoresExif: ignoringExif, exact: exact, goal: goal)
  }
}

/// Whether orientation counts.
struct ExifOptions: ParsableArguments {
  @Flag(help: "Take images as they are stored, not as their EXIF orientation says.")
  var ignoreExif = false
}

/// Where the bases of deltas are.
struct BaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What a delta differs from. By default it is found by its content root beside the delta, or in the cache folder.",
      valueName: "file"))
  var base: [String] = []

  var search: BaseSearch { BaseSearch(files: base) }
}

/// Opens a checkpoint, by its path or its name in the cache, and the bases that it needs.
func openStack(_ path: String, bases: BaseOptions) throws(Failure) -> CheckpointStack {
  let path = try ModelOperand.path(of: path)
  do {
    return try CheckpointStack(path: path, bases: bases.search)
  } catch {
    guard error.code == .badMagic, isWeightFileName(path) else { throw Failure(error, path: path) }
    throw Failure(
      .data,
      "\(path): is no checkpoint, but by its name weights of another program: 'reszoo convert \(path) --output NAME.rzoo' makes one of them"
    )
  }
}

/// Whether a file is called as other programs call files of weights.
private func isWeightFileName(_ path: String) -> Bool {
  let ending = path.lastPathPart.split(separator: ".").last?.lowercased() ?? ""
  return ["pth", "pt", "th", "ckpt", "bin", "safetensors"].contains(ending)
}

/// Opens a checkpoint for a command.
func loadModel(_ path: String, bases: BaseOptions, threads: Int = 0) throws(Failure) -> Model {
  let stack = try openStack(path, bases: bases)
  do {
    return try Model(stack, threads: threads)
  } catch {
    throw Failure(error, path: path)
  }
}

/// Opens a checkpoint and prepares it to classify; the unpacked weights are gone when it returns.
func loadClassifier(
  _ path: String, bases: BaseOptions, run: RunOptions, ignoringExif: Bool
) throws(Failure) -> Classifier {
  let model = try loadModel(path, bases: bases, threads: run.threads)
  do {
    return try Classifier(model, options: run.classifierOptions(ignoringExif: ignoringExif))
  } catch {
    throw Failure(error, path: path)
  }
}

/// What a checkpoint says, without its weights.
func loadDescriptor(_ path: String) throws(Failure) -> ModelDescriptor {
  let path = try ModelOperand.path(of: path)
  do {
    return try CheckpointReader(path: path).index.modelDescriptor()
  } catch let error as CheckpointError {
    throw Failure(error, path: path)
  } catch let error as ModelError {
    throw Failure(error, path: path)
  } catch {
    throw Failure(.data, "\(path): \(error)")
  }
}

/// The images that operands name.
struct Images {
  let paths: [String]
  /// Whether a folder could not be listed; the user was told.
  let hasUnreadableFolders: Bool

  /// - Parameter operands: files, folders, or '-' for paths on standard input.
  /// - Throws: ``Failure`` when there is no image at all.
  init(_ operands: [String]) throws(Failure) {
    var files = ImageFiles()
    for operand in operands {
      if operand == "-" {
        for line in Operand.linesOfStandardInput() { files.add(line) }
      } else {
        files.add(operand)
      }
    }
    for folder in files.unreadable { Terminal.error("reszoo: \(folder.path): \(folder.reason)") }
    if files.skipped > 0 {
      Terminal.error("reszoo: \(files.skipped) files that are not JPEG or PNG by name were skipped")
    }
    guard !files.paths.isEmpty else {
      let places = operands.map { $0 == "-" ? "the paths on standard input" : $0 }
      throw Failure(.noInput, "there are no JPEG or PNG files in \(places.joined(separator: ", "))")
    }
    paths = files.paths
    hasUnreadableFolders = !files.unreadable.isEmpty
  }
}

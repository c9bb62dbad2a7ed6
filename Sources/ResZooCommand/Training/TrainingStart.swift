import ResZoo

/// The network that `train` begins with.
struct TrainingStart {
  var model: Model
  /// What tells its weights from others.
  var identity: String
  /// For the recipe.
  var remarks: [String: String] = [:]

  /// - Parameter data: gets its classes numbered as the network's.
  init(
    arch: String?, descriptor: String?, from: String?, bases: BaseOptions, arguments: TrainingArguments,
    _ data: inout TrainingData
  ) throws(Failure) {
    if let path = from {
      let stack = try openStack(path, bases: bases)
      identity = stack.index.contentRootHex
      do {
        model = try Model(stack, threads: arguments.threads)
      } catch {
        throw Failure(error, path: path)
      }
      remarks["from"] = path.lastPathPart
      try Self.match(model, path: path, &data)
    } else {
      let classes = data.training.labels.count
      let choice = ArchitectureChoice(arch: arch, descriptor: descriptor, classes: classes)
      guard let architecture = try choice.resolve() else {
        throw Failure(.usage, "no architecture was named")
      }
      do {
        model = try Model(
          untrained: architecture, labels: data.training.labels, seed: arguments.seed)
        identity = String(decoding: try architecture.json(), as: UTF8.self)
      } catch let error as ModelError {
        throw Failure(
          untrained: error, architecture: arch, descriptor: descriptor, labels: nil)
      } catch {
        throw Failure(.data, "\(error)")
      }
      remarks["arch"] = arch
    }
    model = try model.ignoringExif(arguments.exif.ignoreExif)
  }

  /// The data set's classes must be those of a network that has some.
  private static func match(_ model: Model, path: String, _ data: inout TrainingData) throws(Failure) {
    let (own, given) = (model.descriptor.architecture.classes, data.training.labels.count)
    guard own == given else {
      throw Failure(
        .data,
        "\(path): has \(own) classes, and \(data.training.path ?? "the data set") \(given); 'reszoo finetune' gives a network another head"
      )
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
    do {
      return try Model(descriptor: descriptor, tensors: tensors)
    } catch {
      throw Failure(.data, "\(error)")
    }
  }
}

extension String {
  /// What stands behind the last slash.
  var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }
}

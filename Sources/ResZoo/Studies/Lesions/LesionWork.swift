import CheckpointFormat
import Datasets
import ModelDescriptor
import ResNetModel

/// The lesions of one network.
struct LesionWork {
  /// The whole network, then its lesions.
  let sets: [[String]]
  private let subject: StudySubject
  private let blocks: RemovableBlocks
  private let classes: EvaluatedClasses
  private let options: LesionStudy.Options

  /// - Throws: ``LesionError`` for a network without a block that can be left out or without one answer; ``DatasetError`` when the
  ///   classes do not match.
  init(_ subject: StudySubject, _ set: ImageSet, _ options: LesionStudy.Options) throws {
    let descriptor = subject.model.descriptor
    guard descriptor.architecture.head != .none else {
      throw LesionError(.network, subject.name, "has no head, and so no answer that could be right")
    }
    guard descriptor.architecture.answer != .several else {
      throw LesionError(
        .network, subject.name,
        "answers several classes at once; a study of lesions takes networks that answer one")
    }
    self.subject = subject
    self.options = options
    let blocks = RemovableBlocks(subject.model)
    self.blocks = blocks
    classes = try EvaluatedClasses(of: set, for: descriptor)
    guard !blocks.paths.isEmpty else {
      let reason = Set(blocks.blocks.compactMap(\.obstacle)).sorted().joined(separator: ", ")
      throw LesionError(
        .network, subject.name, "none of its \(blocks.blocks.count) blocks can be left out: \(reason)")
    }
    let plan = LesionPlan(
      of: blocks.paths, largest: options.largest, draws: options.draws, seed: options.seed,
      isPossible: blocks.canLeaveOut)
    sets = [[]] + plan.sets
  }

  /// The result of a run.
  struct Outcome {
    var network: LesionStudy.Network
    /// The images without an answer of the whole network.
    var errors: [Int: String]
    var earlierSeconds: Double
  }

  /// Runs all lesions whose answers no earlier run left.
  func run(
    on set: ImageSet, _ dataset: String, store: LesionStore?, _ place: inout LesionStudy.Progress,
    _ progress: (LesionStudy.Progress) throws -> Void
  ) throws -> Outcome {
    let key = identity.map { "\($0) \(dataset)" }
    var inputs: LesionInputs?
    var lesions: [[Int]] = []
    var earlierSeconds = 0.0
    for without in sets {
      place.lesion += 1
      let before = place.images
      if let key,
        let entry = store?.entry(
          key, without: without, images: set.count, classes: classes.predictedLabels.count)
      {
        lesions.append(entry.answers)
        earlierSeconds += entry.seconds
        place.kept += 1
        place.images = before + set.count
      } else {
        let start = ContinuousClock.now
        try progress(place)
        let ready =
          try inputs
          ?? LesionInputs(
            subject.model, images: set.sources,
            options: Classifier.Options(
              threads: options.threads, batch: 16, ignoresExif: options.ignoresExif),
            limit: options.inputLimit)
        inputs = ready
        guard let model = try blocks.model(without: Set(without)) else {
          preconditionFailure("a set that cannot be left out: \(without)")
        }
        let answers = try ready.answers(of: model) { done in
          place.images = before + done
          try progress(place)
        }
        if let key {
          try store?.append(
            LesionStore.Entry(
              subject: key, without: without, answers: answers,
              seconds: (ContinuousClock.now - start) / .seconds(1)))
        }
        lesions.append(answers)
        place.images = before + set.count
      }
    }
    let network = network(on: set, lesions)
    return Outcome(
      network: network, errors: errors(of: lesions[0], inputs), earlierSeconds: earlierSeconds)
  }

  private func network(on set: ImageSet, _ answers: [[Int]]) -> LesionStudy.Network {
    let truths = set.sources.indices.map { classes.indices[classes.truth(of: $0, in: set)[0]] }
    let counted = answers[0].indices.filter { answers[0][$0] >= 0 }
    let lesions = zip(sets, answers).map { without, answers in
      LesionStudy.Lesion(
        without: without, correct: counted.count { answers[$0] == truths[$0] },
        answers: answers.map { $0 < 0 ? nil : $0 })
    }
    return LesionStudy.Network(
      name: subject.name, isPlain: blocks.isPlain, isUntrained: subject.model.descriptor.hasRandomAnswers,
      blocks: blocks.blocks, images: counted.count, truths: truths, labels: classes.predictedLabels,
      whole: lesions[0], lesions: Array(lesions.dropFirst()))
  }

  private func errors(of answers: [Int], _ inputs: LesionInputs?) -> [Int: String] {
    var errors: [Int: String] = [:]
    for (image, answer) in answers.enumerated() where answer < 0 {
      errors[image] =
        answer == LesionInputs.unclear
        ? "the network's answer is not finite; check its weights"
        : inputs?.errors[image] ?? "could not be read"
    }
    return errors
  }

  /// A text that tells the network from others; nil where nothing is known of where its weights come from.
  private var identity: String? {
    let weights: String
    switch subject.model.provenance {
    // Not the claim of a header: answers of other weights are no answers of these.
    case .checkpoint: weights = "root \(subject.model.contentRoot(threads: options.threads))"
    case .drawn: weights = "drawn"
    case nil: return nil
    }
    guard let metadata = try? subject.model.descriptor.metadataJSON(),
      let architecture = try? subject.model.descriptor.architecture.json()
    else { return nil }
    return "\(weights) \(CheckpointIndex.digest(of: metadata)) \(CheckpointIndex.digest(of: architecture))"
  }

  /// A text that tells the images, and their preparation, from others.
  static func fingerprint(of set: ImageSet, _ options: LesionStudy.Options) -> String {
    let content = ImageSet.contentDigest(of: [set], threads: options.threads) ?? "unread"
    return "\(ImageSet.fingerprint(of: [set])) \(content) \(options.ignoresExif ? "stored" : "upright")"
  }
}

extension RemovableBlocks {
  /// True if all of these blocks can be left out together.
  func canLeaveOut(_ paths: Set<String>) -> Bool {
    !isPlain || ShortenedNetwork(model.graph, without: paths) != nil
  }
}

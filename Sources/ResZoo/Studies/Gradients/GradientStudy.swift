public import Datasets
import ModelDescriptor
import ResNetModel
import Threads
import Training

/// Measures how large the gradient of the loss is at each block of plain and residual networks: whether it shrinks or grows on its way from
/// the last block to the first, and what shortcuts change.
public struct GradientStudy: Sendable {
  /// Settings of a study.
  public struct Options: Hashable, Sendable {
    /// The seeds of weights, and of inputs that are drawn; a run for each.
    public var seeds: [UInt64]
    /// The images of a batch, taken evenly from the classes.
    public var images: Int
    /// The number of processors to use; 0 for all.
    public var threads: Int
    /// True if EXIF orientation is ignored, whatever the preprocessing of the model.
    public var ignoresExif: Bool
    /// True if the networks of the first seed and their inputs are kept, to be written by ``writeNetworks(to:)``.
    public var keepsNetworks: Bool

    /// Settings; one seed, and 128 images on all processors by default.
    public init(
      seeds: [UInt64] = [0], images: Int = 128, threads: Int = 0, ignoresExif: Bool = false,
      keepsNetworks: Bool = false
    ) {
      self.seeds = seeds
      self.images = images
      self.threads = threads
      self.ignoresExif = ignoresExif
      self.keepsNetworks = keepsNetworks
    }
  }

  /// The networks: of a stack the plain one, then the residual one; else each network at initialisation, then as it was given.
  public private(set) var profiles: [GradientProfile] = []
  /// The stack; nil for whole networks.
  public let stack: GradientStack?
  /// The settings.
  public let options: Options
  /// The images that ran; nil for a stack.
  public private(set) var images: Int?
  /// The images that could not be read, and the reasons; they count nowhere.
  public private(set) var errors: [(input: String, error: String)] = []
  /// The networks of the first seed and their inputs.
  var kept: [KeptNetwork] = []

  /// Measures stacks of blocks at initialisation, without any data: the loss is the sum of all outputs for a normal sample. Both stacks
  /// have the same weights and the same input. They are computed in double precision: deep plain stacks
  /// multiply the rounding of single precision until nothing else is left.
  ///
  /// - Parameters:
  ///   - stack: the blocks of both stacks, and their input.
  ///   - options: the seeds and the threads.
  ///   - progress: gets the number of networks done. An error that it throws ends the work.
  /// - Throws: ``TrainingError``, ``ModelError``, or the error of `progress`.
  public init(
    of stack: GradientStack = GradientStack(), options: Options = Options(),
    progress: (_ done: Int) throws -> Void = { _ in }
  ) throws {
    try Self.check(options)
    try stack.check()
    self.stack = stack
    self.options = options
    let job = StackJob(stack, seeds: options.seeds)
    try job.run(on: WorkerPool(threads: options.threads), progress: progress)
    profiles = try job.profiles()
    guard options.keepsNetworks else { return }
    for profile in profiles {
      let model = try Model(
        untrained: stack.architecture(shortcuts: profile.hasShortcuts), seed: options.seeds[0])
      kept.append(
        KeptNetwork(
          name: profile.name, model: model, input: stack.input(seed: options.seeds[0]), labels: nil))
    }
  }

  /// Measures whole networks on one batch of images: at initialisation, with weights of each seed, and with the weights that they have. The
  /// loss is the cross-entropy with the images' classes.
  ///
  /// - Parameters:
  ///   - subjects: the networks. Each takes the images as its own preprocessing says.
  ///   - set: images with one class each, opened for ``ImageSet/Purpose/evaluation``.
  ///   - options: the seeds, the images of the batch and the threads.
  ///   - progress: gets the number of networks done. An error that it throws ends the work.
  /// - Throws: ``TrainingError``; ``DatasetError`` when the classes do not match; ``ModelError``, ``InferenceError``,
  ///   ``ClassificationError``, or the error of `progress`.
  public init(
    of subjects: [StudySubject], on set: ImageSet, options: Options = Options(),
    progress: (_ done: Int) throws -> Void = { _ in }
  ) throws {
    try Self.check(options)
    stack = nil
    self.options = options
    let pool = WorkerPool(threads: options.threads)
    let set = set.sample(of: options.images, seed: 0)
    var done = 0
    for subject in subjects {
      let inputs = try GradientInputs(
        set, for: subject,
        options: Classifier.Options(threads: options.threads, ignoresExif: options.ignoresExif))
      let known = Set(errors.map(\.input))
      errors += inputs.errors.filter { !known.contains($0.input) }
      images = max(images ?? 0, inputs.batch.count)
      try measure(subject, inputs, pool) {
        done += 1
        try progress(done)
      }
    }
  }

  /// Measures a whole network with weights of each seed and with its own.
  ///
  /// - Parameter step: is called after each of them.
  private mutating func measure(
    _ subject: StudySubject, _ inputs: GradientInputs, _ pool: WorkerPool, step: () throws -> Void
  ) throws {
    func run(_ model: Model, seed: UInt64?) throws -> GradientProfile.Run {
      let run = try GradientMeter(model, for: inputs.batch, pool: pool).run(inputs.batch, seed: seed)
      try step()
      return run
    }
    let initial = try options.seeds.map { try run(subject.model.redrawn(seed: $0), seed: $0) }
    let own = try run(subject.model, seed: nil)
    let descriptor = subject.model.descriptor
    for (weights, runs) in [
      (.initial, initial), (descriptor.hasRandomAnswers ? .untrained : .trained, [own]),
    ] as [(GradientProfile.Weights, [GradientProfile.Run])] {
      profiles.append(
        GradientProfile(
          name: subject.name, hasShortcuts: descriptor.architecture.shortcut != .none, weights: weights,
          blocks: GradientMeter.blocks(of: descriptor.architecture), runs: runs))
    }
    guard options.keepsNetworks else { return }
    kept.append(
      KeptNetwork(
        name: "\(kept.count + 1)", model: try subject.model.redrawn(seed: options.seeds[0]),
        input: inputs.tensor, labels: inputs.batch.targets.map(\.label)))
  }

  private static func check(_ options: Options) throws(TrainingError) {
    guard !options.seeds.isEmpty else {
      throw TrainingError(.options, "no seed is given; there must be one or more")
    }
    guard options.images > 0 else {
      throw TrainingError(.options, "a batch of \(options.images) images; there must be 1 or more")
    }
  }
}

extension Model {
  /// The same architecture with fresh weights.
  fileprivate func redrawn(seed: UInt64) throws(ModelError) -> Model {
    try Model(
      untrained: descriptor.architecture, preprocessing: descriptor.preprocessing, labels: descriptor.labels,
      seed: seed)
  }
}

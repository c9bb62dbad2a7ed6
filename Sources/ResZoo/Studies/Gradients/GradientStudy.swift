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
  /// - Parameter progress: gets the number of networks done. An error that it throws ends the work.
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
    let set = set.labelSets == nil ? set.evenly(options.images) : set
    var failed: [String: String] = [:]
    var done = 0
    for (number, subject) in subjects.enumerated() {
      let inputs = try GradientInputs(
        set, for: subject,
        options: Classifier.Options(threads: options.threads, ignoresExif: options.ignoresExif))
      for (input, error) in inputs.errors where failed.updateValue(error, forKey: input) == nil {
        errors.append((input, error))
      }
      images = max(images ?? 0, inputs.batch.count)
      func run(_ model: Model, seed: UInt64?) throws -> (blocks: [String], run: GradientProfile.Run) {
        let meter = try GradientMeter(model, for: inputs.batch, pool: pool)
        let run = meter.run(inputs.batch, seed: seed)
        done += 1
        try progress(done)
        return (meter.blocks, run)
      }
      let given = try run(subject.model, seed: nil)
      var runs: [GradientProfile.Run] = []
      for seed in options.seeds {
        let model = try subject.model.redrawn(seed: seed)
        runs.append(try run(model, seed: seed).run)
        if options.keepsNetworks, seed == options.seeds[0] {
          kept.append(
            KeptNetwork(
              name: "\(number + 1)", model: model, input: inputs.tensor,
              labels: inputs.batch.targets.map(\.label)))
        }
      }
      func profile(
        _ weights: GradientProfile.Weights, _ runs: [GradientProfile.Run]
      ) -> GradientProfile {
        GradientProfile(
          name: subject.name, hasShortcuts: subject.model.descriptor.architecture.shortcut != .none,
          weights: weights, blocks: given.blocks, runs: runs)
      }
      profiles.append(profile(.initial, runs))
      profiles.append(
        profile(subject.model.descriptor.hasRandomAnswers ? .untrained : .trained, [given.run]))
    }
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

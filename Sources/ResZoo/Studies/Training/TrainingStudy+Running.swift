import Datasets
import Files
import Messages
import ModelDescriptor
import ResNetModel
public import Training

extension TrainingStudy {
  /// One of the trainings of a study.
  public struct Place: Hashable, Sendable {
    /// The number of the training, from 1.
    public var number: Int
    /// The number of all trainings.
    public var count: Int
    /// The network.
    public var network: String
    /// The seed.
    public var seed: UInt64
    /// The multiply-adds of an image in this network.
    public var cost: Int
    /// The multiply-adds of an image in each of the trainings that are left after this one, together.
    public var costBehind: Int
  }

  /// The end of a run of a study.
  public enum Outcome: Sendable {
    /// All networks are trained.
    case finished(TrainingStudyResult)
    /// The caller stopped it; the page has what is done.
    case interrupted(TrainingStudyResult)
  }

  /// Trains every network with every seed, seed by seed, and writes the page after each one. What an earlier run of the study trained by
  /// the same recipe is used, and a training that was interrupted goes on after its last whole epoch.
  ///
  /// - Parameters:
  ///   - observing: returns the receivers of a training's progress before it begins; it is not called for one that is done already.
  ///   - shouldStop: asked after each step.
  /// - Throws: ``TrainingError``, with ``TrainingError/Code/state`` when the folder has networks of another recipe; `FileError`,
  ///   ``DescriptorError`` or ``ModelError``.
  public func run(
    observing: (Place) -> [any TrainingObserver] = { _ in [] }, shouldStop: () -> Bool = { false }
  ) throws -> Outcome {
    guard !seeds.isEmpty else { throw TrainingError(.options, "there is no seed to train with") }
    try recipe.validate()
    let sizes = try networks.map { try $0.size(classes: data.training.labels.count) }
    let page = try TrainingStudyWriter(self, sizes)
    let folder = StudyFolder(output: output)
    let trainings = networks.flatMap { network in seeds.map { "\(network.fileName)-seed\($0)" } }
    let lock = try folder.open(for: folderRecipe, trainings: trainings, restarts: restarts)
    defer { withExtendedLifetime(lock) {} }

    var plan = seeds.flatMap { seed in networks.indices.map { (network: $0, seed: seed) } }
    var runs: [StudyRun] = []
    var left: [(network: Int, seed: UInt64)] = []
    for training in plan {
      let network = networks[training.network]
      let expected = try StudyRun(network, classes: data.training.labels.count, seed: training.seed)
      if let run = try folder.run(of: network, as: expected) {
        runs.append(run)
      } else {
        left.append(training)
      }
    }
    plan = left
    if !runs.isEmpty || plan.isEmpty { try page.write(result(runs)) }
    for (position, training) in plan.enumerated() {
      let place = Place(
        number: runs.count + 1, count: networks.count * seeds.count, network: networks[training.network].name,
        seed: training.seed, cost: sizes[training.network].multiplyAdds,
        costBehind: plan[(position + 1)...].reduce(0) { $0 + sizes[$1.network].multiplyAdds })
      guard
        let run = try train(
          networks[training.network], seed: training.seed, in: folder, observers: observing(place),
          shouldStop: shouldStop)
      else { return .interrupted(result(runs)) }
      runs.append(run)
      try page.write(result(runs))
    }
    return .finished(result(runs))
  }

  /// The trainings in the order of the networks and seeds, whatever order they were done in.
  private func result(_ runs: [StudyRun]) -> TrainingStudyResult {
    let sorted = networks.flatMap { network in
      seeds.compactMap { seed in runs.first { $0.network == network.name && $0.seed == seed } }
    }
    return TrainingStudyResult(self, sorted)
  }

  /// Trains a network, or goes on with its training.
  ///
  /// - Returns: nil when it was stopped.
  private func train(
    _ network: StudyNetwork, seed: UInt64, in folder: StudyFolder, observers: [any TrainingObserver],
    shouldStop: () -> Bool
  ) throws -> StudyRun? {
    let labels = data.training.labels
    var architecture = network.architecture
    architecture.classes = labels.count
    let model = try Model(
      untrained: architecture, labels: labels, initialization: network.initialization, seed: seed)
    var options = recipe
    options.seed = seed
    options.metric = .last
    options.patience = nil
    var job = TrainingJob(
      model, training: data.training, validation: data.test, options: options,
      output: folder.checkpoint(of: network, seed: seed))
    if network.initialization != .kaiming { job.remarks["init"] = network.initialization.rawValue }
    // Until the record is written, the state has the numbers.
    job.keepsState = true
    job.resumption = isThere(job.statePath) ? .resume : .begin
    ProtectedFiles.allow(job.statePath)
    ProtectedFiles.allow(job.output)
    var run = try StudyRun(network, classes: labels.count, seed: seed)
    let trainer = try Trainer(job, observers: observers)
    do throws(TrainingError) {
      guard case .finished(let summary) = try trainer.run(shouldStop: shouldStop) else { return nil }
      run.epochs = summary.records
    } catch {
      guard error.code == .diverged else { throw error }
      run.epochs = trainer.records
      run.failure = error.message
    }
    try folder.write(run, of: network)
    removeFile(job.statePath)
    return run
  }

  /// The settings and the images that all networks share.
  private var folderRecipe: StudyFolder.Recipe {
    var settings = sharedSettings
    settings["pictures"] = data.training.count.description
    let sets = [data.training, data.test]
    return StudyFolder.Recipe(
      settings: settings, data: ImageSet.fingerprint(of: sets),
      contents: ImageSet.contentDigest(of: sets, threads: recipe.threads))
  }

  /// The settings that all trainings of the study share, by the names of the command line's options.
  var sharedSettings: [String: String] {
    var settings = recipe.recipe
    for name in ["seed", "best-by", "patience", "train"] { settings[name] = nil }
    return settings
  }
}

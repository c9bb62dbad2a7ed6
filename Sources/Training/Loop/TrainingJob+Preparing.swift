import Files
import Kernels
import ModelDescriptor
import Platform
import ResNetModel
import TensorCore
import Threads

extension TrainingJob {
  /// Makes sure that nobody else writes the output, until the lock is given back.
  func lock() throws(TrainingError) -> FileLock {
    let lock: FileLock?
    do {
      lock = try FileLock.ifFree(path: statePath + ".lock")
    } catch {
      throw TrainingError(.file, error.description)
    }
    guard let lock else {
      throw TrainingError(
        .busy,
        "\(output): another training is going on that writes this file; wait until it is done, or name another --output"
      )
    }
    return lock
  }

  /// Tries to create the output, and removes what was created.
  func requireWritableOutput() throws(TrainingError) {
    do {
      _ = try AtomicFile(path: output)
    } catch {
      throw TrainingError(.file, error.description)
    }
  }

  /// The state that the training begins or goes on with, and what a user should know of that.
  func initialState() throws(TrainingError) -> (state: TrainingState, goesOn: Bool, notice: String?) {
    let fresh = TrainingProgress(
      stopping: EarlyStopping(figure: options.figure, patience: options.patience), recipe: recipe,
      data: DataFingerprint.digest(of: [training] + [validation].compactMap(\.self)), start: identity)
    let isThere = FileIdentity(path: statePath) != nil
    guard !isThere || isRegularFile(statePath) else {
      throw TrainingError(
        .state,
        "\(statePath): is no file, and the training keeps its state there: move it away, or name another --output"
      )
    }
    switch resumption {
    case .restart: break
    case .begin:
      guard isThere else { break }
      throw TrainingError(
        .state,
        "\(statePath): is the state of an interrupted training; --resume goes on with it, --restart gives it up"
      )
    case .resume:
      guard isThere else {
        guard FileIdentity(path: output) == nil else {
          throw TrainingError(
            .state,
            "\(output): is complete: there is no \(statePath) to go on with; leave --resume out to train anew"
          )
        }
        return (
          TrainingState(progress: fresh), false, "there is no \(statePath) to go on with: training begins"
        )
      }
      let state = try TrainingState(contentsOf: statePath)
      try state.progress.requireSameRun(as: fresh, path: statePath)
      return (state, true, "going on after epoch \(state.progress.epochs)")
    }
    return (TrainingState(progress: fresh), false, nil)
  }

  /// Removes the state; a state that cannot be removed does no harm.
  func removeState() { unsafe unlink(statePath) }

  /// What trains in an epoch.
  func selection(epoch: Int) throws(TrainingError) -> LayerSelection {
    var selection = options.selection
    for unfreezing in options.unfreezings where unfreezing.epoch <= epoch {
      guard selection.paths != nil else { break }
      selection =
        unfreezing.selection.paths == nil
        ? .all : try LayerSelection("\(selection),\(unfreezing.selection)")
    }
    return selection
  }

  /// Whether other parts train in an epoch than in the one before.
  func unfreezes(at epoch: Int) -> Bool { options.unfreezings.contains { $0.epoch == epoch } }

  /// The network that trains in an epoch, with the weights that it begins with.
  func engine(epoch: Int, pool: WorkerPool) throws(TrainingError) -> TrainingEngine {
    let size = model.descriptor.preprocessing.inputSize
    return try TrainingEngine(
      model, selection: selection(epoch: epoch), options: options, loss: loss, height: size[1],
      width: size[2], pool: pool)
  }

  /// What lies before the part that trains.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for cutmix, which mixes parts of images, where there is
  ///   such a part.
  func frozenPart(
    of network: TrainingNetwork, pool: WorkerPool
  ) throws(TrainingError) -> FrozenPart? {
    guard network.boundary > 0 else { return nil }
    guard options.mixing.cutmix == 0 else {
      throw TrainingError(
        .options,
        "--cutmix mixes images, and what trains here takes features of frozen layers; use --mixup, or --train all"
      )
    }
    let size = model.descriptor.preprocessing.inputSize
    return FrozenPart(featureShape: network.inputShape) {
      [model, options, network] () throws(TrainingError) in
      let backbone = try FrozenBackbone(
        model, boundary: network.boundary, height: size[1], width: size[2], capacity: options.batch,
        pool: pool)
      return FrozenPart.Prepared(
        backbone: backbone,
        staging: TrainingBatch(capacity: options.batch, shape: backbone.imageShape))
    }
  }

  /// What the features at a boundary depend on, beside images and augmentation.
  func featureKey(boundary: Int) -> FeatureKey {
    let descriptor = model.descriptor
    let size = descriptor.preprocessing.inputSize
    // As a frozen part computes: for throughput, in single precision; drawn weights are known by their seed.
    let computation = "throughput \(KernelTable.current.name) \(descriptor.origin.seed ?? 0)"
    return FeatureKey(
      contentRoot: identity, architecture: descriptor.architecture, boundary: boundary, height: size[1],
      width: size[2], preprocessing: descriptor.preprocessing, computation: computation)
  }

  /// The loss with the weights of the classes: n / (classes · n of the class), so that every class counts alike.
  private var loss: CrossEntropy {
    guard options.balancesLoss else { return options.loss }
    var loss = options.loss
    let counts = training.countOfLabel
    loss.classWeights = counts.map { count in
      count == 0 ? 0 : Float(training.count) / Float(counts.count * count)
    }
    return loss
  }

  /// Steps of an epoch.
  var stepsPerEpoch: Int { (training.count + options.batch - 1) / options.batch }

  /// Epochs that are begun at most.
  var epochs: Int {
    options.maxSteps.map { min(options.epochs, ($0 - 1) / stepsPerEpoch + 1) } ?? options.epochs
  }

  /// Steps of the run at most.
  var steps: Int { min(options.maxSteps ?? .max, options.epochs * stepsPerEpoch) }

  /// The course of the learning rate.
  var schedule: Schedule {
    Schedule(
      kind: options.schedule, steps: steps, stepsPerEpoch: stepsPerEpoch,
      warmupSteps: Int((options.warmupEpochs * Double(stepsPerEpoch)).rounded()))
  }

  /// A number for the dropout and the like of a step.
  func randomness(step: Int) -> UInt64 {
    var first = SplitMix64(seed: options.seed)
    var mixed = SplitMix64(seed: first.next() ^ UInt64(step))
    return mixed.next()
  }
}

import Datasets
import Files
import Inference
import Kernels
import Messages
import ModelDescriptor
import Platform
import ResNetModel
import TensorCore
import Threads

extension TrainingJob {
  /// Locks the output against other trainings, until the lock is released.
  func lock() throws(TrainingError) -> FileLock {
    let lock: FileLock?
    do {
      // One lock for all symbolic links to an output.
      lock = try FileLock.ifFree(
        path: TrainingState.path(forOutput: AtomicFile.resolvedPath(output)) + ".lock")
    } catch {
      throw TrainingError(.file, "\(error)")
    }
    guard let lock else {
      throw TrainingError(
        .busy,
        "\(output): another training writes this file now; wait until it has finished, or name another \(Remedy.output)"
      )
    }
    return lock
  }

  /// Tries to create the output, and removes what was created.
  func requireWritableOutput() throws(TrainingError) {
    do {
      _ = try AtomicFile(path: output)
    } catch {
      throw TrainingError(.file, "\(error)")
    }
  }

  /// Returns the state that the training begins with or resumes from, and a notice for the user.
  func initialState() throws(TrainingError) -> (state: TrainingState, isResumed: Bool, notice: String?) {
    let sets = [training] + [validation].compactMap(\.self)
    let fresh = TrainingProgress(
      stopping: EarlyStopping(metric: options.metric, patience: options.patience), recipe: recipe,
      data: ImageSet.fingerprint(of: sets),
      contents: ImageSet.contentDigest(of: sets, threads: options.threads), start: identity)
    let isThere = FileIdentity(path: statePath) != nil
    guard !isThere || isRegularFile(statePath) else {
      throw TrainingError(
        .state,
        "\(statePath): is not a file, and the training keeps its state there; move it away, or name another \(Remedy.output)"
      )
    }
    guard !isThere || resumption != .resume || belongsToUser(statePath) else {
      throw TrainingError(
        .state,
        "\(statePath): belongs to another user, who may change what was trained; name another \(Remedy.output)"
      )
    }
    guard !isThere || holdsState else {
      throw TrainingError(
        .state,
        "\(statePath): is no state of a training, and the training keeps its own there; move it away, or name another \(Remedy.output)"
      )
    }
    switch resumption {
    case .restart: break
    case .begin:
      guard isThere else { break }
      throw TrainingError(
        .state,
        """
        \(statePath): holds an interrupted training; continue it with \(Remedy.resuming), or give it up with \
        \(Remedy.restarting)
        """
      )
    case .resume:
      guard isThere else {
        guard FileIdentity(path: output) == nil else {
          throw TrainingError(
            .state,
            """
            \(output): nothing to resume: there is no \(statePath), so its training is finished. To train \
            again, run without \(Remedy.resuming), and to another output
            """
          )
        }
        return (
          TrainingState(progress: fresh), false, "there is no \(statePath) to continue from: training begins"
        )
      }
      let state = try TrainingState(contentsOf: statePath)
      try state.progress.requireSameRun(as: fresh, path: statePath)
      try requireSameBeginning(as: state)
      if let preprocessing = state.preprocessing { try requireSamePixels(as: preprocessing) }
      return (state, true, "continuing after epoch \(state.progress.epochs)")
    }
    return (TrainingState(progress: fresh), false, nil)
  }

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` when the network computed in another way before, or when nothing proves that
  ///   it had these weights and that must be proved.
  private func requireSameBeginning(as state: TrainingState) throws(TrainingError) {
    if let before = state.architecture, before != model.descriptor.architecture {
      throw TrainingError(
        .state,
        "\(statePath): belongs to a training of a network with the same weights and another architecture. \(TrainingProgress.advice)"
      )
    }
    guard requiresProvedStart, state.progress.isStartProved != true else { return }
    throw TrainingError(
      .state,
      """
      \(statePath): a version that did not hash the network's weights began this training, so nothing proves that they were those that \
      are signed; begin again with \(Remedy.restarting)
      """)
  }

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` when images were prepared in another way before.
  private func requireSamePixels(as before: Preprocessing) throws(TrainingError) {
    let now = model.descriptor.preprocessing
    guard before != now else { return }
    var likeNow = before
    likeNow.exif = now.exif
    let difference: Remark =
      likeNow != now
      ? "whose images were prepared for the network in another way, as its checkpoint said then"
      : now.exif == .ignore
        ? "with other options: \(Remedy.recipe("ignore-exif")) was not given and is given"
        : "with other options: \(Remedy.recipe("ignore-exif")) was given and is not given"
    throw TrainingError(
      .state, "\(statePath): belongs to a training \(difference). \(TrainingProgress.advice)")
  }

  /// True if the state of a training lies where this one keeps its own.
  package var holdsState: Bool { TrainingState.isState(statePath) }

  /// Removes the state; a state that cannot be removed does no harm.
  func removeState() { unsafe unlink(statePath) }

  /// The layers that train in an epoch.
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

  /// Returns true if other parts train in an epoch than in the one before.
  func unfreezes(at epoch: Int) -> Bool { options.unfreezings.contains { $0.epoch == epoch } }

  /// Makes the network that trains in an epoch, with the weights of the model.
  func engine(epoch: Int, pool: WorkerPool) throws(TrainingError) -> TrainingEngine {
    let size = model.descriptor.preprocessing.inputSize
    return try TrainingEngine(
      model, selection: selection(epoch: epoch), options: options, loss: loss, height: size[1],
      width: size[2], pool: pool)
  }

  /// Returns the frozen part before the layers that train; nil where there is none.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for cutmix, which mixes parts of images, where there is
  ///   such a part.
  func backbone(
    of network: TrainingNetwork, pool: WorkerPool
  ) throws(TrainingError) -> DeferredBackbone? {
    guard network.boundary > 0 else { return nil }
    guard options.mixing.cutmix == 0 else {
      throw TrainingError(
        .options,
        """
        \(Remedy.cutmix) mixes images, and the trainable layers here take features of frozen ones; use \(Remedy.mixup), or \
        \(Remedy.trainable("all"))
        """
      )
    }
    let size = model.descriptor.preprocessing.inputSize
    return DeferredBackbone(featureShape: network.inputShape) {
      [model, options, network] () throws(TrainingError) in
      let backbone = try FrozenBackbone(
        model, boundary: network.boundary, height: size[1], width: size[2],
        precision: options.precision.inference, capacity: options.batch, pool: pool)
      return DeferredBackbone.Prepared(
        backbone: backbone,
        staging: TrainingBatch(capacity: options.batch, shape: backbone.imageShape))
    }
  }

  /// The key of the features at a boundary, without augmentation.
  func featureKey(boundary: Int) -> FeatureKey {
    let descriptor = model.descriptor
    let size = descriptor.preprocessing.inputSize
    // A frozen part computes for throughput; random weights are known by their seed.
    var computation = "throughput \(KernelTable.current.name) \(descriptor.origin.seed ?? 0)"
    switch options.precision {
    case .float32: break
    case .bfloat16, .automatic:
      computation += InferencePrecision.hasBFloat16 ? " bf16" : " bf16 widened"
    case .int8: computation += " int8"
    }
    return FeatureKey(
      contentRoot: identity, architecture: descriptor.architecture, boundary: boundary, height: size[1],
      width: size[2], preprocessing: descriptor.preprocessing, computation: computation)
  }

  /// The number of steps of an epoch.
  var stepsPerEpoch: Int { (training.count + options.batch - 1) / options.batch }

  /// The most epochs that are begun.
  var epochs: Int {
    options.maxSteps.map { min(options.epochs, ($0 - 1) / stepsPerEpoch + 1) } ?? options.epochs
  }

  /// The most steps of the run.
  var steps: Int { min(options.maxSteps ?? .max, options.epochs * stepsPerEpoch) }

  /// The schedule of the learning rate.
  var schedule: Schedule {
    Schedule(
      kind: options.schedule, steps: steps, stepsPerEpoch: stepsPerEpoch,
      warmupSteps: Int((options.warmupEpochs * Double(stepsPerEpoch)).rounded()))
  }

  /// The seed of dropout and stochastic depth in a step.
  func randomness(step: Int) -> UInt64 {
    var first = SplitMix64(seed: options.seed)
    var mixed = SplitMix64(seed: first.next() ^ UInt64(step))
    return mixed.next()
  }
}

import Files
import ImageInput
import Kernels
import ModelDescriptor
import ResNetModel
import TensorCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension TrainingJob {
  /// - Throws: ``TrainingError`` when options, network and data do not go together.
  func validate() throws(TrainingError) {
    try options.validate()
    try requirePictureInput()
    let classes = model.descriptor.architecture.classes
    for set in [training, validation].compactMap(\.self) where set.labels.count != classes {
      throw TrainingError(
        .data, "a data set of \(set.labels.count) classes for a network of \(classes); give it another head")
    }
    let counts = training.countOfLabel
    let empty = training.labels.indices.filter { counts[$0] == 0 }
    guard empty.isEmpty else {
      throw TrainingError(
        .data,
        "\(empty.count) of \(classes) classes have no picture to learn from: "
          + empty.prefix(5).map { "'\(training.labels[$0])'" }.joined(separator: ", ")
          + "; add pictures, or leave the classes out")
    }
    guard classes > 1 else {
      throw TrainingError(.data, "there is one class; a network learns to tell two or more apart")
    }
    guard options.batch <= training.count else {
      throw TrainingError(
        .options,
        "a batch of \(options.batch) pictures is more than the \(training.count) to train on; --batch must be smaller"
      )
    }
    var trained = try options.selection.nodes(in: model.graph)
    for unfreezing in options.unfreezings.sorted(by: { $0.epoch < $1.epoch }) {
      let nodes = try unfreezing.selection.nodes(in: model.graph)
      guard !nodes.isSubset(of: trained) else {
        throw TrainingError(
          .options,
          "\(unfreezing.selection) trains before epoch \(unfreezing.epoch) already; --unfreeze opens what --train leaves frozen"
        )
      }
      trained.formUnion(nodes)
    }
    if let validation, validation.count == 0 {
      throw TrainingError(.data, "there is no picture to validate with")
    }
  }

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when pictures cannot become the network's input.
  private func requirePictureInput() throws(TrainingError) {
    let preprocessing = model.descriptor.preprocessing
    let channels = preprocessing.inputSize.first ?? 0
    guard channels == 1 || channels == 3 else {
      throw TrainingError(
        .network,
        "the network takes \(channels) channels, and pictures have 3, or 1 when they are taken as grey: it cannot be trained on "
          + "pictures")
    }
    do {
      _ = try AugmentedPreparer(preprocessing, options.augmentation)
    } catch {
      throw TrainingError(.network, error.message)
    }
  }

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
  func initialState() throws(TrainingError) -> (state: TrainingState, notice: String?) {
    let fresh = TrainingProgress(
      stopping: EarlyStopping(figure: options.figure, patience: options.patience), recipe: recipe,
      data: DataFingerprint.digest(of: [training] + [validation].compactMap(\.self)), start: start)
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
        return (TrainingState(progress: fresh), "there is no \(statePath) to go on with: training begins")
      }
      let state = try TrainingState(contentsOf: statePath)
      try state.progress.requireSameRun(as: fresh, path: statePath)
      return (state, "going on after epoch \(state.progress.epochs)")
    }
    return (TrainingState(progress: fresh), nil)
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
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for cutmix, which mixes parts of pictures, where there is
  ///   such a part.
  func frozenPart(
    of network: TrainingNetwork, pool: WorkerPool
  ) throws(TrainingError) -> FrozenPart? {
    guard network.boundary > 0 else { return nil }
    guard options.mixing.cutmix == 0 else {
      throw TrainingError(
        .options,
        "--cutmix mixes pictures, and what trains here takes features of frozen layers; use --mixup, or --train all"
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
        staging: TrainingBatch(capacity: options.batch, shape: backbone.pictureShape))
    }
  }

  /// Says when pictures to validate with are also trained on; nil when none are, as far as that was looked at.
  func noticeOfSharedPictures() -> String? {
    guard let validation else { return nil }
    let shared = SharedPictures(of: validation, in: training, threads: options.threads)
    guard shared.count > 0 else { return nil }
    return
      "\(shared.isComplete ? "" : "at least ")\(shared.count) of the \(validation.count) pictures to validate with are also "
      + "trained on: the figures of the validation say too little of new pictures"
  }

  /// What the features at a boundary depend on, beside pictures and augmentation.
  func featureKey(boundary: Int) -> FeatureKey {
    let descriptor = model.descriptor
    let size = descriptor.preprocessing.inputSize
    // As a frozen part computes: for throughput, in single precision; drawn weights are known by their seed.
    let computation = "throughput \(KernelTable.current.name) \(descriptor.origin.seed ?? 0)"
    return FeatureKey(
      contentRoot: start, architecture: descriptor.architecture, boundary: boundary, height: size[1],
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
    options.maxSteps.map { min(options.epochs, ($0 + stepsPerEpoch - 1) / stepsPerEpoch) } ?? options.epochs
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

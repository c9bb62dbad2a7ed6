import Inference
import Kernels
public import ModelDescriptor
public import ResNetGraph
public import ResNetModel
import TensorCore
package import Threads

/// A network, or what of it comes behind the frozen part, that runs forward and backward on batches.
///
/// Results do not depend on the number of threads. A step allocates nothing.
@safe public final class TrainingNetwork {
  /// How a forward pass runs.
  public enum Mode: Hashable, Sendable {
    /// Norms that train take the batch's statistics, which enter the running ones; what is dropped follows from the number.
    case training(randomness: UInt64)
    /// As inference does.
    case evaluation
  }

  /// The node of the graph whose output goes in; 0, the input, when the first layers train.
  public let boundary: Int
  /// The shape of what goes in.
  public let inputShape: FeatureShape
  /// Most inputs of a batch.
  public let capacity: Int
  /// Logits of each input.
  public let classes: Int
  /// What the optimizer changes, in the order of the flat buffers.
  public var parameters: [TrainedParameter] { store.parameters }
  /// The running statistics of the batch norms that train.
  public var statistics: [TrainedParameter] { store.statistics }
  /// Workers that it runs on.
  public var threads: Int { pool.threadCount }
  /// Bytes of outputs and gradients.
  public var arenaByteCount: Int { arena.byteCount }

  let store: ParameterStore
  let layers: [any TrainingLayer]
  let pool: WorkerPool
  private let arena: AlignedBuffer
  private let logits: FeatureMap
  private let logitsGradient: FeatureMap
  private var isPrepared = false
  private var pass: NetworkPass?

  /// Prepares the parts that `selection` names for training, and what follows them. Frozen parts before the first trained
  /// one are left out.
  ///
  /// - Parameters:
  ///   - height: of the images; what the architecture was made for by default.
  ///   - width: of the images; what the architecture was made for by default.
  ///   - capacity: most inputs of a batch; memory grows with it.
  ///   - threads: workers; 0 for all processors.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/selection`` for parts that are none, and with
  ///   ``TrainingError/Code/network`` when the network takes no such images, and with ``TrainingError/Code/memory`` when it
  ///   does not fit the machine's memory.
  public convenience init(
    _ model: Model, selection: LayerSelection, height: Int? = nil, width: Int? = nil, capacity: Int,
    threads: Int = 0
  ) throws(TrainingError) {
    try self.init(
      model, selection: selection, height: height, width: width, capacity: capacity,
      pool: WorkerPool(threads: threads))
  }

  package init(
    _ model: Model, selection: LayerSelection, height: Int? = nil, width: Int? = nil, capacity: Int,
    pool: WorkerPool
  ) throws(TrainingError) {
    precondition(capacity > 0, "a network for \(capacity) inputs")
    let graph = model.graph
    let trained = try selection.nodes(in: graph)
    let shapesOfNodes = try graph.trainingShapes(height: height, width: width)
    boundary = graph.boundary(before: trained)
    let parts = TrainingPart.parts(of: graph, boundary: boundary, trained: trained)
    let steps = TrainingLowering(parts, trained: trained).steps()
    let shapes = Self.shapes(of: parts, nodes: shapesOfNodes)
    try Self.requireStatistics(steps, shapes: shapes, graph: graph, capacity: capacity)
    var needsGradient = Array(repeating: false, count: parts.count)
    for step in steps {
      needsGradient[step.output] = step.trains || step.reads.contains { needsGradient[$0] }
    }
    let memory = TrainingMemory(
      steps: steps, floats: shapes.map { $0.elementCount * capacity }, needsGradient: needsGradient)
    let plan = memory.plan()
    try Self.requireMemory(plan, capacity: capacity, image: shapesOfNodes[0])
    let store = ParameterStore(model, trained: trained)
    let factory = LayerFactory(
      graph: graph, store: store, shapes: shapes, memory: memory, offsets: plan.offsets, capacity: capacity,
      workspace: TrainingWorkspace(pool: pool))
    layers = steps.enumerated().map { factory.layer(for: $1, index: $0) }
    let end = factory.maps(of: steps[steps.count - 1], index: steps.count - 1)
    logits = end.output
    logitsGradient = end.outputGradient ?? end.output
    self.store = store
    self.pool = pool
    self.capacity = capacity
    inputShape = shapes[0]
    classes = graph.architecture.classes
    arena = AlignedBuffer(floatCount: plan.floatCount, uninitialized: true)
  }

  /// Parts that only training has put out what they read.
  private static func shapes(of parts: [TrainingPart], nodes: [FeatureShape]) -> [FeatureShape] {
    var shapes: [FeatureShape] = []
    for part in parts {
      switch part.kind {
      case .node: shapes.append(nodes[part.node])
      case .dropout, .dropPath: shapes.append(shapes[part.inputs[0]])
      }
    }
    return shapes
  }

  /// A batch norm that trains needs two numbers of each channel at least.
  private static func requireStatistics(
    _ steps: [TrainingStep], shapes: [FeatureShape], graph: Graph, capacity: Int
  ) throws(TrainingError) {
    for step in steps where step.trains {
      guard case .batchNorm = step.kind else { continue }
      let shape = shapes[step.input]
      guard shape.height * shape.width == 1, capacity == 1 else { continue }
      throw TrainingError(
        .network,
        "\(graph.nodes[step.node].name) has one number of each channel in a batch of one image, which have no variance: "
          + "take a larger batch, larger images, or leave that norm frozen")
    }
  }

  private static func requireMemory(
    _ plan: MemoryPlan, capacity: Int, image: FeatureShape
  ) throws(TrainingError) {
    let machine = Machine.memoryByteCount
    let (needed, overflow) = plan.floatCount.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    guard !overflow, needed < machine else {
      throw TrainingError(
        .memory,
        "a batch of \(capacity) images of \(image.height)×\(image.width) takes \(needed >> 20) MiB to train; "
          + "this machine has \(machine >> 20) MiB: take a smaller batch or size, or train fewer layers")
    }
  }
}

extension TrainingNetwork {
  /// Runs a batch forward. The batch must stay as it is until ``backward(_:batch:)`` has run.
  ///
  /// - Precondition: the inputs have the shape ``inputShape``, and there are 1 to ``capacity`` of them.
  public func forward(_ batch: TrainingBatch, mode: Mode) {
    precondition(batch.shape == inputShape, "inputs of \(batch.shape); the network takes \(inputShape)")
    precondition((1...capacity).contains(batch.count), "\(batch.count) inputs; 1 to \(capacity) can run")
    if !isPrepared {
      for index in layers.indices { layers[index].prepare(pool) }
      isPrepared = true
    }
    var pass = unsafe NetworkPass(
      pool: pool, arena: arena.baseAddress.assumingMemoryBound(to: Float.self), input: batch.floats,
      images: batch.count, isTraining: false, randomness: 0)
    if case .training(let randomness) = mode {
      pass.isTraining = true
      pass.randomness = randomness
    }
    self.pass = pass
    // By index: a loop over elements allocates where it is not optimized.
    for index in layers.indices { layers[index].forward(pass) }
  }

  /// Lends the logits of one input of the last forward pass.
  public func withLogits<Result, Failure: Error>(
    of index: Int, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let pass, (0..<pass.images).contains(index) else {
      preconditionFailure("logits of input \(index), which did not run")
    }
    return try body(
      unsafe Span(_unsafeStart: UnsafePointer(logits.pointer(pass, image: index)), count: classes))
  }

  /// Overwrites all gradients with those of the mean loss of the batch that last ran forward, in training.
  public func backward(_ loss: CrossEntropy, batch: TrainingBatch) -> StepFigures {
    guard let pass, pass.isTraining, pass.images == batch.count else {
      preconditionFailure("no forward pass in training of \(batch.count) inputs")
    }
    let divisor = loss.divisor(of: batch.targets)
    var figures = StepFigures(loss: 0, correct: 0)
    for index in batch.targets.indices {
      let target = batch.targets[index]
      unsafe figures.loss += loss.loss(
        logits: logits.pointer(pass, image: index), classes: classes, target: target,
        gradient: logitsGradient.pointer(pass, image: index), factor: 1 / divisor)
      if predicted(index, pass) == target.mainLabel { figures.correct += 1 }
    }
    figures.loss /= divisor
    for index in 1...layers.count { layers[layers.count - index].backward(pass) }
    return figures
  }

  /// The class of the largest logit; the first of several.
  private func predicted(_ index: Int, _ pass: NetworkPass) -> Int {
    let logits = unsafe logits.pointer(pass, image: index)
    var best = 0
    for index in 1..<max(classes, 1) where unsafe logits[index] > logits[best] { best = index }
    return best
  }
}

extension TrainingNetwork {
  /// Lends the values of all ``parameters``, to read and to write.
  public func withValues<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    isPrepared = false
    var span = unsafe MutableSpan(_unsafeStart: store.valuePointer, count: store.valueCount)
    return try body(&span)
  }

  /// Lends the gradients of all ``parameters``.
  public func withGradients<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableSpan(_unsafeStart: store.gradientPointer, count: store.valueCount)
    return try body(&span)
  }

  /// Lends the running ``statistics``, which are state but nothing to optimize.
  public func withStatistics<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableSpan(_unsafeStart: store.runningPointer, count: store.statisticCount)
    return try body(&span)
  }

  /// The whole network as it is now. Tensors that did not train are those of the source, bit for bit and in its storage types; those
  /// that did are float32.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/diverged`` when a tensor is no longer finite, and with
  ///   ``TrainingError/Code/network`` when the descriptor is of another network.
  public func model(descriptor: ModelDescriptor) throws(TrainingError) -> Model {
    do {
      return try Model(descriptor: descriptor, tensors: store.tensors())
    } catch .parameters(let mismatch) where !mismatch.nonFinite.isEmpty {
      throw TrainingError(.diverged, "the trained weights are not finite: \(mismatch)")
    } catch {
      throw TrainingError(.network, "the trained network is no model: \(error)")
    }
  }
}

extension Graph {
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when the network takes no such images.
  func trainingShapes(height: Int?, width: Int?) throws(TrainingError) -> [FeatureShape] {
    do {
      return try shapes(height: height, width: width)
    } catch {
      throw TrainingError(.network, error.message)
    }
  }
}

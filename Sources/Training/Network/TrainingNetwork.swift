import Inference
package import Kernels
import Messages
import Metrics
package import ModelDescriptor
package import ResNetGraph
package import ResNetModel
import TensorCore
package import Threads

/// A network, or the part of it after its frozen layers, that runs forward and backward on batches.
///
/// Results do not depend on the number of threads. A step allocates nothing.
@safe package final class TrainingNetwork {
  /// How a forward pass runs.
  package enum Mode: Hashable, Sendable {
    /// Norms that train take the batch's statistics, which enter the running ones; dropout and stochastic
    /// depth follow from the number.
    case training(randomness: UInt64)
    /// Norms take the running statistics and nothing is dropped, as in inference.
    case evaluation
  }

  /// The node of the graph whose output is the network's input; 0, the input, when the first layers train.
  package let boundary: Int
  /// The shape of an input.
  package let inputShape: FeatureShape
  /// The largest number of inputs of a batch.
  package let capacity: Int
  /// Logits of each input.
  package let classes: Int
  /// The tensors that the optimizer changes, in the order of the flat buffers.
  package var parameters: [TrainedParameter] { store.parameters }
  /// The running statistics of the batch norms that train.
  package var statistics: [TrainedParameter] { store.statistics }
  /// Workers that it runs on.
  package var threads: Int { pool.threadCount }
  /// Bytes of outputs and gradients.
  package var arenaByteCount: Int { arena.byteCount }

  let store: ParameterStore
  let layers: [any TrainingLayer]
  let pool: WorkerPool
  private let arena: AlignedBuffer
  private let logits: FeatureMap
  private let logitsGradient: FeatureMap
  /// True if the layers have packed the weights as they are.
  private(set) var isPrepared = false
  private var pass: NetworkPass?

  /// Prepares the parts that `selection` names for training, and all that follow them. Frozen parts before the first trained
  /// one are left out; they alone may be of integers.
  ///
  /// - Parameters:
  ///   - height: the height of the images; the architecture's own by default.
  ///   - width: the width of the images; the architecture's own by default.
  ///   - capacity: most inputs of a batch; memory grows with it.
  ///   - arithmetic: the numbers that convolutions multiply.
  ///   - threads: workers; 0 for all processors.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/selection`` for parts that are none, and with
  ///   ``TrainingError/Code/network`` when the network takes no such images, and with ``TrainingError/Code/memory`` when it
  ///   does not fit the machine's memory.
  package convenience init(
    _ model: Model, selection: LayerSelection, height: Int? = nil, width: Int? = nil, capacity: Int,
    arithmetic: TrainingArithmetic = .single, threads: Int = 0
  ) throws(TrainingError) {
    try self.init(
      model, selection: selection, height: height, width: width, capacity: capacity, arithmetic: arithmetic,
      pool: WorkerPool(threads: threads))
  }

  package init(
    _ model: Model, selection: LayerSelection, height: Int? = nil, width: Int? = nil, capacity: Int,
    arithmetic: TrainingArithmetic = .single, pool: WorkerPool
  ) throws(TrainingError) {
    precondition(capacity > 0, "a network for \(capacity) inputs")
    let graph = model.graph
    let trained = try selection.nodes(in: graph)
    let boundary = graph.boundary(before: trained)
    do {
      try graph.requireRealNumbers(after: boundary)
    } catch {
      throw TrainingError(.network, Remark(error.message))
    }
    self.boundary = boundary
    let shapesOfNodes = try graph.trainingShapes(height: height, width: width)
    let parts = TrainingPart.parts(of: graph, boundary: boundary, trained: trained)
    let steps = TrainingStep.steps(of: parts, trained: trained)
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
      workspace: TrainingWorkspace(pool: pool, arithmetic: arithmetic))
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

  /// The output shape of each part. Parts that only training has keep the shape of their input.
  static func shapes(of parts: [TrainingPart], nodes: [FeatureShape]) -> [FeatureShape] {
    var shapes: [FeatureShape] = []
    for part in parts {
      shapes.append(part.operation == nil ? shapes[part.inputs[0]] : nodes[part.node])
    }
    return shapes
  }

  /// A batch norm that trains needs two numbers of each channel at least.
  private static func requireStatistics(
    _ steps: [TrainingStep], shapes: [FeatureShape], graph: Graph, capacity: Int
  ) throws(TrainingError) {
    for step in steps where step.trains {
      guard case .batchNormalization = step.part.operation else { continue }
      let shape = shapes[step.input]
      guard shape.height * shape.width == 1, capacity == 1 else { continue }
      throw TrainingError(
        .network,
        """
        \(graph.nodes[step.part.node].name) gets one number for each channel from a batch of one image, which has no variance: \
        take a larger batch, larger images, or leave that norm frozen
        """)
    }
  }

  static func requireMemory(
    _ plan: MemoryPlan, capacity: Int, image: FeatureShape
  ) throws(TrainingError) {
    let machine = Machine.memoryByteCount
    let (needed, overflow) = plan.floatCount.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    guard !overflow, needed < machine else {
      throw TrainingError(
        .memory,
        """
        a batch of \(capacity) images of \(image.height)×\(image.width) takes \(needed >> 20) MiB to train; this machine \
        has \(machine >> 20) MiB: take a smaller batch or size, or train fewer layers
        """)
    }
  }
}

extension TrainingNetwork {
  /// Runs a batch forward. The batch must stay as it is until ``backward(_:batch:)`` has run.
  ///
  /// - Precondition: the inputs have the shape ``inputShape``, and there are 1 to ``capacity`` of them.
  package func forward(_ batch: TrainingBatch, mode: Mode) {
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
  package func withLogits<Result, Failure: Error>(
    of index: Int, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let pass, (0..<pass.images).contains(index) else {
      preconditionFailure("logits of input \(index), which did not run")
    }
    return try body(
      unsafe Span(_unsafeStart: UnsafePointer(logits.pointer(pass, image: index)), count: classes))
  }

  /// Overwrites all gradients with those of the mean loss of the batch that last ran forward, in training.
  package func backward(_ loss: any TrainingLoss, batch: TrainingBatch) -> StepMetrics {
    guard let pass, pass.isTraining, pass.images == batch.count else {
      preconditionFailure("no forward pass in training of \(batch.count) inputs")
    }
    let divisor = loss.divisor(of: batch.targets, classes: classes)
    var metrics = StepMetrics(loss: 0, correct: 0)
    for index in batch.targets.indices {
      let target = batch.targets[index]
      unsafe metrics.loss += loss.loss(
        logits: logits.pointer(pass, image: index), classes: classes, target: target,
        gradient: logitsGradient.pointer(pass, image: index), factor: 1 / divisor)
      if withLogits(of: index, { target.isAnswered(by: $0) }) { metrics.correct += 1 }
    }
    metrics.loss /= divisor
    for index in 1...layers.count { layers[layers.count - index].backward(pass) }
    return metrics
  }

}

extension TrainingNetwork {
  /// Lends the values of all ``parameters``.
  package func withValues<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe Span(_unsafeStart: store.valuePointer, count: store.valueCount))
  }

  /// Lends the values of all ``parameters``, to change them. The next forward pass packs the weights again.
  package func withMutableValues<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    isPrepared = false
    var span = unsafe MutableSpan(_unsafeStart: store.valuePointer, count: store.valueCount)
    return try body(&span)
  }

  /// Lends the gradients of all ``parameters``.
  package func withGradients<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe Span(_unsafeStart: store.gradientPointer, count: store.valueCount))
  }

  /// Lends the running ``statistics``, which are state but nothing to optimize.
  package func withStatistics<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe Span(_unsafeStart: store.runningPointer, count: store.statisticCount))
  }

  /// Lends the running ``statistics``, to change them.
  package func withMutableStatistics<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableSpan(_unsafeStart: store.runningPointer, count: store.statisticCount)
    return try body(&span)
  }

  /// The whole network as it is now. Frozen tensors are the source's, bit for bit and in its storage types; trained ones are
  /// float32.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/diverged`` when a tensor is no longer finite, and with
  ///   ``TrainingError/Code/network`` when the descriptor is of another network.
  package func model(descriptor: ModelDescriptor) throws(TrainingError) -> Model {
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
  /// The output shape of each node.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when the network takes no such images.
  func trainingShapes(height: Int?, width: Int?) throws(TrainingError) -> [FeatureShape] {
    do {
      return try shapes(height: height, width: width)
    } catch {
      throw TrainingError(.network, "\(error.message)")
    }
  }
}

import Inference
import Kernels
import Messages
import ModelDescriptor
package import ResNetGraph
package import ResNetModel
import TensorCore
package import Threads

/// A network in evaluation that gives, beside its logits, the output of one of its nodes and the derivative of a weighted sum of the logits
/// by that output.
///
/// What lies before the node is run as inference does it, the rest as training does: norms take their running statistics, and nothing is
/// dropped. Convolutions are sums of products: the larger rounding of Winograd's algorithm would turn ReLUs on and off, and change derivatives
/// by far more than itself. Results do not depend on the number of threads.
@safe package final class GradientNetwork {
  /// A sum of logits: class and factor of each.
  package typealias Direction = [(logit: Int, factor: Float)]

  /// The node that is looked at; 0 for the images themselves.
  package let node: Int
  /// The shape of an image.
  package let imageShape: FeatureShape
  /// The shape of the node's output for one image.
  package let nodeShape: FeatureShape
  /// The most images that run together.
  package let capacity: Int
  /// Logits of each image.
  package let classes: Int

  private let backbone: FrozenBackbone?
  private let layers: [any TrainingLayer]
  private let pool: WorkerPool
  private let store: ParameterStore
  private let arena: AlignedBuffer
  private let logits: FeatureMap
  private let logitsGradient: FeatureMap
  /// The place of the node's output; without an offset it is the network's input.
  private let activation: FeatureMap
  private let gradient: FeatureMap
  /// The first layer that runs backward; those before it make or precede the node's output.
  private let firstBackward: Int
  /// The boundary's outputs, where a backbone computes them.
  private let features: TrainingBatch?
  /// The node's gradients, copied before they are used up.
  private let gradients: AlignedBuffer
  private var pass: NetworkPass?

  /// Prepares a network.
  ///
  /// - Parameters:
  ///   - model: a network of real numbers.
  ///   - node: a node before the last.
  ///   - height: the height of the images; the architecture's own by default.
  ///   - width: the width of the images; the architecture's own by default.
  ///   - exact: true for convolutions that sum in double precision on the way forward, several times slower: a value near 0 then falls
  ///     on its right side of a ReLU, which decides on all derivatives before it.
  ///   - capacity: most images that run together; memory grows with it.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when the network takes no such images or is quantized, and with
  ///   ``TrainingError/Code/memory`` when it does not fit the machine's memory.
  package init(
    _ model: Model, node: Int, height: Int? = nil, width: Int? = nil, exact: Bool = false, capacity: Int,
    pool: WorkerPool
  ) throws(TrainingError) {
    let graph = model.graph
    precondition(capacity > 0 && (0..<graph.nodes.count - 1).contains(node), "no gradients at node \(node)")
    do { try graph.requireRealNumbers() } catch { throw TrainingError(.network, "\(error.message)") }
    let shapesOfNodes = try graph.trainingShapes(height: height, width: width)
    let boundary = graph.boundary(before: [node + 1])
    let parts = TrainingPart.parts(of: graph, boundary: boundary, trained: [])
    guard let observed = parts.firstIndex(where: { $0.node == node }) else {
      preconditionFailure("node \(node) lies before its boundary \(boundary)")
    }
    let steps = TrainingStep.steps(of: parts, trained: [], observing: observed)
    let shapes = TrainingNetwork.shapes(of: parts, nodes: shapesOfNodes)
    var needsGradient = parts.indices.map { $0 == observed }
    for step in steps where step.output != observed {
      needsGradient[step.output] = step.reads.contains { needsGradient[$0] }
    }
    let memory = TrainingMemory(
      steps: steps, floats: shapes.map { $0.elementCount * capacity }, needsGradient: needsGradient,
      observing: observed)
    let plan = memory.plan()
    try TrainingNetwork.requireMemory(plan, capacity: capacity, image: shapesOfNodes[0])
    store = ParameterStore(model, trained: [])
    let factory = LayerFactory(
      graph: graph, store: store, shapes: shapes, memory: memory, offsets: plan.offsets, capacity: capacity,
      workspace: TrainingWorkspace(pool: pool, arithmetic: exact ? .double : .single))
    layers = steps.enumerated().map { factory.layer(for: $1, index: $0) }
    let maps = steps.enumerated().map { factory.maps(of: $1, index: $0) }
    guard let last = maps.last, let end = last.outputGradient else {
      preconditionFailure("no gradient of the logits")
    }
    (logits, logitsGradient) = (last.output, end)
    let producer = steps.firstIndex { $0.output == observed }
    firstBackward = producer.map { $0 + 1 } ?? 0
    let shape = shapes[observed]
    activation =
      producer.map { maps[$0].output }
      ?? FeatureMap(offset: nil, height: shape.height, width: shape.width, channels: shape.channels)
    guard let gradient = Self.gradient(of: observed, producer: producer, steps: steps, maps: maps) else {
      preconditionFailure("nothing reads node \(node)")
    }
    self.gradient = gradient
    backbone =
      boundary == 0
      ? nil
      : try FrozenBackbone(
        model, boundary: boundary, height: height, width: width, exact: exact, capacity: capacity, pool: pool)
    features = boundary == 0 ? nil : TrainingBatch(capacity: capacity, shape: shapes[0])
    self.node = node
    (imageShape, nodeShape) = (shapesOfNodes[0], shape)
    (self.capacity, classes) = (capacity, graph.architecture.classes)
    self.pool = pool
    arena = AlignedBuffer(floatCount: plan.floatCount, uninitialized: true)
    gradients = AlignedBuffer(floatCount: capacity * shape.elementCount, uninitialized: true)
    for layer in layers { layer.prepare(pool) }
  }

  /// The place of a part's gradient: that of its producer's output, or where its readers leave it.
  private static func gradient(
    of part: Int, producer: Int?, steps: [TrainingStep], maps: [LayerMaps]
  ) -> FeatureMap? {
    if let producer { return maps[producer].outputGradient }
    for (step, maps) in zip(steps, maps) {
      if step.input == part, let target = maps.inputGradient { return target.map }
      if step.second == part, let target = maps.secondGradient { return target.map }
      if step.residual == part, let target = maps.residualGradient { return target.map }
    }
    return nil
  }
}

extension GradientNetwork {
  /// Runs images up to the boundary before the node, which ``forward()`` may then leave as often as it is wanted.
  ///
  /// - Parameter images: they must stay as they are as long as results are wanted.
  /// - Precondition: they have the shape ``imageShape``, and there are 1 to ``capacity`` of them.
  package func begin(_ images: TrainingBatch) {
    precondition(
      images.shape == imageShape && (1...capacity).contains(images.count),
      "\(images.count) images of \(images.shape); 1 to \(capacity) of \(imageShape) can run")
    if let backbone, let features { backbone.run(images, into: features) }
    let batch = features ?? images
    pass = unsafe NetworkPass(
      pool: pool, arena: arena.baseAddress.assumingMemoryBound(to: Float.self), input: batch.floats,
      images: images.count, isTraining: false, randomness: 0)
  }

  /// Runs the rest of the network forward.
  package func forward() {
    guard let pass else { preconditionFailure("no images have begun") }
    for layer in layers { layer.forward(pass) }
  }

  /// Computes the derivatives of one sum of logits for each image. A second time, ``forward()`` comes before it.
  ///
  /// - Precondition: there is a direction for each image that ran forward.
  package func backward(_ directions: [Direction]) {
    guard let pass, pass.images == directions.count else {
      preconditionFailure("\(directions.count) directions for other images")
    }
    for (image, direction) in directions.enumerated() {
      let target = unsafe logitsGradient.pointer(pass, image: image)
      unsafe target.update(repeating: 0, count: classes)
      for (logit, factor) in direction {
        precondition((0..<classes).contains(logit), "logit \(logit) of \(classes)")
        unsafe target[logit] += factor
      }
    }
    for index in (firstBackward..<layers.count).reversed() { layers[index].backward(pass) }
    unsafe gradients.baseAddress.assumingMemoryBound(to: Float.self).update(
      from: gradient.pointer(pass), count: pass.images * nodeShape.elementCount)
  }

  /// Lends the logits of an image that ran forward.
  package func withLogits<Result>(of image: Int, _ body: (Span<Float>) -> Result) -> Result {
    body(lent(logits, image: image, count: classes))
  }

  /// Lends the node's output for an image, [height, width, channels].
  package func withActivation<Result>(of image: Int, _ body: (Span<Float>) -> Result) -> Result {
    body(lent(activation, image: image, count: nodeShape.elementCount))
  }

  /// Lends the derivative by the node's output, [height, width, channels].
  package func withGradient<Result>(of image: Int, _ body: (Span<Float>) -> Result) -> Result {
    precondition((0..<capacity).contains(image), "image \(image) of \(capacity)")
    let start = unsafe gradients.baseAddress.assumingMemoryBound(to: Float.self)
    return body(
      unsafe Span(
        _unsafeStart: UnsafePointer(start + image * nodeShape.elementCount), count: nodeShape.elementCount))
  }

  @_lifetime(borrow self)
  private func lent(_ map: FeatureMap, image: Int, count: Int) -> Span<Float> {
    guard let pass, (0..<pass.images).contains(image) else {
      preconditionFailure("image \(image) did not run")
    }
    let span = unsafe Span<Float>(_unsafeStart: UnsafePointer(map.pointer(pass, image: image)), count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }
}

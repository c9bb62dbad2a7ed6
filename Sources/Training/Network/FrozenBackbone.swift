package import Inference
import Kernels
import Messages
package import ResNetGraph
package import ResNetModel
package import Threads

/// The part of a network before its first trained layer, as inference runs it: folded and fused.
package final class FrozenBackbone {
  /// The node of the graph whose output it computes.
  package let boundary: Int
  /// The shape of the images.
  package let imageShape: FeatureShape
  /// The shape of the boundary's output.
  package let featureShape: FeatureShape
  private let session: InferenceSession

  /// Prepares a model up to a boundary, that of a ``TrainingNetwork``.
  ///
  /// - Parameters:
  ///   - boundary: a node of the graph.
  ///   - height: the height of the images; the architecture's own by default.
  ///   - width: the width of the images; the architecture's own by default.
  ///   - precision: the numbers that are multiplied; layers of integers have their own.
  ///   - capacity: images that go through it together; memory grows with it.
  ///   - threads: workers; 0 for all processors.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when the network takes no such images or does not fit
  ///   the machine's memory.
  package convenience init(
    _ model: Model, boundary: Int, height: Int? = nil, width: Int? = nil,
    precision: InferencePrecision = .float32, capacity: Int, threads: Int = 0
  ) throws(TrainingError) {
    try self.init(
      model, boundary: boundary, height: height, width: width, precision: precision, capacity: capacity,
      pool: WorkerPool(threads: threads))
  }

  package init(
    _ model: Model, boundary: Int, height: Int? = nil, width: Int? = nil,
    exact: Bool = false, precision: InferencePrecision = .float32, capacity: Int, pool: WorkerPool
  ) throws(TrainingError) {
    let shapes = try model.graph.trainingShapes(height: height, width: width)
    self.boundary = boundary
    imageShape = shapes[0]
    featureShape = shapes[boundary]
    do {
      let plan = try InferencePlan(
        model, height: height, width: width, exact: exact, precision: precision, outputs: [boundary],
        pool: pool)
      session = try InferenceSession(plan: plan, capacity: capacity, pool: pool)
    } catch {
      throw TrainingError(.network, "\(error.message)")
    }
  }

  /// Computes the features of a batch of images, and hands their targets on.
  ///
  /// - Precondition: images and features have the shapes ``imageShape`` and ``featureShape``, and there is room for
  ///   the features.
  package func run(_ images: TrainingBatch, into features: TrainingBatch) {
    precondition(
      images.shape == imageShape && features.shape == featureShape && images.count <= features.capacity,
      "\(images.count) images of \(images.shape) into features of \(features.shape)")
    for first in stride(from: 0, to: images.count, by: session.capacity) {
      let count = min(session.capacity, images.count - first)
      for index in 0..<count {
        images.withInput(first + index) { source in
          session.withInput(index) { target in target.copy(source.span) }
        }
      }
      session.run(count: count)
      for index in 0..<count {
        features.withInput(first + index) { target in
          session.withOutput(boundary, of: index) { source in target.copy(source) }
        }
      }
    }
    features.targets.removeAll(keepingCapacity: true)
    features.targets.append(contentsOf: images.targets)
  }
}

extension MutableSpan<Float> {
  /// Takes over as many numbers.
  @_lifetime(self: copy self)
  fileprivate mutating func copy(_ source: Span<Float>) {
    precondition(source.count == count, "\(source.count) numbers into \(count)")
    unsafe withUnsafeMutableBufferPointer { target in
      unsafe source.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe to.update(from: from, count: source.count)
      }
    }
  }
}

package import ImageInput
import Inference
import ResNetGraph
package import ResNetModel
import TensorCore

/// The output of one node of a network, for images or for tensors: a pipeline up to there, and the way out of its memory.
package struct NodeOutput: Sendable {
  let pipeline: ImagePipeline
  /// The node's number in the graph.
  let node: Int
  /// The extents of the output for one image: [channels, height, width], or [channels].
  package let shape: [Int]
  private let map: FeatureShape

  /// Prepares a model, as ``FeatureExtractor/init(_:node:pools:options:)``.
  ///
  /// - Parameter size: height and width of tensors that are preprocessed already; nil for what preprocessing gives.
  package init(
    _ model: Model, node path: String?, pools: Bool = false, size: (height: Int, width: Int)? = nil,
    options: Classifier.Options
  ) throws(FeatureError) {
    let node = try model.graph.index(ofPath: path)
    var pipeline = try ImagePipeline(model, to: [node], size: size, options: options)
    // Of large inputs fewer run beside each other: lanes may take half of the machine.
    let bytes = pipeline.plan.memoryNeeded(capacity: options.batch, threads: 1) ?? .max
    pipeline.laneLimit = max(1, Machine.memoryByteCount / 2 / max(1, bytes))
    self.init(pipeline, node: node, isVector: pools || path == nil || node > model.graph.embedding)
  }

  /// The output of a node that a pipeline puts out.
  ///
  /// - Parameter isVector: true if the mean of each channel is wanted, or all that there is.
  init(_ pipeline: ImagePipeline, node: Int, isVector: Bool) {
    self.pipeline = pipeline
    self.node = node
    map = pipeline.plan.shape(of: node)
    shape = isVector ? [map.channels] : [map.channels, map.height, map.width]
  }

  /// The number of floats for one image.
  package var elementCount: Int { shape.reduce(1, *) }

  /// Runs all images, as many at once as there are processors, into the caller's memory.
  ///
  /// - Parameters:
  ///   - rows: get the outputs, in the order of the images; the row of an image that has none is left as it is.
  ///   - emit: gets an outcome for each image, in order, one at a time, on any thread, when its row is complete. An error that it
  ///     throws ends the run.
  /// - Throws: the error of `emit`, or ``ClassificationError``.
  package func run(
    _ images: PipelineImages, into rows: FloatRows,
    emit: (_ image: Int, _ outcome: Result<ImageInfo?, ImageError>) throws -> Void
  ) throws {
    let output = self
    try pipeline.run(images) { ran in
      unsafe rows.withRow(ran.image) { output.write(ran, into: &$0) }
    } emit: { image, outcome in
      try emit(image, outcome.value.map { outcome.image })
    }
  }

  /// Copies one image's output out of a session.
  func tensor(of ran: ImagePipeline.Ran) -> Tensor {
    var buffer = AlignedBuffer(floatCount: elementCount, uninitialized: true)
    var target = buffer.mutableFloats
    write(ran, into: &target)
    return Tensor(shape: Shape(shape), elementType: .float32, buffer: buffer)
  }

  private func write(_ ran: ImagePipeline.Ran, into target: inout MutableSpan<Float>) {
    let (channels, pixels) = (map.channels, map.height * map.width)
    ran.session.withOutput(node, of: ran.slot) { source in
      if shape.count > 1 {
        for channel in 0..<channels {
          for pixel in 0..<pixels { target[channel * pixels + pixel] = source[pixel * channels + channel] }
        }
      } else {
        for channel in 0..<channels {
          var sum = 0.0
          for pixel in 0..<pixels { sum += Double(source[pixel * channels + channel]) }
          target[channel] = Float(sum / Double(pixels))
        }
      }
    }
  }
}

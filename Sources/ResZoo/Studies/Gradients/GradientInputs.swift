import Datasets
import ImageInput
import Inference
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import Training

/// The batch that gradients are taken of.
struct GradientInputs {
  let batch: TrainingBatch
  /// The images that could not be read, and the reasons.
  let errors: [(input: String, error: String)]

  /// The images of a set as a network takes them, with its own numbers of their classes.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when the network does not tell classes apart, and with
  ///   ``TrainingError/Code/data`` when no image can be read; ``DatasetError`` when the classes do not match; ``InferenceError``,
  ///   ``ClassificationError``.
  init(_ set: ImageSet, for subject: StudySubject, options: Classifier.Options) throws {
    let descriptor = subject.model.descriptor
    let hasHead = descriptor.architecture.head != .none
    guard hasHead, descriptor.architecture.answer == .one else {
      let fault = hasHead ? "does not answer with one class of many" : "has no head and knows no classes"
      throw TrainingError(
        .network,
        "\(subject.name): \(fault); the gradients are those of the cross-entropy with one class for each image"
      )
    }
    guard set.labelSets == nil else {
      throw TrainingError(
        .data, "\(set.path ?? "the data set"): its images have several classes; there must be one for each")
    }
    let classes = try EvaluatedClasses(of: set, for: descriptor)
    var inputs: [[Float]] = []
    var targets: [TrainingBatch.Target] = []
    var failed: [(input: String, error: String)] = []
    let pipeline = try ImagePipeline(subject.model, outputs: [0], options: options)
    try pipeline.run(set.sources) { ran in
      ran.session.withOutput(0, of: ran.slot) { span in span.indices.map { span[$0] } }
    } emit: { image, outcome in
      switch outcome.value {
      case .success(let input):
        inputs.append(input)
        targets.append(TrainingBatch.Target(label: classes.indices[classes.truth(of: image, in: set)[0]]))
      case .failure(let error): failed.append((set.sources[image].description, error.message))
      }
    }
    guard !inputs.isEmpty else {
      let first = failed.first.map { ": \($0.input): \($0.error)" } ?? ""
      throw TrainingError(
        .data, "\(set.path ?? "the data set"): none of its \(set.count) images could be read\(first)")
    }
    errors = failed
    batch = TrainingBatch(capacity: inputs.count, shape: pipeline.plan.shape(of: 0))
    batch.targets = targets
    for (index, input) in inputs.enumerated() {
      batch.withInput(index) { span in
        for place in span.indices { span[place] = input[place] }
      }
    }
  }

  /// All inputs, [inputs, channels, height, width].
  var tensor: Tensor {
    let shape = batch.shape
    let pixels = shape.height * shape.width
    var buffer = AlignedBuffer(floatCount: batch.count * shape.elementCount, uninitialized: true)
    var floats = buffer.mutableFloats
    for input in 0..<batch.count {
      let values = batch.withInput(input) { span in span.indices.map { span[$0] } }
      for channel in 0..<shape.channels {
        for pixel in 0..<pixels {
          floats[(input * shape.channels + channel) * pixels + pixel] =
            values[pixel * shape.channels + channel]
        }
      }
    }
    return Tensor(
      shape: [batch.count, shape.channels, shape.height, shape.width], elementType: .float32, buffer: buffer)
  }
}

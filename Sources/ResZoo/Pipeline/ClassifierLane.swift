package import Datasets
package import ImageInput
import Inference
package import Metrics
import ModelDescriptor
import ResNetGraph

/// Memory and workers that take batches through a classifier, for callers who decide themselves which images go together. One lane serves
/// one caller at a time; lanes of the same classifier share its weights.
///
/// The scores of an image are the same bits in every batch and on any number of threads.
package final class ClassifierLane {
  /// Images that go through the network together.
  package let capacity: Int
  private let lane: Lane
  private let answer: AnswerForm
  private let classifier: Classifier

  /// - Parameters:
  ///   - capacity: images that go through the network together; memory grows with it.
  ///   - threads: workers of the network, the caller included.
  /// - Throws: ``ClassificationError`` when the feature maps do not fit in memory, or the preprocessing is for no such network.
  /// - Precondition: the classifier takes one view of each image.
  package init(_ classifier: Classifier, capacity: Int, threads: Int) throws(ClassificationError) {
    precondition(classifier.augmentation == nil, "a lane takes one view of each image")
    let session: InferenceSession
    do {
      session = try InferenceSession(plan: classifier.pipeline.plan, capacity: capacity, threads: threads)
    } catch {
      throw .inference(error)
    }
    self.capacity = capacity
    self.classifier = classifier
    lane = try Lane(session: session, preprocessing: classifier.preprocessing, files: RecordFiles())
    answer = AnswerForm(of: classifier.descriptor)
  }

  /// Makes an image an input of the next run.
  ///
  /// - Parameter slot: 0 ..< ``capacity``.
  /// - Returns: the facts about the image; nil for a tensor.
  package func prepare(_ image: PipelineImage, as slot: Int) throws(ImageError) -> ImageInfo? {
    try unsafe lane.prepare(image, as: slot, views: [.center])
  }

  /// Makes a tensor an input of the next run.
  ///
  /// - Parameters:
  ///   - slot: 0 ..< ``capacity``.
  ///   - values: rows of [channels, height, width].
  /// - Throws: ``ImageError`` with `notFinite` for numbers that a quantized network would round to others.
  package func fill(_ slot: Int, with values: Span<Float>, row: Int) throws(ImageError) {
    let plan = lane.session.plan
    let (channels, pixels) = (plan.channels, plan.height * plan.width)
    lane.session.withInput(slot) { input in
      for channel in 0..<channels {
        let start = (row * channels + channel) * pixels
        for pixel in 0..<pixels { input[pixel * channels + channel] = values[start + pixel] }
      }
    }
    try lane.requireRoundable(slot)
  }

  /// Runs the inputs in the first `count` slots.
  package func run(count: Int) {
    lane.session.run(count: count)
  }

  /// The scores of one image of the last run; an error where one of its logits is infinite or not a number.
  package func scores(of slot: Int) -> Result<Scores, ImageError> {
    ImagePipeline.Ran(image: 0, session: lane.session, slot: slot, views: 1).scores(answer)
  }

  /// An image as the network sees it, before normalisation; for ``explanation(of:answer:)``.
  package func pixels(of source: ImageSource) throws(ImageError) -> PreparedImage {
    try lane.pixels(of: source)
  }

  /// Says where in one image of the last run the network saw what an answer rests on: by the class map.
  ///
  /// - Parameter answer: nil for the likeliest.
  /// - Precondition: the classifier's ``Classifier/explanationObstacle`` is nil.
  package func explanation(of slot: Int, answer: ExplainedAnswer?) -> Explanation {
    guard let classMap = classifier.classMap.flatMap({ try? $0.get() }) else {
      preconditionFailure("a classifier that explains nothing")
    }
    let session = lane.session
    let logits = session.withLogits(of: slot) { span in span.indices.map { span[$0] } }
    let answer =
      answer
      ?? ExplainedAnswer(
        likeliestOf: logits, answer: classifier.descriptor.architecture.answer, comparedWith: nil)
    let shape = session.plan.shape(of: classMap.node)
    let maps = session.withOutput(classMap.node, of: slot) { ChannelMaps($0, channels: shape.channels) }
    return Explanation(
      answer: answer, value: answer.value(of: logits),
      classMap.map(for: answer, of: maps, shape: shape, logits: logits))
  }
}

extension Classifier {
  /// Why the classifier's lanes explain no answers; nil if they do.
  package var explanationObstacle: ExplanationError? {
    guard let classMap else { return .options("the classifier was not made to explain answers") }
    switch classMap {
    case .failure(let error): return error
    case .success(let map):
      let shape = pipeline.plan.shape(of: map.node)
      guard shape.height * shape.width == 1 else { return nil }
      return .options(
        "the network's last map has one place alone for images of \(pipeline.plan.height)×\(pipeline.plan.width), so that it says nothing of where"
      )
    }
  }
}

extension Classifier {
  /// Bytes of the feature maps and the scratch of a ``ClassifierLane``; nil for a number beyond any machine.
  package func laneByteCount(capacity: Int, threads: Int) -> Int? {
    pipeline.plan.memoryNeeded(capacity: capacity, threads: threads)
  }

  /// The extents of the network's input: channels, height and width.
  package var inputExtents: [Int] {
    [pipeline.plan.channels, pipeline.plan.height, pipeline.plan.width]
  }
}

package import ImageInput
import Inference
package import Metrics
import ModelDescriptor

/// Memory and workers that take batches through a classifier, for callers who decide themselves which images go together. One lane serves
/// one caller at a time; lanes of the same classifier share its weights.
///
/// The scores of an image are the same bits in every batch and on any number of threads.
package final class ClassifierLane {
  /// Images that go through the network together.
  package let capacity: Int
  private let lane: Lane
  private let answer: AnswerForm

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
  package func fill(_ slot: Int, with values: Span<Float>, row: Int) {
    let plan = lane.session.plan
    let (channels, pixels) = (plan.channels, plan.height * plan.width)
    lane.session.withInput(slot) { input in
      for channel in 0..<channels {
        let start = (row * channels + channel) * pixels
        for pixel in 0..<pixels { input[pixel * channels + channel] = values[start + pixel] }
      }
    }
  }

  /// Runs the inputs in the first `count` slots.
  package func run(count: Int) {
    lane.session.run(count: count)
  }

  /// The scores of one image of the last run; an error where one of its logits is infinite or not a number.
  package func scores(of slot: Int) -> Result<Scores, ImageError> {
    ImagePipeline.Ran(image: 0, session: lane.session, slot: slot, views: 1).scores(answer)
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

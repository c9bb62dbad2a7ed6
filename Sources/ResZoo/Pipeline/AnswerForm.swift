import Metrics
import ModelDescriptor

/// The way in which a network's logits become probabilities.
struct AnswerForm: Hashable, Sendable {
  private let answer: Architecture.Answer
  /// The number that logits are divided by; 1 for a network that was not calibrated.
  let temperature: Double

  init(of descriptor: ModelDescriptor) {
    answer = descriptor.architecture.answer
    temperature = descriptor.temperature?.value ?? 1
  }

  /// The form of the scores of one view. Those of several are averaged before the temperature changes them, so that it changes no order of
  /// classes.
  func scoreForm(views: Int) -> Scores.Form {
    answer == .one ? .softmax(temperature: views == 1 ? temperature : 1) : .sigmoid
  }
}

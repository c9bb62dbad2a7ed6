import Training

/// A method of explanation, ready for images of one size.
///
/// A call of ``begin(_:)`` is followed by any number of calls of ``map(for:)`` about the same input.
protocol ExplanationEngine: AnyObject {
  /// Takes an input, [height][width][channels], and gives its logits.
  func begin(_ input: [Float]) throws(ExplanationError) -> [Float]

  /// Computes the map of an answer to the input.
  func map(for answer: ExplainedAnswer) throws(ExplanationError) -> ComputedMap
}

extension TrainingBatch {
  /// Takes inputs, each with a target that nobody looks at.
  func take(_ inputs: [[Float]]) {
    targets.removeAll(keepingCapacity: true)
    for (slot, input) in inputs.enumerated() {
      withInput(slot) { span in
        for index in span.indices { span[index] = input[index] }
      }
      targets.append(Target(label: 0))
    }
  }
}

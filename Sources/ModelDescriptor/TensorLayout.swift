/// The storage order of a source's tensor, where it is not the graph's.
public enum TensorLayout: String, Hashable, Sendable, CaseIterable, Codable {
  /// A linear layer as a 1×1 convolution: [outputs, inputs, 1, 1] for [outputs, inputs].
  case pointwise
  /// Outputs last, as TensorFlow and Keras have it: [height, width, inputs, outputs] for [outputs, inputs, height, width],
  /// and [inputs, outputs] for [outputs, inputs].
  case outputsLast = "outputs_last"
  /// A linear layer as a 1×1 convolution, outputs last: [1, 1, inputs, outputs] for [outputs, inputs].
  case pointwiseOutputsLast = "pointwise_outputs_last"
}

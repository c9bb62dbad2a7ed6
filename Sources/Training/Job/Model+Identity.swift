import ModelDescriptor
import ResNetModel
import TensorCore

extension Model {
  /// A text that tells the weights from others: their content root, or the architecture that they were drawn for.
  ///
  /// - Complexity: O(number of weights) for weights that were not hashed when they were loaded.
  var identity: String {
    if case .drawn = provenance, let json = try? descriptor.architecture.json() {
      return String(decoding: json, as: UTF8.self)
    }
    return contentRoot()
  }
}

/// Bounds on the index entries of tensors, the same for raw exports and safetensors.
package enum TensorLimit {
  /// Most bytes of a name.
  package static let name = 1024
  /// Most dimensions.
  static let rank = 8
}

import ModelDescriptor
package import ResNetGraph
import ResNetModel

extension Graph {
  /// Refuses a network that is quantized: computed in real numbers, it would be another one.
  ///
  /// - Throws: ``InferenceError`` with ``InferenceError/Code/quantized``.
  package func requireRealNumbers() throws(InferenceError) {
    guard let quantization = architecture.quantization else { return }
    throw InferenceError(
      .quantized,
      """
      the network is quantized: \(quantization.layers.count) of its layers compute with 8-bit integers, which a training \
      cannot; dequantized, it is a network of real numbers
      """)
  }

  /// Refuses a network that rounds values, or computes with integers, after a node.
  ///
  /// - Throws: ``InferenceError`` with ``InferenceError/Code/quantized``.
  package func requireRealNumbers(after node: Int) throws(InferenceError) {
    guard let quantization = architecture.quantization,
      quantization.keeping(Set(nodes[...node].map(\.name))) != quantization
    else { return }
    try requireRealNumbers()
  }
}

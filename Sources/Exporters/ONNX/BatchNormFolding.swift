import ResNetGraph
import ResNetModel
import TensorCore

extension Graph {
  /// The batch norm after each convolution that nothing else reads, by the convolution's node.
  var foldableNorms: [Int: Int] {
    let folded = inferenceSteps(outputs: [nodes.count - 1]).compactMap { step in
      step.norm.map { (step.part, $0) }
    }
    return Dictionary(uniqueKeysWithValues: folded)
  }
}

extension Model {
  /// The weights and biases of a convolution that does the work of the batch norm after it, in double precision until
  /// they are rounded to float32.
  ///
  /// - Complexity: O(number of the convolution's weights).
  func folded(convolution: Int, norm: Int) -> (weight: Tensor, bias: Tensor) {
    let weight = weights(ofConvolution: convolution)
    let (scale, shift) = scaleAndShift(ofConvolution: convolution, norm: norm)
    let filterSize = weight.shape.elementCount / scale.count
    var products: [Float] = []
    products.reserveCapacity(weight.shape.elementCount)
    let source = weight.floats
    for channel in scale.indices {
      for index in channel * filterSize..<(channel + 1) * filterSize {
        products.append(Float(Double(source[index]) * scale[channel]))
      }
    }
    return (
      Tensor(shape: weight.shape, floats: products),
      Tensor(shape: [shift.count], floats: shift.map { Float($0) })
    )
  }
}

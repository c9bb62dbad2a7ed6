/// A layer whose weights change with every step of training: its outputs and its gradients.
///
/// Inputs and outputs are [images][…], where images may lie farther apart than they are large. Every result is the same to the
/// last bit whatever the number of threads. Nothing is allocated after the making.
package protocol TrainedWeights: AnyObject {
  /// Takes over weights, and the bias if there is one. To be called after every change of them.
  func pack(weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?)

  /// output = weights * input + bias
  ///
  /// - Parameters:
  ///   - inputStep: floats between two images of the input.
  ///   - outputStep: floats between two images of the output.
  func forward(
    input: UnsafePointer<Float>, inputStep: Int, output: UnsafeMutablePointer<Float>, outputStep: Int,
    images: Int)

  /// inputGradient = (or +=, with `accumulate`) the transposed weights * outputGradient.
  ///
  /// - Precondition: the layer was made with `needsInputGradient`.
  func inputGradient(
    outputGradient: UnsafePointer<Float>, outputStep: Int, inputGradient: UnsafeMutablePointer<Float>,
    inputStep: Int, accumulate: Bool, images: Int)

  /// weightGradient = the sum over images and pixels of the products of inputs and gradients; biasGradient, if there is
  /// one, = the sum of the gradients.
  ///
  /// - Precondition: the layer was made with `needsWeightGradient`.
  func weightGradient(
    input: UnsafePointer<Float>, inputStep: Int, outputGradient: UnsafePointer<Float>, outputStep: Int,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, images: Int)
}

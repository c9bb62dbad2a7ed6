import Kernels
import Threads

/// What the layers need to know of the pass that they are in.
@safe struct NetworkPass {
  let pool: WorkerPool
  /// The outputs of all steps, and their gradients.
  let arena: UnsafeMutablePointer<Float>
  /// What goes in, image by image.
  var input: UnsafeMutablePointer<Float>
  var images: Int
  /// Whether norms take the batch's statistics and numbers are dropped.
  var isTraining: Bool
  /// What is dropped follows from it.
  var randomness: UInt64
}

/// Where a feature map of the batch lies, or its gradient.
struct FeatureMap {
  /// The first image's place in the arena; nil for what goes in.
  var offset: Int?
  var height: Int
  var width: Int
  var channels: Int

  var pixels: Int { height * width }
  /// Numbers of an image, and those between two images.
  var step: Int { height * width * channels }

  func pointer(_ pass: NetworkPass, image: Int = 0) -> UnsafeMutablePointer<Float> {
    let base = unsafe offset.map { unsafe pass.arena + $0 } ?? pass.input
    return unsafe base + image * step
  }
}

/// Where the gradient of an input goes.
struct GradientTarget {
  var map: FeatureMap
  /// Whether it is added to what is there.
  var accumulates: Bool
  /// Whether it is the gradient of the output, which lies there already.
  var isPassed: Bool
}

/// The maps that one layer reads and writes.
struct LayerMaps {
  var input: FeatureMap
  var second: FeatureMap?
  var residual: FeatureMap?
  var output: FeatureMap
  /// Nil where nothing upstream trains.
  var outputGradient: FeatureMap?
  var inputGradient: GradientTarget?
  var secondGradient: GradientTarget?
  var residualGradient: GradientTarget?
  /// Where maxima stood.
  var placesOffset: Int?
}

/// A tensor of a layer, in PyTorch's layout, and where its gradient goes.
@safe struct LayerParameter {
  let values: UnsafePointer<Float>
  /// Nil for one that does not train.
  let gradient: UnsafeMutablePointer<Float>?
}

/// A step of a network, ready to run forward and backward.
protocol TrainingLayer: AnyObject {
  /// Takes over weights that have changed.
  func prepare(_ pool: WorkerPool)
  /// Makes the output.
  func forward(_ pass: NetworkPass)
  /// Makes the gradients of the inputs and of the parameters of the output's, after a forward pass in training.
  func backward(_ pass: NetworkPass)
}

extension TrainingLayer {
  func prepare(_ pool: WorkerPool) {}
}

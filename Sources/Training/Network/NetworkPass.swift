import Kernels
import Threads

/// A pass of a batch through the network, as its layers see it.
@safe struct NetworkPass {
  let pool: WorkerPool
  /// The outputs of all steps, and their gradients.
  let arena: UnsafeMutablePointer<Float>
  /// The network's inputs, image by image.
  var input: UnsafeMutablePointer<Float>
  var images: Int
  /// True if norms take the batch's statistics and numbers are dropped.
  var isTraining: Bool
  /// The seed of dropout and stochastic depth.
  var randomness: UInt64
}

/// The place of a feature map of the batch, or of its gradient.
struct FeatureMap {
  /// The first image's place in the arena; nil for the network's input.
  var offset: Int?
  var height: Int
  var width: Int
  var channels: Int

  var pixels: Int { height * width }
  /// Numbers of one image; the maps of two images lie as far apart.
  var elementCount: Int { height * width * channels }

  func pointer(_ pass: NetworkPass, image: Int = 0) -> UnsafeMutablePointer<Float> {
    let base = unsafe offset.map { unsafe pass.arena + $0 } ?? pass.input
    return unsafe base + image * elementCount
  }
}

/// The place for the gradient of an input.
struct GradientTarget {
  var map: FeatureMap
  /// True if it is added to the numbers that are there.
  var accumulates: Bool
  /// True if it is the gradient of the output, which lies there already.
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
  /// The place that holds where maxima stood.
  var placesOffset: Int?
}

/// A tensor of a layer, in PyTorch's layout, and the place for its gradient.
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
  /// Makes the gradients of the inputs and of the parameters from the output's, after a forward pass in training.
  func backward(_ pass: NetworkPass)
}

extension TrainingLayer {
  func prepare(_ pool: WorkerPool) {}
}

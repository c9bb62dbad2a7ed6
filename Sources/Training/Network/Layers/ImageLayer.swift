import Kernels
import Threads

/// A layer that works image by image.
class ImageLayer: TrainingLayer, ParallelJob {
  let maps: LayerMaps
  let elementwise = ElementwiseKernels()
  private var pass: NetworkPass?
  private var isForward = true

  init(maps: LayerMaps) { self.maps = maps }

  final func forward(_ pass: NetworkPass) {
    start(pass, isForward: true)
  }

  func backward(_ pass: NetworkPass) {
    guard maps.outputGradient != nil else { return }
    start(pass, isForward: false)
  }

  private func start(_ pass: NetworkPass, isForward: Bool) {
    self.pass = pass
    self.isForward = isForward
    pass.pool.run(self, tasks: pass.images)
  }

  final func run(task: Int, worker: Int) {
    guard let pass else { return }
    if isForward { forward(image: task, pass) } else { backward(image: task, pass) }
  }

  /// Makes the output of one image.
  func forward(image: Int, _ pass: NetworkPass) {
    preconditionFailure("a layer without a forward pass")
  }

  /// Makes the gradients of one image's inputs.
  func backward(image: Int, _ pass: NetworkPass) {
    preconditionFailure("a layer without a backward pass")
  }

  /// The inputs and the output of one image, for a kernel that needs no scratch.
  final func call(_ image: Int, _ pass: NetworkPass) -> ImageCall {
    unsafe ImageCall(
      input: maps.input.pointer(pass, image: image), second: maps.second?.pointer(pass, image: image),
      output: maps.output.pointer(pass, image: image))
  }

  /// The gradient of one image's output.
  ///
  /// - Precondition: this layer runs backward.
  final func outputGradient(_ image: Int, _ pass: NetworkPass) -> UnsafeMutablePointer<Float> {
    guard let map = maps.outputGradient else { preconditionFailure("no gradient reaches this layer") }
    return unsafe map.pointer(pass, image: image)
  }

  /// Where the maxima of one image's output stood: a number for each of its elements.
  ///
  /// - Precondition: the layer has such places.
  final func places<Place>(_ image: Int, _ pass: NetworkPass) -> UnsafeMutablePointer<Place> {
    guard let offset = maps.placesOffset else { preconditionFailure("no place for maxima") }
    return unsafe UnsafeMutableRawPointer(pass.arena + offset).assumingMemoryBound(to: Place.self)
      + image * maps.output.elementCount
  }

  /// Clears one image's output gradient where ReLU let nothing through.
  final func maskByReLU(_ image: Int, _ pass: NetworkPass) {
    unsafe elementwise.maskByReLU(
      count: maps.output.elementCount, output: maps.output.pointer(pass, image: image),
      gradient: outputGradient(image, pass))
  }

  /// Gives one image's output gradient, times `factor`, to an input.
  final func passOn(_ target: GradientTarget?, factor: Float = 1, _ image: Int, _ pass: NetworkPass) {
    guard let target, !target.isPassed else { return }
    unsafe elementwise.scale(
      count: maps.output.elementCount, by: factor, input: outputGradient(image, pass),
      accumulates: target.accumulates, output: target.map.pointer(pass, image: image))
  }
}

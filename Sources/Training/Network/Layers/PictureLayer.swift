import Kernels

/// A layer that works picture by picture.
class PictureLayer: TrainingLayer, ParallelJob {
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
    pass.pool.run(self, tasks: pass.pictures)
  }

  final func run(task: Int, worker: Int) {
    guard let pass else { return }
    if isForward { forward(picture: task, pass) } else { backward(picture: task, pass) }
  }

  /// Makes the output of one picture.
  func forward(picture: Int, _ pass: NetworkPass) {
    preconditionFailure("a layer without a forward pass")
  }

  /// Makes the gradients of one picture's inputs.
  func backward(picture: Int, _ pass: NetworkPass) {
    preconditionFailure("a layer without a backward pass")
  }

  /// The gradient of one picture's output.
  ///
  /// - Precondition: this layer runs backward.
  final func outputGradient(_ picture: Int, _ pass: NetworkPass) -> UnsafeMutablePointer<Float> {
    guard let map = maps.outputGradient else { preconditionFailure("no gradient reaches this layer") }
    return unsafe map.pointer(pass, picture: picture)
  }

  /// Where the maxima of one picture's output stood: a number for each of its elements.
  ///
  /// - Precondition: the layer has such places.
  final func places<Place>(_ picture: Int, _ pass: NetworkPass) -> UnsafeMutablePointer<Place> {
    guard let offset = maps.placesOffset else { preconditionFailure("no place for maxima") }
    return unsafe UnsafeMutableRawPointer(pass.arena + offset).assumingMemoryBound(to: Place.self)
      + picture * maps.output.step
  }

  /// Clears one picture's output gradient where ReLU let nothing through.
  final func maskByReLU(_ picture: Int, _ pass: NetworkPass) {
    unsafe elementwise.maskByReLU(
      count: maps.output.step, output: maps.output.pointer(pass, picture: picture),
      gradient: outputGradient(picture, pass))
  }

  /// Gives one picture's output gradient, times `factor`, to an input.
  final func passOn(_ target: GradientTarget?, factor: Float = 1, _ picture: Int, _ pass: NetworkPass) {
    guard let target, !target.isPassed else { return }
    unsafe elementwise.scale(
      count: maps.output.step, by: factor, input: outputGradient(picture, pass),
      accumulates: target.accumulates, output: target.map.pointer(pass, picture: picture))
  }
}

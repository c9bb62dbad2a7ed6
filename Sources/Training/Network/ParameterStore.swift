import Kernels
import ResNetGraph
import ResNetModel
import TensorCore

/// The tensors of a network in training: the trained ones, their gradients and their running statistics in flat buffers, the
/// frozen ones as the model has them.
@safe final class ParameterStore {
  /// Weights and biases that train.
  let parameters: [TrainedParameter]
  /// Running statistics of the norms that train.
  let statistics: [TrainedParameter]
  private let model: Model
  private let values: AlignedBuffer
  private let gradients: AlignedBuffer
  private let running: AlignedBuffer
  private var byName: [String: TrainedParameter] = [:]
  /// Copies that keep the memory of frozen tensors.
  private var frozen: [Tensor] = []

  /// - Parameter trained: the nodes that train.
  init(_ model: Model, trained: Set<Int>) {
    self.model = model
    let graph = model.graph
    let chosen = graph.parameters.filter { trained.contains($0.node) }
    parameters = Self.layOut(chosen.filter(\.role.isTrainable), graph: graph)
    statistics = Self.layOut(chosen.filter { !$0.role.isTrainable }, graph: graph)
    values = AlignedBuffer(floatCount: parameters.last?.range.upperBound ?? 0)
    gradients = AlignedBuffer(floatCount: parameters.last?.range.upperBound ?? 0)
    running = AlignedBuffer(floatCount: statistics.last?.range.upperBound ?? 0)
    for parameter in parameters {
      byName[parameter.name] = parameter
      unsafe (valuePointer + parameter.offset).update(
        from: model.parameter(parameter.name).floatPointer, count: parameter.shape.elementCount)
    }
    for statistic in statistics {
      byName[statistic.name] = statistic
      unsafe (runningPointer + statistic.offset).update(
        from: model.parameter(statistic.name).floatPointer, count: statistic.shape.elementCount)
    }
  }

  private static func layOut(_ parameters: [Parameter], graph: Graph) -> [TrainedParameter] {
    var offset = 0
    return parameters.map { parameter in
      defer { offset += parameter.shape.elementCount }
      let operation = graph.nodes[parameter.node].operation.definition
      return TrainedParameter(
        name: parameter.name, shape: parameter.shape, offset: offset,
        isExempt: operation.family == .normalization || parameter.role == .bias,
        isHead: graph.head.contains(parameter.node))
    }
  }

  /// Numbers that train.
  var valueCount: Int { values.byteCount / MemoryLayout<Float>.stride }
  /// Numbers of running statistics.
  var statisticCount: Int { running.byteCount / MemoryLayout<Float>.stride }

  var valuePointer: UnsafeMutablePointer<Float> {
    unsafe values.baseAddress.assumingMemoryBound(to: Float.self)
  }
  var gradientPointer: UnsafeMutablePointer<Float> {
    unsafe gradients.baseAddress.assumingMemoryBound(to: Float.self)
  }
  var runningPointer: UnsafeMutablePointer<Float> {
    unsafe running.baseAddress.assumingMemoryBound(to: Float.self)
  }

  /// A weight or bias for a layer.
  func parameter(_ name: String) -> LayerParameter {
    if let trained = byName[name] {
      return unsafe LayerParameter(
        values: UnsafePointer(valuePointer + trained.offset), gradient: gradientPointer + trained.offset)
    }
    let tensor = model.parameter(name)
    frozen.append(tensor)
    return unsafe LayerParameter(values: tensor.floatPointer, gradient: nil)
  }

  /// The running mean and variance of a batch norm, which nothing writes if the norm is frozen.
  func running(_ node: String) -> TrainedBatchNorm.Pair {
    let names = [node + ".running_mean", node + ".running_var"]
    let pointers = unsafe names.map { name in
      if let trained = byName[name] { return unsafe runningPointer + trained.offset }
      let tensor = model.parameter(name)
      frozen.append(tensor)
      return unsafe UnsafeMutablePointer(mutating: tensor.floatPointer)
    }
    return unsafe TrainedBatchNorm.Pair(pointers[0], pointers[1])
  }

  /// The tensors of the model: the trained ones as they are now, in float32, the others as in the source.
  func tensors() -> WidenedTensors {
    var result = WidenedTensors()
    for parameter in model.graph.parameters {
      let name = parameter.name
      if let trained = byName[name] {
        let source = unsafe parameter.role.isTrainable ? valuePointer : runningPointer
        let buffer = AlignedBuffer(floatCount: trained.shape.elementCount, uninitialized: true)
        unsafe buffer.baseAddress.assumingMemoryBound(to: Float.self).update(
          from: source + trained.offset, count: trained.shape.elementCount)
        let tensor = Tensor(shape: trained.shape, elementType: .float32, buffer: buffer)
        result.add(name, stored: tensor, floats: tensor)
      } else {
        let floats = model.parameter(name)
        result.add(name, stored: model.tensors.stored(name) ?? floats, floats: floats)
      }
    }
    return result
  }
}

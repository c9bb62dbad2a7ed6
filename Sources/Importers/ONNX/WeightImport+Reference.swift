import Messages
import ModelDescriptor
import ONNXInterpreter
import ResNetGraph
package import TensorCore
import WeightFiles

/// The answer of a source's own graph to one input, computed without the network that was made of it.
package struct ReferenceAnswer: Sendable {
  /// The network's input, [1, channels, height, width].
  package let input: Tensor
  /// One for each class, computed with real numbers where the graph rounds to a few bits.
  package let logits: [Float]
  /// The same of a quantized network that is kept as one, rounded as the graph says; nil for others.
  package let roundedLogits: [Float]?
}

extension WeightImport {
  /// Runs the graph of an ONNX file on an input that a seed gives; nil for sources without a graph.
  ///
  /// - Throws: ``ImportError`` with `file`.
  package func referenceAnswer(seed: UInt64) throws(ImportError) -> ReferenceAnswer? {
    guard let network = (source.weights as? ONNXWeights)?.network else { return nil }
    do {
      return try network.answer(seed: seed)
    } catch {
      throw ImportError(error)
    }
  }
}

extension ONNXNetwork {
  fileprivate func answer(seed: UInt64) throws(WeightFileError) -> ReferenceAnswer {
    let (channels, pixels) = (source.channels, source.height * source.width)
    let noise = Tensor.noise(seed: seed, shape: [1, channels, source.height, source.width])
    let isBytes = source.file.inputs.first { $0.name == source.input }?.type == .uint8
    // The graph's own input, and what it makes of it for the first layer.
    var given = Array(repeating: Float(0), count: channels * pixels)
    var prepared = given
    for channel in 0..<channels {
      for pixel in 0..<pixels {
        let index = channel * pixels + pixel
        var number = (Double(noise.floats[index]) - inputShift[channel]) / inputScale[channel]
        if isBytes { number = min(max(number.rounded(), 0), 255) }
        let own = isInputReversed ? channels - 1 - channel : channel
        let place = source.isChannelsLast ? pixel * channels + own : own * pixels + pixel
        given[place] = Float(number)
        prepared[index] = Float(Double(Float(number)) * inputScale[channel] + inputShift[channel])
      }
    }
    let images = source.shape[0]
    let input = ONNXValue(
      shape: source.shape, .floats(Array(repeating: given, count: images).flatMap(\.self)))
    let classes = graph.architecture.classes
    func run(rounding: ONNXInterpreter.Rounding) throws(WeightFileError) -> [Float] {
      let answer = try source.interpreter.run(
        inputs: [source.input: input], output: logits, rounding: rounding)
      guard let numbers = answer.floats, numbers.count == images * classes else {
        throw WeightFileError(
          .unsupportedGraph, file: source.file.path,
          "the graph's own answer has the extents \(answer.shape), not \(classes) numbers for each image")
      }
      return Array(numbers[..<classes])
    }
    return ReferenceAnswer(
      input: Tensor(shape: noise.shape, floats: prepared),
      logits: try run(rounding: .none(rectifying: rectifying)),
      roundedLogits: graph.architecture.quantization == nil ? nil : try run(rounding: .asTheGraphSays))
  }
}

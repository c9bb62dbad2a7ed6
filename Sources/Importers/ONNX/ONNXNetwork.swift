import Messages
import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The network that an ONNX file holds, with the origin of each of its parameters.
struct ONNXNetwork {
  let source: ONNXSource
  let graph: Graph
  /// By the graph's names.
  let weights: [String: ONNXWeight]
  /// The scale and shift of the input's channels before the first layer.
  let inputScale: [Double]
  let inputShift: [Double]
  /// Sentences about what was recognised, left out or joined.
  let notes: [Remark]
  /// True if activations are rounded to a few bits in the file.
  let roundsActivations: Bool
  /// The value of the graph that has the logits.
  let logits: String

  /// - Throws: ``ImportError`` with `graph`, or a fault of the file.
  init(_ file: ONNXFile) throws(ImportError) {
    source = try ONNXSource(file)
    let lowering = try ONNXLowering(source)
    let reading = try NetworkReading(lowering)
    let architecture = try reading.architecture()
    do throws(DescriptorError) {
      let expanded = try Graph(architecture)
      graph = Self.preset(like: expanded) ?? expanded
    } catch {
      throw ImportError(
        .graph, file: file.path, "this is no residual network that can be described: \(error.description)")
    }
    let match = try GraphMatch(reading, graph, output: lowering.output)
    weights = match.weights
    inputScale = lowering.inputScale
    inputShift = lowering.inputShift
    roundsActivations = lowering.roundsActivations
    logits = lowering.logits
    notes = Self.notes(source, lowering, match)
  }

  /// The preset that expands to the same nodes, for images and classes as the network has them.
  private static func preset(like graph: Graph) -> Graph? {
    let own = graph.architecture
    for var preset in Architecture.presets
    where preset.stages.map(\.blocks) == own.stages.map(\.blocks) {
      preset.input = own.input
      preset.classes = own.classes
      if let candidate = try? Graph(preset), candidate.nodes == graph.nodes { return candidate }
    }
    return nil
  }

  private static func notes(_ source: ONNXSource, _ lowering: ONNXLowering, _ match: GraphMatch) -> [Remark] {
    let net = match.graph.architecture
    let blocks = net.stages.map { String($0.blocks) }.joined(separator: "-")
    var notes: [Remark] = [
      "graph: \(source.nodes.count) nodes are \(net.block.rawValue) blocks \(blocks) with all that stands around them; strides, "
        + "kernels, groups, shortcuts and poolings are as the nodes say"
    ]
    if match.foldedNorms > 0 {
      notes.append(
        "batch norms: \(match.foldedNorms) are part of the convolutions before them; each became a norm that adds the bias and changes "
          + "nothing else, so that training its statistics anew would change the network"
      )
    }
    if match.absorbedBiases > 0 {
      notes.append(
        "biases: \(match.absorbedBiases) convolutions have a bias before their batch norm; it was taken off the norm's mean"
      )
    }
    let quantized = match.weights.values.count { source.isDequantized($0) }
    if quantized > 0 {
      notes.append(
        "weights: \(quantized) tensors were integers of a few bits with scales; the products of both are float32 here"
      )
    }
    if lowering.roundsActivations {
      notes.append(
        "activations: the file rounds the values between its layers to a few bits; the imported network does not, so that its answers "
          + "differ a little from those of the file, and the graph is compared without that rounding")
    }
    if let ending = lowering.ending {
      notes.append("left out: the \(ending) after the logits, which every command here computes itself")
    }
    if !source.otherOutputs.isEmpty {
      notes.append(
        "left out: the graph's other outputs \(source.otherOutputs.map { "'\($0.printable)'" }.joined(separator: ", "))"
      )
    }
    return notes + lowering.notes
  }
}

import Messages
import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The network that an ONNX file holds, with the origin of each of its parameters.
struct ONNXNetwork {
  let source: ONNXSource
  private(set) var graph: Graph
  /// By the graph's names.
  let weights: [String: ONNXWeight]
  /// The scale and shift of the input's channels before the first layer.
  let inputScale: [Double]
  let inputShift: [Double]
  /// Sentences about what was recognised, left out or joined.
  let notes: [Remark]
  /// True if activations are rounded to a few bits in the file.
  let roundsActivations: Bool
  /// The integers of roundings that stand for a ReLU.
  let rectifying: Set<String>
  /// The value of the graph that has the logits.
  let logits: String
  /// True if a sigmoid follows the logits.
  let endsInSigmoid: Bool
  /// True if the graph turns the order of its input's channels.
  let isInputReversed: Bool

  /// - Parameter dequantizing: true to make a network of real numbers of a quantized one.
  /// - Throws: ``ImportError`` with `graph`, or a fault of the file.
  init(_ file: ONNXFile, dequantizing: Bool = false) throws(ImportError) {
    source = try ONNXSource(file)
    let lowering = try ONNXLowering(source, keepsReal: dequantizing)
    let reading = try NetworkReading(lowering)
    var architecture = try reading.architecture()
    if reading.answer != lowering.output {
      architecture.answer = architecture.classes == 1 ? .binary : .several
    } else if architecture.classes == 1, lowering.ending == nil, architecture.head != .none {
      architecture.answer = .binary
    }
    do throws(DescriptorError) {
      let expanded = try Graph(architecture)
      graph = Self.preset(like: expanded) ?? expanded
    } catch {
      throw ImportError(
        .graph, file: file.path, "this is no residual network that can be described: \(error.description)")
    }
    let match = try GraphMatch(reading, graph, output: reading.answer)
    weights = match.weights
    if let quantization = try match.quantization(source) {
      var architecture = graph.architecture
      architecture.quantization = quantization
      do { graph = try Graph(architecture) } catch {
        throw ImportError(
          .graph, file: file.path,
          "this quantized network cannot be kept as one: \(error.description). \(Remedy.realNumbers) takes real numbers in its place"
        )
      }
    }
    inputScale = lowering.inputScale
    inputShift = lowering.inputShift
    roundsActivations = lowering.roundsActivations
    rectifying = lowering.rectifying
    endsInSigmoid = reading.answer != lowering.output
    let answer =
      endsInSigmoid ? lowering.steps[lowering.output].node.input(0) ?? lowering.logits : lowering.logits
    // The answer is compared before it is rounded, as the network here does not round it.
    logits = lowering.roundsActivations ? file.realOrigin(of: answer) : answer
    isInputReversed = lowering.isInputReversed
    guard inputScale.allSatisfy({ $0 > 0 && $0.isFinite }), inputShift.allSatisfy(\.isFinite) else {
      throw ImportError(
        .graph, file: file.path,
        "the graph scales its input by \(inputScale), which no preparation of images can be")
    }
    notes = Self.notes(source, lowering, match, graph)
  }

  /// The preset that expands to the same nodes, for images and classes as the network has them.
  private static func preset(like graph: Graph) -> Graph? {
    let own = graph.architecture
    for var preset in Architecture.presets
    where preset.stages.map(\.blocks) == own.stages.map(\.blocks) {
      preset.input = own.input
      preset.classes = own.classes
      preset.answer = own.answer
      preset.head = own.head
      if let candidate = try? Graph(preset), candidate.nodes == graph.nodes { return candidate }
    }
    return nil
  }

  private static func notes(
    _ source: ONNXSource, _ lowering: ONNXLowering, _ match: GraphMatch, _ graph: Graph
  ) -> [Remark] {
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
    let kept = Set((graph.architecture.quantization?.layers ?? []).map { $0 + ".weight" })
    let quantized = source.dequantizedCount(match.weights.filter { !kept.contains($0.key) }.values)
    if let quantization = graph.architecture.quantization {
      notes.append(
        "quantization: kept, with the file's own scales: the weights of \(quantization.layers.count) layers are integers, and \(quantization.maps.count) maps are rounded to 8 bits"
      )
    }
    if let rounding = lowering.logitRounding {
      notes.append(
        "logits: the file rounds them to multiples of \(rounding.map.scale), which is left out: those of the network differ by up to half of that"
      )
    }
    if !lowering.impliedReLUs.isEmpty {
      notes.append(
        "ReLUs: \(lowering.impliedReLUs.count) are part of the rounding of their values in the file, as its integers begin at 0"
      )
    }
    if quantized > 0 {
      notes.append(
        "weights: \(quantized) tensors were integers of a few bits with scales; the products of both are float32 here"
      )
    }
    if lowering.roundsActivations, graph.architecture.quantization == nil {
      notes.append(
        "activations: the file rounds the values between its layers to a few bits; the imported network does not, so that its answers "
          + "differ a little from those of the file, and the graph is compared without that rounding")
    }
    if match.reading.answer != lowering.output {
      notes.append(
        net.answer == .binary
          ? "answer: yes or no, as a sigmoid follows the only logit; it is left out, as every command here computes it itself"
          : "answer: any number of classes, as a sigmoid follows each logit; it is left out, as every command here computes it itself"
      )
    }
    if net.head == .none {
      notes.append("head: there is none; the network puts out its \(net.classes) pooled features")
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

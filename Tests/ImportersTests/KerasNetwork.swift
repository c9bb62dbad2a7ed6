import Foundation
import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

@testable import Importers

/// A network as Keras describes it in the configuration that it saves with the weights.
struct KerasNetwork {
  typealias Layer = [String: Any]

  var layers: [Layer] = []
  var tensors: [SourceTensor] = []
  var facts = KerasFacts()
  /// The layer that puts out the answer.
  var output = "predictions"
  private let graph: Graph

  /// - Parameter isNumbered: true for files that go by the paths of groups, false for those that go by lists.
  init(_ architecture: Architecture, isNumbered: Bool = false) throws {
    graph = try Graph(architecture)
    var places: [Int: String] = [:]
    var order: [(kind: String, name: String)] = []
    for (index, node) in graph.nodes.enumerated() {
      let inputs = node.inputs.compactMap { places[$0] }
      let name = self.name(node)
      places[index] = name
      switch node.operation {
      case .input:
        append("InputLayer", name, ["batch_shape": [NSNull(), 64, 64, 3], "sparse": false, "ragged": false])
      case .convolution(let work):
        var source = inputs
        if work.padding > 0, work.stride > 1 {
          append(
            "ZeroPadding2D", name + "_pad",
            ["padding": [[work.padding, work.padding], [work.padding, work.padding]]], source)
          source = [name + "_pad"]
        }
        append(
          "Conv2D", name,
          [
            "filters": work.outputChannels, "kernel_size": [work.kernel, work.kernel],
            "strides": [work.stride, work.stride], "dilation_rate": [work.dilation, work.dilation],
            "padding": work.padding > 0 && work.stride == 1 ? "same" : "valid", "groups": work.groups,
            "activation": "linear", "use_bias": work.hasBias, "data_format": "channels_last",
            "kernel_initializer": ["class_name": "GlorotUniform"],
          ], source)
        order.append(("conv2d", name))
      case .batchNormalization(let work):
        append(
          "BatchNormalization", name,
          ["axis": 3, "epsilon": work.epsilon, "momentum": 0.99, "center": true, "scale": true], inputs)
        order.append(("batch_normalization", name))
      case .relu: append("Activation", name, ["activation": "relu"], inputs)
      case .maxPool(let work):
        append(
          "ZeroPadding2D", name + "_pad",
          ["padding": [[work.padding, work.padding], [work.padding, work.padding]]], inputs)
        append(
          "MaxPooling2D", name,
          [
            "pool_size": [work.kernel, work.kernel], "strides": [work.stride, work.stride],
            "padding": "valid",
          ],
          [name + "_pad"])
      case .zeroPadShortcut(let work):
        append(
          "MaxPooling2D", name,
          ["pool_size": [1, 1], "strides": [work.stride, work.stride], "padding": "valid"],
          inputs)
      // Keras's networks add the shortcut first.
      case .add: append("Add", name, [:], inputs.reversed())
      case .globalAveragePool: append("GlobalAveragePooling2D", name, ["keepdims": false], inputs)
      case .linear(let work):
        append("Dense", name, ["units": work.outputs, "activation": "softmax", "use_bias": true], inputs)
        order.append(("dense", name))
      default: fatalError("no layer of Keras")
      }
    }
    tensors = graph.parameters.map { parameter in
      let node = graph.nodes[parameter.node]
      let isNorm = if case .batchNormalization = node.operation { true } else { false }
      let word =
        switch parameter.role {
        case .weight: isNorm ? "gamma" : "kernel"
        case .bias: isNorm ? "beta" : "bias"
        case .runningMean: "moving_mean"
        case .runningVariance: "moving_variance"
        }
      let own = parameter.shape.dimensions
      let shape = own.count == 4 ? [own[2], own[3], own[1], own[0]] : own.reversed()
      return SourceTensor(
        name: name(node) + "/" + word, shape: Shape(shape), type: "float32",
        byteCount: 4 * parameter.shape.elementCount)
    }
    let sorted = Self.sorted(order.map(\.name))
    if isNumbered {
      for kind in Set(order.map(\.kind)) {
        let own = sorted.filter { name in order.contains { $0.kind == kind && $0.name == name } }
        facts.sequences.append(own)
        for (number, name) in own.enumerated() {
          facts.layers["layers/" + kind + (number == 0 ? "" : "_\(number)")] = name
        }
      }
    } else {
      facts.sequences = [sorted]
    }
  }

  /// The layers with arrays in Keras's order: a shortcut's stand just before the last ones of their block.
  private static func sorted(_ names: [String]) -> [String] {
    var names = names
    for kind in ["conv", "bn"] {
      for shortcut in names where shortcut.hasSuffix("_0_\(kind)") {
        let block = shortcut.dropLast("0_\(kind)".count)
        guard
          let last = names.last(where: { $0.hasPrefix(block) && $0.hasSuffix("_\(kind)") && $0 != shortcut }),
          let from = names.firstIndex(of: shortcut)
        else { continue }
        names.remove(at: from)
        names.insert(shortcut, at: names.firstIndex(of: last) ?? 0)
      }
    }
    return names
  }

  private mutating func append(
    _ kind: String, _ name: String, _ settings: [String: Any], _ inputs: [String] = []
  ) {
    let tensors = inputs.map { name -> [String: Any] in
      ["class_name": "__keras_tensor__", "config": ["keras_history": [name, 0, 0]]]
    }
    let call: [String: Any] = [
      "args": tensors.count > 1 ? [tensors] as [Any] : tensors, "kwargs": ["mask": NSNull()],
    ]
    layers.append([
      "class_name": kind, "name": name, "module": "keras.layers", "registered_name": NSNull(),
      "config": settings.merging(["name": name, "trainable": true, "dtype": "float32"]) { $1 },
      "inbound_nodes": inputs.isEmpty ? [] : [call],
    ])
  }

  /// A node's name as Keras has it.
  private func name(_ node: Node) -> String {
    let parts = node.name.split(separator: ".").map(String.init)
    guard parts.count > 2, let stage = Int(parts[0].dropFirst(5)), let block = Int(parts[1]) else {
      return ["conv1": "conv1_conv", "bn1": "conv1_bn", "fc": "predictions", "norm": "post_bn"][node.name]
        ?? node.name.replacing(".", with: "_")
    }
    let prefix = "conv\(stage + 1)_block\(block + 1)_"
    if parts[2] == "downsample" { return prefix + (parts[3] == "0" ? "0_conv" : "0_bn") }
    if parts[2].hasPrefix("conv") { return prefix + parts[2].dropFirst(4) + "_conv" }
    guard parts[2].hasPrefix("bn"), let number = Int(parts[2].dropFirst(2)) else { return prefix + parts[2] }
    guard graph.architecture.block.isPreactivation else { return prefix + "\(number)_bn" }
    return prefix + (number == 1 ? "preact_bn" : "\(number - 1)_bn")
  }

  /// Changes the settings of a layer.
  mutating func set(_ layer: String, _ settings: [String: Any]) {
    edit(layer) { object in
      object["config"] = ((object["config"] as? [String: Any]) ?? [:]).merging(settings) { $1 }
    }
  }

  mutating func edit(_ layer: String, _ change: (inout Layer) -> Void) {
    for index in layers.indices where layers[index]["name"] as? String == layer { change(&layers[index]) }
  }

  /// The plan for the arrays and the configuration.
  ///
  /// - Parameter hasConfiguration: false for a file of weights alone.
  func plan(hasConfiguration: Bool = true, options: ImportOptions = ImportOptions()) throws -> ImportPlan {
    var facts = facts
    if hasConfiguration {
      let network: [String: Any] = [
        "class_name": "Functional",
        "config": [
          "name": "net", "layers": layers, "input_layers": [["input", 0, 0]],
          "output_layers": [[output, 0, 0]],
        ],
      ]
      facts.configuration = [UInt8](try JSONSerialization.data(withJSONObject: network))
    }
    let weights = UnreadableWeights(path: "net.keras", tensors: tensors, stateDict: nil, keras: facts)
    let claims = SourceClaims(file: "net.keras", origin: Origin(kind: .imported, source: "net.keras"))
    return try ImportSource(weights, claims: claims).plan(options: options)
  }
}

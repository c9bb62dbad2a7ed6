import Foundation
import Messages
import ModelDescriptor
import TensorCore
import TestSupport
import Testing
import WeightFiles

@testable import Importers

/// Keras files whose configuration, or whose order of layers, says what names and shapes do not.
@Suite struct KerasEvidenceTests {
  /// Keras's own first and second form with few blocks.
  private static func architecture(isSecond: Bool = false) -> Architecture {
    var net = Architecture(
      stem: .init(kind: .conv7x7, widths: [8], pool: true),
      stages: [
        .init(blocks: 2, width: 4, stride: isSecond ? 2 : 1),
        .init(blocks: 2, width: 8, stride: isSecond ? 1 : 2),
      ],
      block: isSecond ? .preactivationBottleneck : .bottleneck, bottleneckStride: isSecond ? .conv2 : .conv1,
      convolutionBias: isSecond ? .unnormalized : .all, classes: 3)
    net.normalization.epsilon = 1.001e-5
    net.stem.poolKind = .maxZeroPadded
    if isSecond {
      net.stridePosition = .last
      net.stem.isNormalized = false
    }
    return net
  }

  private static func network(isSecond: Bool = false, isNumbered: Bool = false) throws -> KerasNetwork {
    try KerasNetwork(architecture(isSecond: isSecond), isNumbered: isNumbered)
  }

  @Test(arguments: [false, true], [false, true])
  func `a configuration that describes the network leaves nothing to assume of it`(
    isSecond: Bool, isNumbered: Bool
  ) throws {
    let plan = try Self.network(isSecond: isSecond, isNumbered: isNumbered).plan()
    let net = Self.architecture(isSecond: isSecond)
    #expect(plan.descriptor.architecture.stages == net.stages)
    #expect(plan.notes.contains { $0.description.contains("describes the same network, layer by layer") })
    #expect(
      !plan.assumptions.contains {
        $0.assumption.what.contains("ReLU") || $0.assumption.what.contains("epsilon")
      })
  }

  @Test(arguments: [false, true])
  func `weights alone are read in Keras's order, and the usual is assumed`(isSecond: Bool) throws {
    for isNumbered in [false, true] {
      let plan = try Self.network(isSecond: isSecond, isNumbered: isNumbered).plan(hasConfiguration: false)
      #expect(plan.assumptions.contains { $0.assumption.what.contains("epsilon") })
    }
  }

  // MARK: Settings

  private static func refusal(_ change: (inout KerasNetwork) -> Void) throws -> ImportError? {
    var network = try network()
    change(&network)
    return #expect(throws: ImportError.self) { try network.plan() }
  }

  @Test func `an epsilon and strides of the file's own are taken over`() throws {
    var network = try Self.network()
    for layer in network.layers {
      guard let name = layer["name"] as? String else { continue }
      if name.hasSuffix("_bn") { network.set(name, ["epsilon": 0.5]) }
    }
    network.set("conv3_block1_1_conv", ["strides": [1, 1]])
    network.set("conv3_block1_2_conv", ["strides": [2, 2], "padding": "valid"])
    // A border before the convolution that strides now.
    network.layers.append([
      "class_name": "ZeroPadding2D", "name": "border",
      "config": ["name": "border", "padding": [[1, 1], [1, 1]]],
      "inbound_nodes": [[["conv3_block1_relu1", 0, 0]]],
    ])
    network.edit("conv3_block1_2_conv") { $0["inbound_nodes"] = [[["border", 0, 0, [String: Any]()]]] }
    let net = try network.plan().descriptor.architecture
    #expect(net.normalization.epsilon == 0.5)
    #expect(net.bottleneckStride == .conv2)
  }

  @Test func `the last pool is the one of the file`() throws {
    var network = try Self.network()
    network.edit("avgpool") { $0["class_name"] = "GlobalMaxPooling2D" }
    #expect(try network.plan().descriptor.architecture.globalPool == .max)
  }

  @Test(arguments: [
    ("conv2_block1_1_bn", "epsilon", JSONValue.number(0.5), "has the epsilon 0.5, not 1.001e-05"),
    (
      "conv2_block1_2_conv", "dilation_rate", .array([.integer(2), .integer(2)]), "has the dilation 2, not 1"
    ),
    ("conv2_block1_2_conv", "padding", .string("valid"), "has the padding 0, not 1"),
    ("conv2_block1_2_conv", "groups", .integer(2), "has the groups 2, not 1"),
    ("conv2_block1_2_conv", "activation", .string("tanh"), "has the activation 'tanh'"),
    ("conv2_block1_2_conv", "activation", .string("relu"), "is a ReLU where the network has"),
    ("conv2_block1_2_conv", "strides", .array([.integer(1), .integer(2)]), "has the setting strides [1, 2]"),
    ("conv2_block1_2_conv", "data_format", .string("channels_first"), "axes in another order"),
    ("conv2_block1_2_conv", "use_bias", .boolean(false), "has a bias among the arrays"),
    ("conv2_block1_2_conv", "rank_of_adapters", .integer(4), "rank_of_adapters 4, which is not known"),
    ("conv2_block1_2_conv", "dtype", .string("int8"), "numbers of the type 'int8'"),
    ("conv2_block1_relu1", "activation", .string("tanh"), "has the activation 'tanh'"),
    ("conv2_block1_1_bn", "axis", .integer(2), "normalises the axis 2"),
    ("conv2_block1_1_bn", "scale", .boolean(false), "has a gamma among the arrays"),
    ("maxpool_pad", "padding", .integer(0), "is a max-pool"),
    (
      "maxpool_pad", "padding",
      .array([.array([.integer(0), .integer(1)]), .array([.integer(0), .integer(1)])]), "padding"
    ),
    ("maxpool", "pool_size", .array([.integer(2), .integer(2)]), "is a max-pool"),
    ("predictions", "activation", .string("sigmoid"), "is a Sigmoid, so that several classes"),
    ("predictions", "activation", .string("relu"), "is a ReLU where"),
    ("predictions", "units", .integer(4), "has the units 4, not 3"),
  ])
  func `a setting of another network is refused by name`(
    layer: String, setting: String, value: JSONValue, words: String
  ) throws {
    let error = try Self.refusal { $0.set(layer, [setting: value.object]) }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(
      error?.message.contains("'\(layer)'") == true || layer == "maxpool_pad", "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("Lambda", "keras.layers", "is no layer that is read here"), ("Rescaling", "keras.layers", "is no layer"),
    ("Activation", "mine.layers", "has code of its own"),
  ])
  func `a class that is not known is refused`(kind: String, module: String, words: String) throws {
    let error = try Self.refusal { network in
      network.edit("conv2_block1_relu1") { ($0["class_name"], $0["module"]) = (kind, module) }
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `a layer that does not say the order of its axes has Keras's usual one`() throws {
    let error = try Self.refusal { network in
      for layer in network.layers {
        guard let name = layer["name"] as? String, let kind = layer["class_name"] as? String else { continue }
        if kind == "Conv2D" { network.set(name, ["data_format": "channels_first"]) }
        if kind == "BatchNormalization" { network.set(name, ["axis": 1]) }
      }
    }
    #expect(error?.message.contains("axes in another order") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ([3], -1, true), ([3], 1, true), ([1, 3], -1, true), ([3, 1], 1, true), ([1, 1, -1], 3, true),
    ([3, 1], -1, false), ([1, 3], 1, false), ([-1, 3], -1, false), ([3], 2, false),
  ])
  func `a softmax is over all classes, or refused`(shape: [Int], axis: Int, isRead: Bool) throws {
    var network = try Self.network()
    network.set("predictions", ["activation": "linear"])
    for (kind, name, settings, input) in [
      ("Reshape", "shape", ["target_shape": shape] as [String: Any], "predictions"),
      ("Softmax", "softmax", ["axis": axis], "shape"),
    ] {
      network.layers.append([
        "class_name": kind, "name": name, "module": "keras.layers",
        "config": settings.merging(["name": name]) { $1 }, "inbound_nodes": [[[input, 0, 0]]],
      ])
    }
    network.output = "softmax"
    if isRead {
      _ = try network.plan()
    } else {
      let error = #expect(throws: ImportError.self) { try network.plan() }
      #expect(error?.message.contains("is over the axis \(axis)") == true, "\(error?.message ?? "")")
    }
  }

  @Test func `a layer that does something in training only is passed by`() throws {
    var network = try Self.network()
    network.edit("conv2_block1_relu1") { layer in
      layer["name"] = "drop"
      layer["class_name"] = "Dropout"
      layer["config"] = ["name": "drop", "rate": 0.2, "noise_shape": JSONValue.null.object, "seed": 1]
      layer["inbound_nodes"] = [[["relu1", 0, 0]]]
    }
    network.layers.append([
      "class_name": "ReLU", "name": "relu1",
      "config": [
        "name": "relu1", "max_value": JSONValue.null.object, "negative_slope": 0.0, "threshold": 0.0,
      ],
      "inbound_nodes": [[["conv2_block1_1_bn", 0, 0, ["training": false]]]],
    ])
    network.edit("conv2_block1_2_conv") { $0["inbound_nodes"] = [[["drop", 0, 0]]] }
    _ = try network.plan()
  }

  // MARK: Connections

  @Test(arguments: [
    ("conv2_block2_1_conv", ["conv2_block1_add"], "'conv2_block1_add' is a sum where the network has ReLU"),
    ("conv2_block2_2_conv", ["conv2_block2_1_bn"], "is a batch norm where the network has ReLU"),
    ("conv2_block2_add", ["conv2_block2_3_bn", "conv2_block2_3_bn"], "where the network has ReLU"),
    ("conv3_block1_0_conv", ["conv2_block2_add"], "is a sum where the network has ReLU"),
    ("conv2_block2_add", ["conv2_block2_3_bn"], "reads 1 layers"),
    ("conv2_block1_1_conv", ["conv2_block1_1_conv"], "follows from itself"),
    ("conv2_block1_1_conv", ["nothing"], "there is no layer 'nothing'"),
  ])
  func `a layer that reads another one is refused`(layer: String, inputs: [String], words: String) throws {
    let error = try Self.refusal { network in
      network.edit(layer) { $0["inbound_nodes"] = [inputs.map { [$0, 0, 0] as [Any] }] }
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `a norm that takes the statistics of its batch is refused`() throws {
    let error = try Self.refusal { network in
      network.edit("conv1_bn") { $0["inbound_nodes"] = [[["conv1_conv", 0, 0, ["training": true]]]] }
    }
    #expect(
      error?.message.contains("is called with the argument 'training'") == true, "\(error?.message ?? "")")
  }

  @Test func `augmentation before the network is passed by, and anything else is not`() throws {
    for (kind, isPassed) in [("RandomFlip", true), ("Rescaling", false)] {
      var network = try Self.network()
      network.layers.append([
        "class_name": kind, "name": "first", "config": ["name": "first"],
        "inbound_nodes": [[["input", 0, 0, ["training": true]]]],
      ])
      network.edit("conv1_conv_pad") { $0["inbound_nodes"] = [[["first", 0, 0]]] }
      if isPassed { _ = try network.plan() } else { #expect(throws: ImportError.self) { try network.plan() } }
    }
  }

  @Test func `layers without a known way through them are an assumption`() throws {
    let network = try Self.network()
    var facts = network.facts
    facts.configuration = Array(#"{"class_name": "MyNet", "module": "mine", "config": {"depth": 3}}"#.utf8)
    let weights = UnreadableWeights(path: "net.keras", tensors: network.tensors, stateDict: nil, keras: facts)
    let claims = SourceClaims(file: "net.keras", origin: Origin(kind: .imported, source: "net.keras"))
    let plan = try ImportSource(weights, claims: claims).plan(options: ImportOptions())
    #expect(plan.assumptions.contains { $0.assumption.what.contains("'MyNet' has code of its own") })
  }

  @Test(arguments: ["{}", "[]", "3", #"{"class_name": "Functional", "config": {"layers": []}}"#])
  func `a configuration of another form is refused`(text: String) throws {
    let network = try Self.network()
    var facts = network.facts
    facts.configuration = Array(text.utf8)
    let weights = UnreadableWeights(path: "net.keras", tensors: network.tensors, stateDict: nil, keras: facts)
    let claims = SourceClaims(file: "net.keras", origin: Origin(kind: .imported, source: "net.keras"))
    #expect(throws: ImportError.self) {
      try ImportSource(weights, claims: claims).plan(options: ImportOptions())
    }
  }

  // MARK: Order

  private static let swaps = [
    ("conv2_block1_2_conv", "conv2_block2_2_conv"), ("conv2_block1_1_bn", "conv2_block1_2_bn"),
    ("conv2_block1_0_conv", "conv2_block1_3_conv"), ("conv2_block1_0_bn", "conv2_block1_3_bn"),
  ]

  @Test(arguments: swaps, [false, true])
  func `layers in another order than Keras's are refused`(
    swap: (String, String), hasConfiguration: Bool
  ) throws {
    for isNumbered in [false, true] {
      var network = try Self.network(isNumbered: isNumbered)
      let other = { (name: String) in name == swap.0 ? swap.1 : name == swap.1 ? swap.0 : name }
      network.facts.sequences = network.facts.sequences.map { $0.map(other) }
      network.facts.layers = network.facts.layers.mapValues(other)
      let error = #expect(throws: ImportError.self) { try network.plan(hasConfiguration: hasConfiguration) }
      #expect(error?.message.hasSuffix("do not trust this file") == true, "\(error?.message ?? "")")
    }
  }

  @Test func `arrays of a network within another one come in the order of its layers, and frozen ones last`()
    throws
  {
    var network = try Self.network()
    let layers = network.facts.sequences[0]
    network.facts.sequences = []
    func arrays(_ layers: some Sequence<String>, _ isStatistic: Bool) -> [KerasFacts.InnerArray] {
      layers.filter { !isStatistic || $0.hasSuffix("_bn") }.map { .init(layer: $0, isStatistic: isStatistic) }
    }
    let (early, late) = (layers.prefix(6), layers.dropFirst(6))
    let frozen = early.flatMap { arrays([$0], false) + arrays([$0], true) }
    let usual = arrays(layers, false) + arrays(layers, true)
    let half = arrays(late, false) + frozen + arrays(late, true)
    let none = layers.flatMap { arrays([$0], false) + arrays([$0], true) }
    // The configuration says which layers are trained; without one, all are or none.
    for (untrained, sound, others) in [
      ([], usual, [half, none]), (Array(early), half, [usual, none]), (layers, none, [usual, half]),
    ] {
      var own = network
      for name in untrained { own.set(name, ["trainable": false]) }
      own.facts.innerArrays = [sound]
      _ = try own.plan()
      for other in others {
        own.facts.innerArrays = [other]
        #expect(throws: ImportError.self) { try own.plan() }
      }
    }
    for sound in [usual, none] {
      network.facts.innerArrays = [sound]
      _ = try network.plan(hasConfiguration: false)
    }
    network.facts.innerArrays = [half]
    #expect(throws: ImportError.self) { try network.plan(hasConfiguration: false) }
    var swapped = layers
    swapped.swapAt(3, 9)
    for order in [
      arrays(swapped, false) + arrays(layers, true), arrays(layers, false) + arrays(swapped, true),
      late.flatMap { arrays([$0], false) + arrays([$0], true) } + frozen,
    ] {
      network.facts.innerArrays = [order]
      let error = #expect(throws: ImportError.self) { try network.plan() }
      #expect(error?.message.hasSuffix("do not trust this file") == true, "\(error?.message ?? "")")
    }
  }
}

extension JSONValue {
  /// The value as JSON's writer takes it.
  fileprivate var object: Any {
    switch self {
    case .null: NSNull()
    case .boolean(let flag): flag
    case .integer(let number): number
    case .natural(let number): number
    case .number(let number): number
    case .string(let text): text
    case .array(let elements): elements.map(\.object)
    case .object(let members): members.mapValues(\.object)
    }
  }
}

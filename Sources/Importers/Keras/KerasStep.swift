import ModelDescriptor
import ResNetGraph

/// One thing that a layer of a Keras network computes.
struct KerasStep {
  enum Work: Equatable {
    case input
    /// Zeros around a map.
    case border(Int)
    case convolution(Convolution)
    case norm(epsilon: Double)
    case relu
    case sigmoid
    case softmax
    case maxPool(Pool)
    case averagePool(AveragePool)
    case globalAveragePool
    case globalMaxPool
    case linear(outputs: Int)
    case add
    case scale
  }

  var work: Work
  var inputs: [Int]
  /// The layer's name and class.
  var layer: String
  var kind: String
  /// Arrays that the layer must have, by their words.
  var arrays: [String: Bool] = [:]
  /// True if it is one vector for each image.
  var isPooled = false
}

/// The steps of a network, and the one that is its answer.
struct KerasSteps {
  private(set) var steps: [KerasStep] = []
  private(set) var output = 0
  private var places: [String: Int] = [:]
  /// The order of the axes of all maps.
  private var format: String?

  init(_ configuration: KerasConfiguration) throws(KerasFault) {
    steps = [KerasStep(work: .input, inputs: [], layer: "", kind: "InputLayer")]
    places[KerasConfiguration.images] = 0
    for layer in configuration.layers { try add(layer) }
    guard let output = places[configuration.output] else { throw KerasFault("the output is no layer") }
    self.output = output
  }

  private mutating func append(
    _ layer: KerasConfiguration.Layer, _ work: KerasStep.Work, _ inputs: [Int], arrays: [String: Bool] = [:],
    isPooled: Bool? = nil
  ) {
    let isPooled = isPooled ?? inputs.first.map { steps[$0].isPooled } ?? false
    steps.append(
      KerasStep(
        work: work, inputs: inputs, layer: layer.name, kind: layer.kind, arrays: arrays, isPooled: isPooled))
    places[layer.id] = steps.count - 1
  }

  /// Layers that only do something in training, or only name their input anew.
  private static let neutral: Set<String> = [
    "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "ActivityRegularization", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation",
    "RandomContrast", "RandomBrightness",
  ]

  private mutating func add(_ layer: KerasConfiguration.Layer) throws(KerasFault) {
    var settings = try KerasSettings(layer)
    if layer.kind == "InputLayer" {
      _ = settings.take("optional")
      try settings.require("sparse", .boolean(false), .null)
      try settings.require("ragged", .boolean(false), .null)
      try settings.expectEnd()
      places[layer.id] = 0
      return
    }
    var inputs: [Int] = []
    for id in layer.inputs.isEmpty ? [KerasConfiguration.images] : layer.inputs {
      guard let place = places[id] else { throw settings.fault("reads a layer that is computed later") }
      inputs.append(place)
    }
    guard inputs.count == (["Add", "Multiply"].contains(layer.kind) ? 2 : 1) else {
      throw settings.fault("reads \(inputs.count) layers, as none of a residual network does")
    }
    if Self.neutral.contains(layer.kind) {
      places[layer.id] = inputs[0]
      return
    }
    try hearFormat(&settings)
    switch layer.kind {
    case "ZeroPadding2D":
      append(layer, .border(try settings.border("padding")), inputs)
    case "Conv2D": try convolution(layer, &settings, inputs[0])
    case "BatchNormalization": try norm(layer, &settings, inputs)
    case "Activation": try activation(layer, try settings.text("activation", "linear"), settings)
    case "ReLU":
      try settings.require("max_value", .null)
      for name in ["negative_slope", "threshold"] {
        try settings.require(name, .integer(0), .number(0), .null)
      }
      append(layer, .relu, inputs)
    case "Softmax":
      try settings.require("axis", .integer(-1), .integer(1))
      append(layer, .softmax, inputs)
    case "MaxPooling2D", "AveragePooling2D": try pool(layer, &settings, inputs[0])
    case "GlobalAveragePooling2D", "GlobalMaxPooling2D":
      _ = try settings.flag("keepdims", false)
      append(
        layer, layer.kind == "GlobalMaxPooling2D" ? .globalMaxPool : .globalAveragePool, inputs,
        isPooled: true)
    case "Dense": try dense(layer, &settings, inputs)
    case "Add": append(layer, .add, inputs)
    case "Multiply": append(layer, .scale, inputs)
    case "Flatten", "Reshape":
      // A vector stays the same numbers in the same order, whatever its form.
      guard steps[inputs[0]].isPooled else { throw settings.fault("makes a vector of a map") }
      _ = settings.take("target_shape")
      places[layer.id] = inputs[0]
    default: throw settings.fault("is no layer that is read here")
    }
    try settings.expectEnd()
  }

  private mutating func hearFormat(_ settings: inout KerasSettings) throws(KerasFault) {
    guard let value = settings.take("data_format"), value != .null else { return }
    guard case .string(let text) = value, ["channels_last", "channels_first"].contains(text),
      text == format ?? text
    else { throw settings.fault("has its axes in another order than the layers before: \(value.words)") }
    format = text
  }

  private mutating func activation(
    _ layer: KerasConfiguration.Layer, _ name: String, _ settings: KerasSettings
  ) throws(KerasFault) {
    let place = places[layer.id].map { [$0] } ?? layer.inputs.compactMap { places[$0] }
    switch name {
    case "linear": if let first = place.first { places[layer.id] = first }
    case "relu": append(layer, .relu, place)
    case "sigmoid": append(layer, .sigmoid, place)
    case "softmax": append(layer, .softmax, place)
    default: throw settings.fault("has the activation '\(name)'")
    }
  }

  private mutating func convolution(
    _ layer: KerasConfiguration.Layer, _ settings: inout KerasSettings, _ input: Int
  ) throws(KerasFault) {
    let kernel = try settings.side("kernel_size") ?? 1
    let stride = try settings.side("strides") ?? 1
    var dilation = try settings.side("dilation_rate") ?? 1
    if kernel == 1 { dilation = 1 }
    let groups = try settings.count("groups") ?? 1
    let outputs = try settings.count("filters") ?? 0
    let hasBias = try settings.flag("use_bias", true)
    let (source, padding) = try padding(
      &settings, input, extent: dilation * (kernel - 1) + 1, stride: stride)
    append(
      layer,
      .convolution(
        Convolution(
          inputChannels: 0, outputChannels: outputs, kernel: kernel, stride: stride, padding: padding,
          dilation: dilation, groups: groups, hasBias: hasBias)), [source],
      arrays: ["kernel": true, "bias": hasBias])
    try activation(layer, try settings.text("activation", "linear"), settings)
  }

  /// The zeros on each side of a map, of the window itself or of a layer before it, and the step before these.
  private func padding(
    _ settings: inout KerasSettings, _ input: Int, extent: Int, stride: Int
  ) throws(KerasFault) -> (source: Int, padding: Int) {
    var source = input
    var padding = 0
    while case .border(let width) = steps[source].work {
      padding += width
      source = steps[source].inputs[0]
    }
    switch try settings.text("padding", "valid") {
    case "valid": return (source, padding)
    case "same" where extent == 1: return (source, padding)
    case "same" where extent % 2 == 1 && stride == 1: return (source, padding + extent / 2)
    case let other:
      throw settings.fault(
        "pads '\(other)', as many pixels before as behind only for some extents, where the networks here pad all sides alike"
      )
    }
  }

  private mutating func norm(
    _ layer: KerasConfiguration.Layer, _ settings: inout KerasSettings, _ inputs: [Int]
  ) throws(KerasFault) {
    let axis = settings.take("axis") ?? .integer(-1)
    let channels: JSONValue = .integer(format == "channels_first" && !steps[inputs[0]].isPooled ? 1 : 3)
    guard [channels, .array([channels])].contains(axis) || axis == .integer(-1) && channels == .integer(3)
    else {
      throw settings.fault("normalises the axis \(axis.words)")
    }
    let (shifts, scales) = (try settings.flag("center", true), try settings.flag("scale", true))
    append(
      layer, .norm(epsilon: try settings.number("epsilon", 1e-3)), inputs,
      arrays: ["gamma": scales, "beta": shifts, "moving_mean": true, "moving_variance": true])
  }

  private mutating func pool(
    _ layer: KerasConfiguration.Layer, _ settings: inout KerasSettings, _ input: Int
  ) throws(KerasFault) {
    let kernel = try settings.side("pool_size") ?? 2
    let stride = try settings.side("strides") ?? kernel
    if layer.kind == "MaxPooling2D" {
      let isPlain = settings.says("padding", "valid") || kernel == 1
      let (source, padding) = try padding(&settings, input, extent: kernel, stride: stride)
      // Keras pads the map of a max-pool with values below all numbers; zeros come from a layer before it alone.
      let ownZeros = source != input
      guard !ownZeros || isPlain else { throw settings.fault("pads a map with zeros around it once more") }
      append(
        layer,
        .maxPool(
          Pool(kernel: kernel, stride: stride, padding: padding, padsWithZeros: ownZeros && padding > 0)),
        [source])
      return
    }
    if case .border = steps[input].work {
      throw settings.fault("takes the mean of a map with zeros around it")
    }
    let edge: AveragePool.Edge
    switch try settings.text("padding", "valid") {
    case "valid": edge = .dropped
    case "same" where kernel == stride: edge = .partial
    case let other: throw settings.fault("pads '\(other)'")
    }
    append(layer, .averagePool(AveragePool(kernel: kernel, stride: stride, edge: edge)), [input])
  }

  private mutating func dense(
    _ layer: KerasConfiguration.Layer, _ settings: inout KerasSettings, _ inputs: [Int]
  ) throws(KerasFault) {
    guard steps[inputs[0]].isPooled else { throw settings.fault("multiplies each pixel of a map") }
    let hasBias = try settings.flag("use_bias", true)
    append(
      layer, .linear(outputs: try settings.count("units") ?? 0), inputs,
      arrays: ["kernel": true, "bias": hasBias])
    try activation(layer, try settings.text("activation", "linear"), settings)
  }
}

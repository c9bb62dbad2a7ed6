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
  /// The axes of vectors, by the ids of the layers that put them out.
  private var axes: [String: Axes] = [:]

  /// The axes of one vector for each image, beside that of the images.
  private struct Axes: Equatable {
    var count = 1
    /// The axis of the channels, from 1 on, the others having one element each; nil where there are several.
    var channels: Int? = 1

    /// True for an axis as Keras counts them, the last one being -1 too.
    func isChannels(_ axis: Int64) -> Bool {
      channels.map { Int64($0) == axis || axis == -1 && $0 == count } ?? false
    }
  }

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
    if isPooled, axes[layer.id] == nil { axes[layer.id] = inputAxes(layer) }
  }

  /// The axes of the first vector that a layer reads.
  private func inputAxes(_ layer: KerasConfiguration.Layer) -> Axes {
    layer.inputs.lazy.compactMap { axes[$0] }.first
      ?? Axes(count: 3, channels: format == "channels_first" ? 1 : 3)
  }

  /// Refuses a layer over one axis of a vector that is not that of its channels.
  private func requireChannels(
    _ layer: KerasConfiguration.Layer, _ axis: Int64, _ settings: KerasSettings
  ) throws(KerasFault) {
    let own = axes[layer.id] ?? inputAxes(layer)
    guard own.isChannels(axis) else {
      throw settings.fault("is over the axis \(axis), which is not that of all classes or channels")
    }
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
      axes[layer.id] = layer.inputs.first.flatMap { axes[$0] }
      return
    }
    try hearFormat(&settings, of: layer)
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
      guard case .integer(let axis) = settings.take("axis") ?? .integer(-1), steps[inputs[0]].isPooled else {
        throw settings.fault("is over the axes of a map, or over several")
      }
      try requireChannels(layer, Int64(axis), settings)
      append(layer, .softmax, inputs)
    case "MaxPooling2D", "AveragePooling2D": try pool(layer, &settings, inputs[0])
    case "GlobalAveragePooling2D", "GlobalMaxPooling2D":
      let keeps = try settings.flag("keepdims", false)
      axes[layer.id] = keeps ? Axes(count: 3, channels: format == "channels_first" ? 1 : 3) : Axes()
      append(
        layer, layer.kind == "GlobalMaxPooling2D" ? .globalMaxPool : .globalAveragePool, inputs,
        isPooled: true)
    case "Dense": try dense(layer, &settings, inputs)
    case "Add": append(layer, .add, inputs, isPooled: inputs.allSatisfy { steps[$0].isPooled })
    case "Multiply":
      let map = Axes(count: 3, channels: format == "channels_first" ? 1 : 3)
      for (id, input) in zip(layer.inputs, inputs) where steps[input].isPooled && axes[id] != map {
        throw settings.fault("multiplies a map by a vector whose axes are not those of the map")
      }
      append(layer, .scale, inputs, isPooled: inputs.allSatisfy { steps[$0].isPooled })
    case "Flatten", "Reshape":
      // A vector stays the same numbers in the same order, whatever its form.
      guard steps[inputs[0]].isPooled else { throw settings.fault("makes a vector of a map") }
      axes[layer.id] = layer.kind == "Flatten" ? Axes() : try axes(of: layer, &settings)
      places[layer.id] = inputs[0]
    default: throw settings.fault("is no layer that is read here")
    }
    try settings.expectEnd()
  }

  /// The axes of a vector in another form.
  private func axes(
    of layer: KerasConfiguration.Layer, _ settings: inout KerasSettings
  ) throws(KerasFault) -> Axes {
    guard case .array(let extents)? = settings.take("target_shape"), (1...8).contains(extents.count) else {
      throw settings.fault("has no shape that is known")
    }
    let places = extents.indices.filter { extents[$0] != .integer(1) }
    // Of one channel alone any axis is that of the channels.
    return Axes(
      count: extents.count, channels: places.count > 1 ? nil : (places.first ?? extents.count - 1) + 1)
  }

  /// Layers that go by the order of the axes; where they do not say it, Keras takes the channels for the last.
  private static let ordered: Set<String> = [
    "ZeroPadding2D", "Conv2D", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
  ]

  private mutating func hearFormat(
    _ settings: inout KerasSettings, of layer: KerasConfiguration.Layer
  ) throws(KerasFault) {
    var value = settings.take("data_format") ?? .null
    if value == .null {
      guard Self.ordered.contains(layer.kind) else { return }
      value = .string("channels_last")
    }
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
    case "linear":
      if let first = place.first { places[layer.id] = first }
      if axes[layer.id] == nil { axes[layer.id] = layer.inputs.first.flatMap { axes[$0] } }
    case "relu": append(layer, .relu, place)
    case "sigmoid": append(layer, .sigmoid, place)
    case "softmax":
      guard place.allSatisfy({ steps[$0].isPooled }) else { throw settings.fault("is a softmax of a map") }
      try requireChannels(layer, -1, settings)
      append(layer, .softmax, place)
    default: throw settings.fault("has the activation '\(name)'")
    }
  }

  private mutating func convolution(
    _ layer: KerasConfiguration.Layer, _ settings: inout KerasSettings, _ input: Int
  ) throws(KerasFault) {
    if steps[input].isPooled, inputAxes(layer) != Axes(count: 3, channels: format == "channels_first" ? 1 : 3)
    {
      throw settings.fault("takes a vector whose axes are not those of a map")
    }
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
    var axis = settings.take("axis") ?? .integer(-1)
    if case .array(let list) = axis, list.count == 1 { axis = list[0] }
    if steps[inputs[0]].isPooled {
      guard case .integer(let number) = axis else {
        throw settings.fault("normalises the axis \(axis.words)")
      }
      try requireChannels(layer, Int64(number), settings)
      axis = .integer(3)
    }
    let channels: JSONValue = .integer(format == "channels_first" && !steps[inputs[0]].isPooled ? 1 : 3)
    guard channels == axis || axis == .integer(-1) && channels == .integer(3)
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
    try requireChannels(layer, -1, settings)
    let hasBias = try settings.flag("use_bias", true)
    append(
      layer, .linear(outputs: try settings.count("units") ?? 0), inputs,
      arrays: ["kernel": true, "bias": hasBias])
    try activation(layer, try settings.text("activation", "linear"), settings)
  }
}

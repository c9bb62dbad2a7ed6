public import ModelDescriptor

/// Channels, height and width of one node's output for one image.
public struct FeatureShape: Hashable, Sendable, CustomStringConvertible {
  /// Feature maps.
  public var channels: Int
  /// In pixels.
  public var height: Int
  /// In pixels.
  public var width: Int

  /// A shape from its extents.
  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Numbers in the output of one image.
  public var elementCount: Int { channels * height * width }

  /// For example `64×112×112`.
  public var description: String { "\(channels)×\(height)×\(width)" }
}

extension Graph {
  /// Heights and widths that a network takes.
  public static let inputSideLimit = 1...16384

  /// The output shape of each node for images of the given size; the architecture's own size by default.
  ///
  /// - Throws: ``DescriptorError`` with ``DescriptorError/Code/outOfRange`` when the size is outside
  ///   ``inputSideLimit`` or leaves a node nothing to put out.
  public func shapes(height: Int? = nil, width: Int? = nil) throws(DescriptorError) -> [FeatureShape] {
    let height = height ?? architecture.input.height
    let width = width ?? architecture.input.width
    guard Self.inputSideLimit.contains(height), Self.inputSideLimit.contains(width) else {
      throw DescriptorError(
        .outOfRange, field: "input",
        "images of \(height)×\(width): height and width must be from \(Self.inputSideLimit.lowerBound) to "
          + "\(Self.inputSideLimit.upperBound)")
    }
    return try shapes(height: height, width: width) { _, fault in
      DescriptorError(.outOfRange, field: "input", "an image of \(height)×\(width) \(fault)")
    }
  }

  /// - Throws: ``DescriptorError`` with ``DescriptorError/Code/contradiction`` that names the stage which leaves nothing
  ///   of the images that the architecture is made for.
  func requireRoom() throws(DescriptorError) {
    let input = architecture.input
    guard Self.inputSideLimit.contains(input.height), Self.inputSideLimit.contains(input.width) else {
      return
    }
    _ = try shapes(height: input.height, width: input.width) { node, fault in
      let stage = node.dropFirst("layer".count).prefix { $0.isNumber }
      let field = node.hasPrefix("layer") ? Int(stage).map { "stages[\($0 - 1)].stride" } : nil
      return DescriptorError(
        .contradiction, field: field ?? "stem", "the input of \(input.height)×\(input.width) \(fault)")
    }
  }

  /// - Parameter failure: makes an error of a node's name and what is wrong there.
  private func shapes(
    height: Int, width: Int, failure: (String, String) -> DescriptorError
  ) throws(DescriptorError) -> [FeatureShape] {
    var shapes: [FeatureShape] = []
    shapes.reserveCapacity(nodes.count)
    for node in nodes {
      var shape =
        node.inputs.first.map { shapes[$0] }
        ?? FeatureShape(channels: architecture.input.channels, height: height, width: width)
      node.operation.apply(to: &shape)
      guard shape.height > 0, shape.width > 0 else {
        throw failure(node.name, "is too small: nothing is left at \(node.name)")
      }
      if node.inputs.count > 1 {
        let other = shapes[node.inputs[1]]
        switch node.operation {
        case .concatenate: shape.channels += other.channels
        case .add where other != shape:
          throw failure(
            node.name,
            "does not fit: \(node.name) cannot add \(shape) and \(other), as its branches round differently")
        default: break
        }
      }
      shapes.append(shape)
    }
    return shapes
  }

  /// Multiplications with additions that one image takes, in convolutions and linear layers.
  ///
  /// - Throws: as ``shapes(height:width:)``.
  public func multiplyAdds(height: Int? = nil, width: Int? = nil) throws(DescriptorError) -> Int {
    let shapes = try shapes(height: height, width: width)
    return nodes.indices.reduce(0) { $0 + nodes[$1].operation.multiplyAdds(output: shapes[$1]) }
  }
}

extension Operation {
  /// Turns the shape of the (first) input into that of the output.
  func apply(to shape: inout FeatureShape) {
    switch self {
    case .input, .batchNormalization, .groupNormalization, .relu, .sigmoid, .channelConvolution, .add, .mean,
      .concatenate, .scale:
      break
    case .convolution(let convolution):
      let reach = convolution.dilation * (convolution.kernel - 1) + 1
      shape.channels = convolution.outputChannels
      shape.height = outputSide(
        shape.height, reach: reach, stride: convolution.stride, padding: convolution.padding)
      shape.width = outputSide(
        shape.width, reach: reach, stride: convolution.stride, padding: convolution.padding)
    case .maxPool(let pool):
      shape.height = outputSide(shape.height, reach: pool.kernel, stride: pool.stride, padding: pool.padding)
      shape.width = outputSide(shape.width, reach: pool.kernel, stride: pool.stride, padding: pool.padding)
    case .averagePool(let pool):
      shape.height = pool.outputSide(shape.height)
      shape.width = pool.outputSide(shape.width)
    case .blur(let blur):
      // One pixel has no neighbour to reflect.
      shape.height = shape.height < 2 ? 0 : (shape.height - 1) / blur.stride + 1
      shape.width = shape.width < 2 ? 0 : (shape.width - 1) / blur.stride + 1
    case .globalAveragePool, .globalMaxPool:
      shape.height = 1
      shape.width = 1
    case .linear(let linear):
      shape.channels = linear.outputs
    case .zeroPadShortcut(let shortcut):
      shape.channels += 2 * shortcut.padding
      shape.height = (shape.height - 1) / shortcut.stride + 1
      shape.width = (shape.width - 1) / shortcut.stride + 1
    }
  }

  /// Multiplications with additions for one image.
  public func multiplyAdds(output shape: FeatureShape) -> Int {
    switch self {
    case .convolution(let convolution):
      convolution.inputChannels / convolution.groups * convolution.kernel * convolution.kernel
        * shape.elementCount
    case .linear(let linear):
      linear.inputs * linear.outputs
    case .channelConvolution(let convolution):
      convolution.kernel * shape.channels
    default:
      0
    }
  }

  /// Positions that a window of `reach` pixels has along one side; 0 or less when it does not fit.
  private func outputSide(_ side: Int, reach: Int, stride: Int, padding: Int) -> Int {
    let room = side + 2 * padding - reach
    return room < 0 ? 0 : room / stride + 1
  }
}

extension AveragePool {
  /// Windows along one side; 0 when none fits.
  fileprivate func outputSide(_ side: Int) -> Int {
    switch edge {
    case .dropped: side < kernel ? 0 : (side - kernel) / stride + 1
    // As many as begin within the input, and one after the first that reaches its end begins no more.
    case .partial: min((max(side - kernel, 0) + stride - 1) / stride, (side - 1) / stride) + 1
    case .zeros: side
    }
  }
}

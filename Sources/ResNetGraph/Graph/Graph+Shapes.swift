public import ModelDescriptor

/// Channels, height and width of one node's output for one image.
public struct FeatureShape: Hashable, Sendable, CustomStringConvertible {
  /// Feature maps.
  public var channels: Int
  /// Height in pixels.
  public var height: Int
  /// Width in pixels.
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

  /// Checks the images that the architecture is made for.
  ///
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

  /// The output shape of each node.
  ///
  /// - Parameter failure: makes an error of a node's name and the fault there.
  private func shapes(
    height: Int, width: Int, failure: (String, String) -> DescriptorError
  ) throws(DescriptorError) -> [FeatureShape] {
    var shapes: [FeatureShape] = []
    shapes.reserveCapacity(nodes.count)
    let image = FeatureShape(channels: architecture.input.channels, height: height, width: width)
    for node in nodes {
      let inputs = node.inputs.isEmpty ? [image] : node.inputs.map { shapes[$0] }
      let shape: FeatureShape
      do {
        shape = try node.operation.definition.outputShape(of: inputs)
      } catch {
        throw failure(
          node.name,
          "does not fit: \(node.name) cannot add \(error.first) and \(error.second), as its branches round "
            + "differently")
      }
      guard shape.height > 0, shape.width > 0 else {
        throw failure(node.name, "is too small: nothing is left at \(node.name)")
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

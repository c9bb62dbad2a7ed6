import ModelDescriptor

extension Graph {
  /// The convolutions and linear layers, which can compute with integers, in the order of the nodes.
  package var layersOfWeights: [Int] {
    nodes.indices.filter { index in
      switch nodes[index].operation {
      case .convolution, .linear: true
      default: false
      }
    }
  }

  /// Checks the names of a quantization against the nodes (NETWORK §3.3).
  ///
  /// - Throws: ``DescriptorError`` that names the first offending field.
  func validateQuantization() throws(DescriptorError) {
    guard let quantization = architecture.quantization else { return }
    let places = Dictionary(nodes.indices.map { (nodes[$0].name, $0) }) { first, _ in first }
    for name in quantization.maps.keys.sorted() {
      let field = "quantization.maps.\(name)"
      guard let node = places[name] else {
        throw DescriptorError(.outOfRange, field: field, "the network has no node of this name")
      }
      guard node < nodes.count - 1 else {
        throw DescriptorError(
          .contradiction, field: field, "this node puts out the logits, which are not rounded")
      }
    }
    var last = -1
    for (index, name) in quantization.layers.enumerated() {
      do throws(DescriptorError) {
        let node = try integerLayer(name, at: places[name], quantization)
        guard node > last else {
          let fault = node == last ? "is listed twice" : "stands before one that runs earlier"
          throw DescriptorError(
            .contradiction, field: "", "'\(name)' \(fault); layers stand in the order of the network")
        }
        last = node
      } catch {
        throw error.within("quantization.layers[\(index)]")
      }
    }
  }

  /// The place of a layer that computes with integers.
  private func integerLayer(
    _ name: String, at place: Int?, _ quantization: Quantization
  ) throws(DescriptorError) -> Int {
    guard let place else {
      throw DescriptorError(.outOfRange, field: "", "the network has no node '\(name)'")
    }
    let node = nodes[place]
    switch node.operation {
    case .convolution(let convolution):
      guard convolution.standardization == nil else {
        throw DescriptorError(
          .contradiction, field: "", "the weights of '\(name)' are standardised, which integers cannot be")
      }
      try Self.requireRoom(
        for: convolution.inputChannels / convolution.groups * convolution.kernel * convolution.kernel,
        in: name)
    case .linear(let linear): try Self.requireRoom(for: linear.inputs, in: name)
    default:
      throw DescriptorError(
        .contradiction, field: "", "'\(name)' is a \(node.operation.name), no convolution or linear layer")
    }
    let input = nodes[node.inputs[0]].name
    guard quantization.maps[input] != nil else {
      throw DescriptorError(
        .contradiction, field: "", "'\(name)' reads '\(input)', which is none of the maps")
    }
    return place
  }

  /// Sums of more products could overflow 32 bits.
  private static func requireRoom(for products: Int, in name: String) throws(DescriptorError) {
    guard products <= QuantizableParts.depthLimit else {
      throw DescriptorError(
        .outOfRange, field: "",
        "'\(name)' adds \(products) products for each output; with integers at most \(QuantizableParts.depthLimit)"
      )
    }
  }
}

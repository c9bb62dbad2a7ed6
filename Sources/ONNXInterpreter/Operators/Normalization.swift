import WeightFiles

extension ONNXCall {
  private var epsilon: Double { Double(node.float("epsilon") ?? 1e-5) }

  /// Images, channels and pixels of the first input.
  private func extents() throws(ONNXFault) -> (images: Int, channels: Int, pixels: Int) {
    let shape = try input(0).shape
    guard shape.count >= 2 else { throw ONNXFault("normalises a value of extents \(shape)") }
    return (shape[0], shape[1], shape[2...].reduce(1, *))
  }

  func batchNormalization() throws(ONNXFault) -> ONNXValue {
    let (images, channels, pixels) = try extents()
    let input = try input(0)
    for index in 1..<5 {
      let shape = try self.input(index).shape
      guard shape == [channels] else {
        throw ONNXFault("has numbers of extents \(shape) for \(channels) channels")
      }
    }
    let isTraining = node.integer("training_mode") == 1
    return try value(input.shape) { () throws(ONNXFault) in
      guard var floats = input.floats, let scale = try self.input(1).floats,
        let shift = try self.input(2).floats, var mean = try self.input(3).floats,
        var variance = try self.input(4).floats
      else { return nil }
      for channel in 0..<channels {
        let rows = (0..<images).map { ($0 * channels + channel) * pixels }
        if isTraining {
          let statistics = Self.statistics(floats, rows.map { $0..<$0 + pixels })
          (mean[channel], variance[channel]) = (Float(statistics.mean), Float(statistics.variance))
        }
        let factor = Double(scale[channel]) / (Double(variance[channel]) + epsilon).squareRoot()
        let offset = Double(shift[channel]) - Double(mean[channel]) * factor
        for row in rows {
          for index in row..<row + pixels { floats[index] = Float(Double(floats[index]) * factor + offset) }
        }
      }
      return floats
    }
  }

  func instanceNormalization() throws(ONNXFault) -> ONNXValue {
    try normalization(groups: try extents().channels)
  }

  func groupNormalization() throws(ONNXFault) -> ONNXValue {
    try normalization(groups: node.integer("num_groups") ?? 0)
  }

  private func normalization(groups: Int) throws(ONNXFault) -> ONNXValue {
    let (images, channels, pixels) = try extents()
    let (input, weights, biases) = (try input(0), try input(1), try input(2))
    guard groups > 0, channels % groups == 0, weights.shape == biases.shape,
      weights.shape == [channels] || weights.shape == [groups]
    else {
      throw ONNXFault("normalises \(channels) channels in \(groups) groups with \(weights.shape) numbers")
    }
    let lane = channels / (weights.shape[0])
    let size = channels / groups * pixels
    return try value(input.shape) { () throws(ONNXFault) in
      guard var floats = input.floats, let scale = weights.floats, let shift = biases.floats else {
        return nil
      }
      for group in 0..<images * groups {
        let start = group * size
        let (mean, variance) = Self.statistics(floats, [start..<start + size])
        let inverse = 1 / (variance + epsilon).squareRoot()
        for index in start..<start + size {
          let channel = index / pixels % channels / lane
          floats[index] = Float(
            (Double(floats[index]) - mean) * inverse * Double(scale[channel]) + Double(shift[channel]))
        }
      }
      return floats
    }
  }

  private static func statistics(_ floats: [Float], _ rows: [Range<Int>]) -> (mean: Double, variance: Double)
  {
    let count = Double(max(rows.reduce(0) { $0 + $1.count }, 1))
    var sum = 0.0
    for row in rows { for index in row { sum += Double(floats[index]) } }
    let mean = sum / count
    var squares = 0.0
    for row in rows {
      for index in row { squares += (Double(floats[index]) - mean) * (Double(floats[index]) - mean) }
    }
    return (mean, squares / count)
  }
}

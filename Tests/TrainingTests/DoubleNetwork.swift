import Foundation
import ModelDescriptor
import ResNetGraph
import ResNetModel

/// A network in training as its definition reads, in double precision and in loops: what finite differences are taken of.
struct DoubleNetwork {
  /// [images][channels][height][width]
  struct Maps {
    var images: Int
    var channels: Int
    var height: Int
    var width: Int
    var values: [Double]

    init(images: Int, channels: Int, height: Int, width: Int, values: [Double]? = nil) {
      self.images = images
      self.channels = channels
      self.height = height
      self.width = width
      self.values = values ?? Array(repeating: 0, count: images * channels * height * width)
    }

    var pixels: Int { height * width }

    /// Where a channel of an image begins.
    func start(_ image: Int, _ channel: Int) -> Int { (image * channels + channel) * pixels }
  }

  let graph: Graph
  let shapes: [FeatureShape]
  /// The nodes whose norms take the batch's statistics.
  let trained: Set<Int>
  var tensors: [String: [Double]]

  init(_ model: Model, height: Int, width: Int, trained: Set<Int>) throws {
    graph = model.graph
    shapes = try graph.shapes(height: height, width: width)
    self.trained = trained
    tensors = Dictionary(
      uniqueKeysWithValues: graph.parameters.map { ($0.name, model.values($0.name).map(Double.init)) })
  }

  /// The mean cross-entropy.
  func loss(_ input: Maps, labels: [Int]) -> Double {
    let logits = logits(input)
    return labels.enumerated().reduce(0) { sum, entry in
      let row = logits.values[entry.offset * logits.channels..<(entry.offset + 1) * logits.channels]
      let largest = row.max() ?? 0
      let total = row.reduce(0) { $0 + exp($1 - largest) }
      return sum + (largest + log(total) - row[row.startIndex + entry.element]) / Double(labels.count)
    }
  }

  /// The logits, [images][classes].
  ///
  /// - Parameters:
  ///   - node: a node whose output is changed before others read it.
  ///   - shift: what is added to it.
  func logits(_ input: Maps, shifting node: Int? = nil, by shift: [Double] = []) -> Maps {
    var maps: [Maps] = []
    for index in graph.nodes.indices {
      maps.append(index == 0 ? input : output(of: index, maps))
      guard index == node else { continue }
      for place in shift.indices { maps[index].values[place] += shift[place] }
    }
    return maps[maps.count - 1]
  }

  private func tensor(_ index: Int, _ suffix: String) -> [Double] {
    tensors[graph.nodes[index].name + "." + suffix] ?? []
  }

  private func output(of index: Int, _ maps: [Maps]) -> Maps {
    let node = graph.nodes[index]
    let x = maps[node.inputs[0]]
    let shape = shapes[index]
    let empty = Maps(
      images: x.images, channels: shape.channels, height: shape.height, width: shape.width)
    switch node.operation {
    case .input: return x
    case .convolution(let convolution): return convolve(x, convolution, index, into: empty)
    case .batchNormalization(let norm): return batchNorm(x, norm, index)
    case .groupNormalization(let norm): return groupNorm(x, norm, index)
    case .relu: return x.map { max($0, 0) }
    case .sigmoid: return x.map { 1 / (1 + exp(-$0)) }
    case .maxPool(let pool):
      return window(x, into: empty, kernel: pool.kernel, stride: pool.stride, padding: pool.padding) { taps in
        (taps.map(\.value) + (pool.padsWithZeros && taps.count < pool.kernel * pool.kernel ? [0] : [])).max()
          ?? 0
      }
    case .averagePool(let pool):
      return window(x, into: empty, kernel: pool.kernel, stride: pool.stride, padding: 0) { taps in
        taps.reduce(0) { $0 + $1.value }
          / Double(pool.edge == .zeros ? pool.kernel * pool.kernel : taps.count)
      }
    case .blur(let blur):
      return window(x, into: empty, kernel: 3, stride: blur.stride, padding: 1, reflects: true) { taps in
        taps.reduce(0) { $0 + $1.value * [1, 2, 1][$1.row] * [1, 2, 1][$1.column] / 16 }
      }
    case .globalAveragePool: return x.reduced { $0.reduce(0, +) / Double($0.count) }
    case .globalMaxPool: return x.reduced { $0.max() ?? 0 }
    case .linear(let linear):
      let (weight, bias) = (tensor(index, "weight"), tensor(index, "bias"))
      var y = empty
      for image in 0..<x.images {
        for o in 0..<linear.outputs {
          var sum = linear.hasBias ? bias[o] : 0
          for i in 0..<linear.inputs {
            sum += weight[o * linear.inputs + i] * x.values[image * linear.inputs + i]
          }
          y.values[image * linear.outputs + o] = sum
        }
      }
      return y
    case .channelConvolution(let convolution):
      let weight = tensor(index, "weight")
      var y = empty
      for image in 0..<x.images {
        for channel in 0..<x.channels {
          for tap in 0..<convolution.kernel {
            let source = channel + tap - convolution.kernel / 2
            guard (0..<x.channels).contains(source) else { continue }
            y.values[image * x.channels + channel] += weight[tap] * x.values[image * x.channels + source]
          }
        }
      }
      return y
    case .add: return x.joined(maps[node.inputs[1]]) { $0 + $1 }
    case .mean: return x.joined(maps[node.inputs[1]]) { 0.5 * ($0 + $1) }
    case .concatenate:
      let other = maps[node.inputs[1]]
      var y = empty
      y.values = (0..<x.images).flatMap { image in
        Array(x.values[x.start(image, 0)..<x.start(image + 1, 0)])
          + Array(other.values[other.start(image, 0)..<other.start(image + 1, 0)])
      }
      return y
    case .scale:
      let gate = maps[node.inputs[1]]
      var y = x
      for index in y.values.indices { y.values[index] *= gate.values[index / x.pixels] }
      return y
    case .zeroPadShortcut(let shortcut):
      var y = empty
      for image in 0..<x.images {
        for channel in 0..<x.channels {
          for pixel in 0..<y.pixels {
            let (row, column) = (pixel / y.width * shortcut.stride, pixel % y.width * shortcut.stride)
            y.values[y.start(image, channel + shortcut.padding) + pixel] =
              x.values[x.start(image, channel) + row * x.width + column]
          }
        }
      }
      return y
    }
  }

  private func convolve(_ x: Maps, _ convolution: Convolution, _ index: Int, into empty: Maps) -> Maps {
    var weight = tensor(index, "weight")
    let inputs = convolution.inputChannels / convolution.groups
    let outputs = convolution.outputChannels / convolution.groups
    let (kernel, depth) = (convolution.kernel, inputs * convolution.kernel * convolution.kernel)
    if let epsilon = convolution.standardization {
      for start in stride(from: 0, to: weight.count, by: depth) {
        let row = weight[start..<start + depth]
        let mean = row.reduce(0, +) / Double(depth)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(depth)
        for at in row.indices { weight[at] = (weight[at] - mean) / (variance + epsilon).squareRoot() }
      }
    }
    let bias = convolution.hasBias ? tensor(index, "bias") : nil
    var y = empty
    for image in 0..<x.images {
      for o in 0..<convolution.outputChannels {
        let target = y.start(image, o)
        for at in 0..<y.pixels { y.values[target + at] = bias?[o] ?? 0 }
        for i in 0..<inputs {
          let source = x.start(image, o / outputs * inputs + i)
          for ky in 0..<kernel {
            for kx in 0..<kernel {
              let factor = weight[o * depth + (i * kernel + ky) * kernel + kx]
              for row in 0..<y.height {
                let top = row * convolution.stride + ky * convolution.dilation - convolution.padding
                guard top >= 0, top < x.height else { continue }
                for column in 0..<y.width {
                  let left = column * convolution.stride + kx * convolution.dilation - convolution.padding
                  guard left >= 0, left < x.width else { continue }
                  y.values[target + row * y.width + column] +=
                    factor * x.values[source + top * x.width + left]
                }
              }
            }
          }
        }
      }
    }
    return y
  }

  private func batchNorm(_ x: Maps, _ norm: BatchNormalization, _ index: Int) -> Maps {
    let (weight, bias) = (tensor(index, "weight"), tensor(index, "bias"))
    var y = x
    for channel in 0..<x.channels {
      let places = (0..<x.images).flatMap { x.start($0, channel)..<x.start($0, channel) + x.pixels }
      var mean = tensor(index, "running_mean")[channel]
      var variance = tensor(index, "running_var")[channel]
      if trained.contains(index) {
        mean = places.reduce(0) { $0 + x.values[$1] } / Double(places.count)
        variance =
          places.reduce(0) { $0 + (x.values[$1] - mean) * (x.values[$1] - mean) } / Double(places.count)
      }
      for at in places {
        y.values[at] =
          (x.values[at] - mean) / (variance + norm.epsilon).squareRoot() * weight[channel] + bias[channel]
      }
    }
    return y
  }

  private func groupNorm(_ x: Maps, _ norm: GroupNormalization, _ index: Int) -> Maps {
    let ones = Array(repeating: 1.0, count: x.channels)
    let weight = norm.isAffine ? tensor(index, "weight") : ones
    let bias = norm.isAffine ? tensor(index, "bias") : ones.map { _ in 0 }
    var y = x
    let size = x.channels / norm.groups * x.pixels
    for start in stride(from: 0, to: x.values.count, by: size) {
      let values = x.values[start..<start + size]
      let mean = values.reduce(0, +) / Double(size)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
      for at in values.indices {
        let channel = at / x.pixels % x.channels
        y.values[at] =
          (x.values[at] - mean) / (variance + norm.epsilon).squareRoot() * weight[channel] + bias[channel]
      }
    }
    return y
  }

  private struct Tap {
    var row: Int
    var column: Int
    var value: Double
  }

  private func window(
    _ x: Maps, into empty: Maps, kernel: Int, stride: Int, padding: Int, reflects: Bool = false,
    _ body: ([Tap]) -> Double
  ) -> Maps {
    func place(_ position: Int, _ side: Int) -> Int? {
      if (0..<side).contains(position) { return position }
      return reflects ? (position < 0 ? -position : 2 * side - 2 - position) : nil
    }
    var y = empty
    for map in 0..<x.images * x.channels {
      for pixel in 0..<y.pixels {
        var taps: [Tap] = []
        for ky in 0..<kernel {
          for kx in 0..<kernel {
            guard let row = place(pixel / y.width * stride + ky - padding, x.height),
              let column = place(pixel % y.width * stride + kx - padding, x.width)
            else { continue }
            taps.append(Tap(row: ky, column: kx, value: x.values[map * x.pixels + row * x.width + column]))
          }
        }
        y.values[map * y.pixels + pixel] = body(taps)
      }
    }
    return y
  }
}

extension DoubleNetwork.Maps {
  func map(_ body: (Double) -> Double) -> Self {
    var copy = self
    copy.values = values.map(body)
    return copy
  }

  func joined(_ other: Self, _ body: (Double, Double) -> Double) -> Self {
    var copy = self
    copy.values = zip(values, other.values).map(body)
    return copy
  }

  /// One number for each channel of each image.
  func reduced(_ body: (ArraySlice<Double>) -> Double) -> Self {
    Self(
      images: images, channels: channels, height: 1, width: 1,
      values: stride(from: 0, to: values.count, by: pixels).map { body(values[$0..<$0 + pixels]) })
  }
}

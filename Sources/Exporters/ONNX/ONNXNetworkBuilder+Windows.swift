import ResNetGraph
import TensorCore

/// Pools, blurs and the shortcut that subsamples: operations on pixels without weights of their own.
extension ONNXNetworkBuilder {
  /// ONNX's pool takes what lies beyond the edge as -∞, so that zeros have to be put there. ONNX Runtime 1.31 makes a Pad
  /// right before a pool a part of it, and -∞ of its zeros; a Max with the lowest number, which changes nothing, keeps
  /// them apart.
  mutating func maxPool(_ pool: Pool, _ index: Int) -> String {
    guard pool.padsWithZeros else {
      return step(
        "MaxPool", index, [], pool.isPartial ? pool.partialAttributes : pool.attributes(padding: pool.padding)
      )
    }
    let name = name(of: index)
    let lowest = constant(
      name + ".lowest", Tensor(shape: [1], floats: [-Float.greatestFiniteMagnitude]))
    let padded = padded(index, by: pool.padding)
    let kept = step("Max", named: name + ".kept", reading: [padded, lowest])
    return step("MaxPool", index, reading: [kept], pool.attributes(padding: 0))
  }

  /// A convolution of each channel for itself, over the reflected input.
  mutating func blur(_ blur: Blur, _ index: Int) -> String {
    let name = name(of: index)
    let count = channels[index]
    let filter = blur.weights.flatMap { y in blur.weights.map { x in y * x } }
    let filters = constant(
      name + ".filter",
      Tensor(
        shape: [count, 1, blur.window.kernel, blur.window.kernel], floats: (0..<count).flatMap { _ in filter }
      ))
    let padded = padded(index, by: blur.window.padding, [.text("mode", "reflect")])
    return step(
      "Conv", index, reading: [padded, filters],
      [
        .integers("kernel_shape", blur.window.kernel, count: 2), .integers("strides", blur.stride, count: 2),
        .integer("group", count),
      ])
  }

  /// Every so many pixels, then channels of zeros before and after.
  mutating func zeroPadShortcut(_ shortcut: ZeroPadShortcut, _ index: Int) -> String {
    let name = name(of: index)
    let bounds = [
      constant(name + ".starts", [0, 0]), constant(name + ".ends", [.max, .max]),
      constant(name + ".axes", [2, 3]), constant(name + ".steps", [shortcut.stride, shortcut.stride]),
    ]
    if shortcut.padding == 0 { return step("Slice", index, bounds) }
    let slice = step("Slice", named: name + ".slice", reading: [input(of: index)] + bounds)
    let pads = constant(name + ".pads", [0, shortcut.padding, 0, 0, 0, shortcut.padding, 0, 0])
    return step("Pad", index, reading: [slice, pads])
  }

  /// A node's input with more pixels on all four sides, zeros unless an attribute says otherwise.
  private mutating func padded(_ index: Int, by padding: Int, _ attributes: [ONNXAttribute] = []) -> String {
    let name = name(of: index)
    let pads = constant(name + ".pads", [0, 0, padding, padding, 0, 0, padding, padding])
    return step("Pad", named: name + ".padded", reading: [input(of: index), pads], attributes)
  }
}

extension Pool {
  fileprivate func attributes(padding: Int) -> [ONNXAttribute] {
    [
      .integers("kernel_shape", kernel, count: 2), .integers("strides", stride, count: 2),
      .integers("pads", padding, count: 4),
    ]
  }
}

extension Pool {
  /// Windows that hang over the far edges have padding there, as those of ``AveragePool/attributes``.
  fileprivate var partialAttributes: [ONNXAttribute] {
    let room = min(kernel, stride) - 1
    return [
      .integers("kernel_shape", kernel, count: 2), .integers("strides", stride, count: 2),
      .integers("pads", [0, 0, room, room]),
    ]
  }
}

extension AveragePool {
  /// The attributes of ONNX's operator. Windows that hang over the far edges have padding there, which counts or does not; ONNX's `ceil_mode` would leave it to the reader
  /// whether a window may lie beyond the edge altogether.
  var attributes: [ONNXAttribute] {
    let padding =
      switch edge {
      case .dropped: 0
      // Room for each window that begins within the input, and for one that begins in the last step before its end.
      case .partial: min(kernel, stride) - 1
      case .zeros: kernel - 1
      }
    return [
      .integers("kernel_shape", kernel, count: 2), .integers("strides", stride, count: 2),
      .integers("pads", [0, 0, padding, padding]), .integer("count_include_pad", edge == .zeros ? 1 : 0),
    ]
  }
}

import Messages
public import ModelDescriptor
import Platform
public import TensorCore
import Training

/// A stack of basic blocks of one width, without stem and head, with shortcuts or without: a network whose gradients need no data.
public struct GradientStack: Hashable, Sendable {
  /// The number of blocks, of two 3×3 convolutions each.
  public var blocks: Int
  /// The channels of all of them.
  public var width: Int
  /// Height and width of the input.
  public var side: Int
  /// The number of inputs that run together, over which batch norms take their statistics.
  public var batch: Int

  /// A stack; by default 20 blocks of 64 channels on one input of 8×8.
  public init(blocks: Int = 20, width: Int = 64, side: Int = 8, batch: Int = 1) {
    self.blocks = blocks
    self.width = width
    self.side = side
    self.batch = batch
  }

  /// The architecture. Its stem is no part of the stack: inputs go to the first block.
  public func architecture(shortcuts: Bool) -> Architecture {
    Architecture(
      input: Architecture.Input(height: side, width: side), stem: .conv3x3(width: width),
      stages: [Architecture.Stage(blocks: blocks, width: width, stride: 1)], block: .basic,
      shortcut: shortcuts ? .projection : .none, head: .none, classes: width)
  }

  /// A sample of the standard normal distribution, [batch, width, side, side]; the same for the same seed.
  public func input(seed: UInt64) -> Tensor {
    // Other numbers than the weights, which the seed itself gives.
    var generator = SplitMix64(seed: seed ^ 0x696E_7075_7473_0001)
    let shape = Shape([batch, width, side, side])
    var values = AlignedBuffer(floatCount: shape.elementCount, uninitialized: true)
    var span = values.mutableFloats
    for index in span.indices { span[index] = generator.nextNormal() }
    return Tensor(shape: shape, elementType: .float32, buffer: values)
  }
}

extension GradientStack {
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for a number that cannot be, and with
  ///   ``TrainingError/Code/memory`` for a stack that cannot fit the machine's memory.
  func check() throws(TrainingError) {
    for (name, number, limit) in [
      ("blocks", blocks, 2048), ("channels", width, 16384), ("pixels a side", side, 16384),
      ("inputs", batch, 65536),
    ] where !(1...limit).contains(number) {
      throw TrainingError(.options, "a stack of \(number) \(name); there must be from 1 to \(limit)")
    }
    let (blocks, width) = (Double(blocks), Double(width))
    // Weights as the model has them, as they train, and their gradients; the outputs of two convolutions and two norms.
    let weights = 3 * blocks * 18 * width * width
    let maps = 4 * blocks * Double(batch) * width * Double(side) * Double(side)
    let needed = (weights + maps) * Double(MemoryLayout<Float>.stride)
    guard needed < Double(Machine.memoryByteCount) else {
      throw TrainingError(
        .memory,
        """
        \(self.blocks) blocks of \(self.width) channels on \(batch) × \(side)×\(side) take more than \(Int(needed) >> 20) MiB; this \
        machine has \(Machine.memoryByteCount >> 20) MiB: take fewer or narrower blocks, or a smaller input
        """)
    }
  }
}

extension SplitMix64 {
  /// Draws a number of the standard normal distribution (Box and Muller).
  fileprivate mutating func nextNormal() -> Float {
    let radius = (-2 * log(1 - Double(nextUniform()))).squareRoot()
    return Float(radius * cos(2 * Double.pi * Double(nextUniform())))
  }
}

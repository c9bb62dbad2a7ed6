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
  /// The paths of the blocks.
  var paths: [String] { GradientMeter.blocks(of: architecture(shortcuts: true)) }

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` for a number that cannot be, and with
  ///   ``TrainingError/Code/memory`` for a stack that cannot fit the machine's memory.
  func check() throws(TrainingError) {
    for (name, number, limit) in [
      ("blocks", blocks, 2048), ("channels", width, 16384), ("pixels a side", side, 16384),
      ("inputs", batch, 65536),
    ] where !(1...limit).contains(number) {
      throw TrainingError(.options, "a stack of \(number) \(name); there must be from 1 to \(limit)")
    }
    guard batch * side * side > 1 else {
      throw TrainingError(
        .options, "a stack on one pixel, whose norms have no variance; take more inputs or larger ones")
    }
    guard byteCount < Machine.memoryByteCount else {
      throw TrainingError(
        .memory,
        """
        \(blocks) blocks of \(width) channels on \(batch) × \(side)×\(side) take \(byteCount >> 20) MiB; this machine has \
        \(Machine.memoryByteCount >> 20) MiB: take fewer or narrower blocks, or a smaller input
        """)
    }
  }

  /// About the memory that one stack takes, at most 2^62 bytes.
  var byteCount: Int {
    // Weights in single precision; the outputs of both halves of each block and of their norms in double precision.
    let weights = 18 * Double(width) * Double(width) * Double(MemoryLayout<Float>.stride)
    let map =
      Double(batch) * Double(width) * Double(side) * Double(side) * Double(MemoryLayout<Double>.stride)
    return Int(min(Double(blocks) * (weights + 4 * map), 0x1p62))
  }
}

extension SplitMix64 {
  /// Draws a number of the standard normal distribution (Box and Muller).
  fileprivate mutating func nextNormal() -> Float {
    let radius = (-2 * log(1 - Double(nextUniform()))).squareRoot()
    return Float(radius * cos(2 * Double.pi * Double(nextUniform())))
  }
}

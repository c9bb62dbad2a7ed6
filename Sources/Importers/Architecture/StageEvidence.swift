import ModelDescriptor
import TensorCore

/// The evidence in the tensors of one stage.
struct StageEvidence {
  /// Output channels of each convolution of each block; all blocks have the same number of convolutions, two or three.
  let channels: [[Int]]
  /// Groups of the first block's 3×3 convolution in a bottleneck; 1 in a basic block.
  let groups: Int

  /// Nil when there is no such stage, or its first block is none that is known.
  ///
  /// - Parameter number: 1 for the first stage.
  init?(_ number: Int, _ shapes: [String: Shape]) {
    func kernel(_ block: Int, _ convolution: Int) -> [Int]? {
      guard let shape = shapes["layer\(number).\(block).conv\(convolution).weight"], shape.rank == 4,
        shape.elementCount > 0
      else { return nil }
      return shape.dimensions
    }
    let count = kernel(0, 3) == nil ? 2 : 3
    var channels: [[Int]] = []
    while channels.count < 4096 {
      let block = (1...count).compactMap { kernel(channels.count, $0)?[0] }
      guard block.count == count else { break }
      channels.append(block)
    }
    guard !channels.isEmpty, let window = kernel(0, 2) else { return nil }
    self.channels = channels
    guard count == 3 else {
      groups = 1
      return
    }
    guard channels[0][0] % window[1] == 0 else { return nil }
    groups = channels[0][0] / window[1]
  }

  var isBottleneck: Bool { channels[0].count == 3 }
  /// Output channels of the first block's first convolution.
  var first: Int { channels[0][0] }
  /// Output channels of the first block's convolution before the last one.
  var inner: Int { channels[0][channels[0].count - 2] }
  /// Channels that the stage puts out.
  var outputs: Int { channels[0][channels[0].count - 1] }
  var defaultExpansion: Int { isBottleneck ? 4 : 1 }

  func block(isPreactivation: Bool) -> Architecture.Block {
    switch (isBottleneck, isPreactivation) {
    case (false, false): .basic
    case (true, false): .bottleneck
    case (false, true): .preactivationBasic
    case (true, true): .preactivationBottleneck
    }
  }
}

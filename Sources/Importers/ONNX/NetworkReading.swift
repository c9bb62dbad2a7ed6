import Messages
import ModelDescriptor
import ResNetGraph
import WeightFiles

/// Reads an architecture off the operations of a graph: from the answer back through the blocks, each of which ends in a sum of two
/// branches, to the stem.
struct NetworkReading {
  let steps: [ONNXStep]
  /// The steps that read each step, of those that the answer follows from.
  let readers: [[Int]]
  let file: String
  /// The linear layers of the head, from the first to the last.
  private(set) var head: [Int] = []
  /// The step of the logits, or of the features of a network without a head.
  private(set) var answer: Int
  private(set) var globalPool = Architecture.GlobalPool.average
  private(set) var blocks: [BlockReading] = []
  private(set) var stem: [Int] = []

  /// - Throws: ``ImportError`` with `graph`.
  init(_ lowering: ONNXLowering) throws(ImportError) {
    steps = lowering.steps
    answer = lowering.output
    if steps[answer].operation == .sigmoid, steps[answer].isPooled { answer = steps[answer].inputs[0] }
    file = lowering.file.path
    var needed = Array(repeating: false, count: steps.count)
    var readers: [[Int]] = Array(repeating: [], count: steps.count)
    needed[lowering.output] = true
    for index in steps.indices.reversed() where needed[index] {
      for input in steps[index].inputs {
        needed[input] = true
        if readers[input].last != index { readers[input].append(index) }
      }
    }
    self.readers = readers
    try readHead(from: answer)
    try readBlocks(needed)
  }

  func refusal(_ step: Int, _ why: String) -> ImportError {
    ImportError(
      .graph, file: file,
      "this is no residual network that can be described: the node \(steps[step].node.label) \(why)")
  }

  // MARK: Head

  private mutating func readHead(from output: Int) throws(ImportError) {
    var index = output
    while true {
      switch steps[index].operation {
      case .linear:
        head.insert(index, at: 0)
        index = steps[index].inputs[0]
      case .relu where steps[index].isPooled && !head.isEmpty: index = steps[index].inputs[0]
      default: break
      }
      guard steps[index].isPooled, !steps[index].isGlobalPool else { break }
      guard steps[index].operation == .relu || steps[index].operation.isLinear else {
        throw refusal(index, "is no part of a classifier")
      }
      if steps[index].operation == .relu, head.isEmpty {
        throw refusal(index, "is no linear layer, which a classifier ends with")
      }
    }
    switch steps[index].operation {
    case .globalAveragePool: globalPool = .average
    case .globalMaxPool: globalPool = .max
    case .mean: globalPool = .averageMax
    case .concatenate: globalPool = .concatenated
    default:
      throw refusal(index, "is neither a classifier nor a global pool, with which networks of this kind end")
    }
  }

  // MARK: Blocks

  private mutating func readBlocks(_ needed: [Bool]) throws(ImportError) {
    let sums = steps.indices.filter { needed[$0] && steps[$0].isAddition && !steps[$0].isPooled }
    guard !sums.isEmpty else {
      throw ImportError(
        .graph, file: file, "this is no residual network: it has no shortcut around any of its layers")
    }
    for sum in sums { blocks.append(try block(endingIn: sum)) }
    var start = blocks[0].input
    // The norm and ReLU that a pre-activated block begins with are its own.
    if isPreactivated {
      if steps[start].operation == .relu { start = steps[start].inputs[0] }
      if steps[start].isNorm { start = steps[start].inputs[0] }
    }
    var chain: [Int] = []
    while start != 0 {
      chain.append(start)
      start = steps[start].inputs[0]
    }
    stem = chain.reversed()
  }

  /// True if norm and ReLU stand before the convolutions of each block.
  var isPreactivated: Bool {
    guard let last = blocks.last else { return false }
    return readers[last.sum].contains { steps[$0].isNorm }
  }

  /// Most steps of a branch of a block, far more than any has.
  private static let branchLimit = 256

  /// The steps from one back along its main input, up to the sum before or the network's input.
  private func chain(from start: Int) -> [Int] {
    var chain = [start]
    // The sum before ends the chain even where it begins it.
    while let last = chain.last, last != 0, !steps[last].isAddition, chain.count < Self.branchLimit {
      chain.append(steps[last].inputs[0])
    }
    return chain
  }

  private func block(endingIn sum: Int) throws(ImportError) -> BlockReading {
    let chains = steps[sum].inputs.map(chain(from:))
    guard chains.count == 2, let input = chains[0].first(where: Set(chains[1]).contains) else {
      throw refusal(sum, "adds two values that no layer before it splits")
    }
    let branches = chains.map { Array($0.prefix { $0 != input }.reversed()) }
    let counts = branches.map { branch in branch.count { steps[$0].isConvolution } }
    guard counts[0] != counts[1] else {
      throw refusal(sum, "adds two branches of \(counts[0]) convolutions each")
    }
    let residual = counts[0] > counts[1] ? 0 : 1
    return BlockReading(
      sum: sum, input: input, residual: branches[residual], shortcut: branches[1 - residual],
      inputs: [steps[sum].inputs[residual], steps[sum].inputs[1 - residual]])
  }
}

/// One block of a graph, by its steps.
struct BlockReading {
  /// The sum at its end.
  var sum: Int
  /// The step whose value both branches read.
  var input: Int
  /// The steps of the branch with most convolutions, from the first to the last.
  var residual: [Int]
  /// The steps of the other branch; none for an identity.
  var shortcut: [Int]
  /// The steps that the sum reads: the residual branch's, then the shortcut's.
  var inputs: [Int]
}

extension Operation {
  fileprivate var isLinear: Bool { if case .linear = self { true } else { false } }
}

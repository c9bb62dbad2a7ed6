import WeightFiles

/// A value that a TorchScript program computes with.
enum ProgramValue {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case text(String)
  case list([ProgramValue])
  /// A tensor by the number of its content, which operations in place change.
  case tensor(Int)
  /// A module by its path.
  case module(String)
  /// A function of the program by its full name.
  case function(String)
  /// The extents of a tensor, by its term.
  case extents(Int)
  /// One extent of a tensor: its term and the dimension.
  case extent(Int, Int)
  /// A number, text or truth that depends on more than the program shows.
  case open

  /// The number of lists within each other, none below `limit` being looked into: a loop could make them too deep even to be freed.
  func listDepth(atMost limit: Int) -> Int {
    guard limit > 0, case .list(let items) = self else { return 0 }
    return 1 + (items.lazy.map { $0.listDepth(atMost: limit - 1) }.max() ?? 0)
  }

  init(_ setting: ModuleRecord.Setting) {
    self =
      switch setting {
      case .none: .none
      case .bool(let flag): .bool(flag)
      case .int(let number): .int(number)
      case .float(let number): .float(number)
      case .ints(let numbers): .list(numbers.map(ProgramValue.int))
      case .floats(let numbers): .list(numbers.map(ProgramValue.float))
      case .text(let text): .text(text)
      case .unknown: .open
      }
  }
}

/// The content of a tensor of a program at some moment.
struct ProgramTensor {
  var term: Int
  /// The number of dimensions where it is known: 4 for [N, C, H, W], 2 for [N, C], 3 for [N, 1, C].
  var rank: Int?
  /// True if another tensor may share the bytes, so that a change of one would change both.
  var isShared = false
}

/// What an operation computes from its inputs; two terms with equal operations and inputs have equal values.
enum ProgramOperation: Hashable {
  case input
  /// A tensor of the network, by its name in the graph.
  case parameter(String)
  /// A tensor of the file that is none of the network's, by its name there.
  case foreign(String)
  case convolution(stride: [Int], padding: [Int], dilation: [Int], groups: Int)
  /// A convolution whose padding keeps the extent.
  case evenConvolution(dilation: [Int], groups: Int)
  /// Weights of which each output channel has the mean 0 and the variance 1.
  case standardized(epsilon: Double)
  case batchNorm(epsilon: Double)
  case groupNorm(groups: Int, epsilon: Double)
  case instanceNorm(epsilon: Double)
  case relu
  case sigmoid
  case softmax
  case maxPool(kernel: [Int], stride: [Int], padding: [Int], dilation: [Int], isPartial: Bool)
  case averagePool(kernel: [Int], stride: [Int], isPartial: Bool)
  /// The mean of a window that covers the map of images of the usual size.
  case windowMean(kernel: Int)
  case globalMean
  case globalMax
  case linear
  case transposed
  case channelConvolution(padding: Int)
  case add
  /// The sum times a number.
  case multiple(Double)
  case concatenate
  case scale
  case padded([Int], value: Double)
  case reflected([Int])
  case blur(stride: Int)
  /// Every `stride`-th of a dimension.
  case sliced(dimension: Int, stride: Int)
  /// A map whose height and width are one dimension.
  case flattened
}

/// The terms of a computation, each one once.
struct ProgramTerms {
  private struct Key: Hashable {
    var operation: ProgramOperation
    var inputs: [Int]
  }

  private var numbers: [Key: Int] = [:]
  private(set) var operations: [ProgramOperation] = []
  private(set) var inputs: [[Int]] = []
  /// True for maps of one pixel.
  private(set) var pooled: [Bool] = []

  var count: Int { operations.count }

  /// The number of the term; it is added if it is new.
  mutating func term(_ operation: ProgramOperation, _ inputs: [Int] = []) -> Int {
    // A sum is the same in both orders.
    let inputs = operation == .add || operation == .scale ? inputs.sorted() : inputs
    let key = Key(operation: operation, inputs: inputs)
    if let number = numbers[key] { return number }
    numbers[key] = count
    pooled.append(isPooled(operation, inputs))
    operations.append(operation)
    self.inputs.append(inputs)
    return count - 1
  }

  /// The number of the term, if there is one.
  func known(_ operation: ProgramOperation, _ inputs: [Int]) -> Int? {
    numbers[Key(operation: operation, inputs: inputs)]
  }

  private func isPooled(_ operation: ProgramOperation, _ inputs: [Int]) -> Bool {
    switch operation {
    case .globalMean, .globalMax, .windowMean, .linear, .channelConvolution: true
    case .relu, .sigmoid, .softmax, .batchNorm, .multiple: inputs.first.map { pooled[$0] } ?? false
    case .add, .concatenate, .scale: inputs.allSatisfy { pooled[$0] }
    default: false
    }
  }
}

/// The functions that join tensors, or give them another shape.
extension ProgramRun {
  // MARK: Joins

  mutating func computeJoin(
    _ name: String, _ arguments: ProgramArguments
  ) throws(Fault) -> ProgramValue? {
    var arguments = arguments
    switch name {
    case "add", "add_":
      guard case .tensor(let a)? = arguments.next("input") else { return nil }
      let b = try arguments.tensor("other")
      guard try arguments.number("alpha", usual: 1) == 1 else {
        throw Fault(words: "multiplies one of its terms (alpha)")
      }
      try arguments.end()
      return try sum(a, b, inPlace: name == "add_")
    case "mul", "mul_":
      guard let first = arguments.next("input"), let second = arguments.next("other") else { return nil }
      try arguments.end()
      switch (first, second) {
      case (.tensor(let a), .tensor(let b)):
        let (x, gate) = terms.pooled[tensors[a].term] ? (b, a) : (a, b)
        guard tensors[x].rank == 4, tensors[gate].rank == 4, terms.pooled[tensors[gate].term],
          !terms.pooled[tensors[x].term]
        else { throw Fault(words: "is not a map times a number for each channel") }
        let term = terms.term(.scale, [tensors[x].term, tensors[gate].term])
        if name == "mul_" {
          guard a == x else { throw Fault(words: "changes the numbers of channels") }
          return try change(a, to: term)
        }
        return tensor(term, rank: 4)
      case (.tensor(let a), .float(let factor)), (.float(let factor), .tensor(let a)):
        guard name == "mul" else { throw Fault(words: "multiplies all numbers") }
        return tensor(terms.term(.multiple(factor), [tensors[a].term]), rank: tensors[a].rank)
      case (.tensor, _): throw Fault(words: "multiplies by what is not known")
      default: return nil
      }
    case "cat":
      guard case .list(let items)? = arguments.next("tensors") else { return nil }
      let dimension = try arguments.int("dim", usual: 0)
      try arguments.end()
      var inputs: [Int] = []
      var ranks: Set<Int?> = []
      for item in items {
        guard case .tensor(let number) = item else { throw Fault(words: "joins what are no tensors") }
        inputs.append(tensors[number].term)
        ranks.insert(tensors[number].rank)
      }
      guard dimension == 1, ranks.count == 1, let rank = ranks.first, inputs.count == 2 else {
        throw Fault(words: "does not join channels")
      }
      return tensor(terms.term(.concatenate, inputs), rank: rank)
    default: return nil
    }
  }

  private mutating func sum(_ a: Int, _ b: Int, inPlace: Bool) throws(Fault) -> ProgramValue {
    let (x, y) = (tensors[a].term, tensors[b].term)
    // A bias that is added to the product with a matrix.
    if terms.operations[x] == .linear, terms.inputs[x].count == 2, case .parameter = terms.operations[y],
      tensors[a].rank == 2
    {
      let term = terms.term(.linear, terms.inputs[x] + [y])
      return inPlace ? try change(a, to: term) : tensor(term, rank: 2)
    }
    guard tensors[a].rank == tensors[b].rank, let rank = tensors[a].rank,
      terms.pooled[x] == terms.pooled[y]
    else { throw Fault(words: "is not the sum of two maps") }
    let term = terms.term(.add, [x, y])
    return inPlace ? try change(a, to: term) : tensor(term, rank: rank)
  }

  // MARK: Shapes

  mutating func computeShape(
    _ name: String, _ arguments: ProgramArguments
  ) throws(Fault) -> ProgramValue? {
    var arguments = arguments
    switch name {
    case "flatten":
      let x = try arguments.tensor()
      let start = try arguments.int("start_dim", usual: 0)
      let end = try arguments.int("end_dim", usual: -1)
      try arguments.end()
      let term = tensors[x].term
      guard tensors[x].rank == 4 || tensors[x].rank == 2, end == -1 || end == (tensors[x].rank ?? 0) - 1
      else { throw Fault(words: "is not over what follows the channels") }
      if start == 1, terms.pooled[term] { return view(of: x, term, rank: 2) }
      guard start == 2, tensors[x].rank == 4 else {
        throw Fault(words: "makes one row of the pixels of a map")
      }
      return view(of: x, terms.term(.flattened, [term]), rank: 3)
    case "view", "reshape":
      let x = try arguments.tensor()
      guard case .list(let extents)? = arguments.next("size") else { return nil }
      try arguments.end()
      return try reshaped(x, extents)
    case "reshape_as", "view_as":
      let x = try arguments.tensor()
      let other = try arguments.tensor("other")
      try arguments.end()
      let term = tensors[x].term
      guard case .standardized = terms.operations[term], terms.inputs[term] == [tensors[other].term] else {
        throw Fault(words: "gives another shape")
      }
      return view(of: x, term, rank: tensors[other].rank)
    case "squeeze":
      let x = try arguments.tensor()
      let dimension = try arguments.int("dim")
      try arguments.end()
      guard terms.pooled[tensors[x].term], let rank = tensors[x].rank,
        rank == 4 && [2, 3, -1, -2].contains(dimension) || rank == 5 && [2, -1].contains(dimension)
      else { throw Fault(words: "is not over height and width") }
      // The rank 5 stands for a map whose one of two extents is gone.
      return view(of: x, tensors[x].term, rank: rank == 4 ? 5 : 2)
    case "expand_as":
      let x = try arguments.tensor()
      _ = try arguments.tensor("other")
      try arguments.end()
      guard terms.pooled[tensors[x].term], tensors[x].rank == 4 else {
        throw Fault(words: "repeats what is no number for each channel")
      }
      return view(of: x, tensors[x].term, rank: 4)
    case "detach", "alias":
      let x = try arguments.tensor()
      try arguments.end()
      return .tensor(x)
    case "contiguous":
      let x = try arguments.tensor()
      arguments.ignore("memory_format")
      try arguments.end()
      return view(of: x, tensors[x].term, rank: tensors[x].rank)
    case "slice":
      let x = try map(&arguments)
      let dimension = try arguments.int("dim", usual: 0)
      let start = arguments.next("start")
      let end = arguments.next("end")
      let step = try arguments.int("step", usual: 1)
      try arguments.end()
      guard step > 0, isBeginning(start), isEnd(end), (0..<4).contains(dimension) else {
        throw Fault(words: "leaves out a part of the map")
      }
      let term = tensors[x].term
      if step == 1 { return view(of: x, term, rank: 4) }
      return view(of: x, terms.term(.sliced(dimension: dimension, stride: step), [term]), rank: 4)
    default: return nil
    }
  }

  private func isBeginning(_ value: ProgramValue?) -> Bool {
    switch value {
    case nil, ProgramValue.none?, .int(0)?: true
    default: false
    }
  }

  private func isEnd(_ value: ProgramValue?) -> Bool {
    switch value {
    case nil, ProgramValue.none?, .int(.max)?: true
    default: false
    }
  }

  /// True for the number of images.
  private func isBatch(_ extent: ProgramValue) -> Bool {
    guard case .extent(let term, 0) = extent else { return false }
    switch terms.operations[term] {
    case .parameter, .foreign, .transposed, .flattened, .standardized: return false
    default: return true
    }
  }

  /// True for the number of a value's channels.
  private func areChannels(_ extent: ProgramValue, of term: Int) -> Bool {
    switch extent {
    case .int(let number): number == channels(of: term)
    case .extent(let other, 1): channels(of: other).map { $0 == channels(of: term) } ?? false
    default: false
    }
  }

  /// Most operations between a value and the layer that tells its channels; along its shortcuts a network has two for each block.
  private static let distance = 512

  /// The number of channels of a map or vector; nil where the tensors do not tell it.
  ///
  /// - Parameter isPart: true for one of two that are joined, of which none may be joined itself.
  private func channels(of term: Int, isPart: Bool = false) -> Int? {
    var term = term
    var more = 0
    for _ in 0..<Self.distance {
      let inputs = terms.inputs[term]
      switch terms.operations[term] {
      case .convolution, .evenConvolution, .linear:
        var weight = inputs.count > 1 ? inputs[1] : term
        if case .standardized = terms.operations[weight] { weight = terms.inputs[weight][0] }
        guard case .parameter(let name) = terms.operations[weight] else { return nil }
        return evidence.channels[name].map { $0 + more }
      case .padded(let amounts, _):
        if amounts.count > 4 { more += amounts[4...].reduce(0) { $0 &+ $1 } }
      case .concatenate:
        guard !isPart, inputs.count == 2, let first = channels(of: inputs[0], isPart: true),
          let second = channels(of: inputs[1], isPart: true)
        else { return nil }
        return first + second + more
      case .sliced(dimension: 1, stride: _), .input, .parameter, .foreign, .transposed, .flattened,
        .standardized:
        return nil
      default: break
      }
      guard let next = inputs.first else { return nil }
      term = next
    }
    return nil
  }

  /// A view of one pixel's channels in another shape.
  private mutating func reshaped(_ x: Int, _ extents: [ProgramValue]) throws(Fault) -> ProgramValue {
    try count(size: Self.distance)
    let term = tensors[x].term
    func isInt(_ place: Int, _ number: Int) -> Bool {
      if case .int(number) = extents[place] { true } else { false }
    }
    /// The images, and then what is left of each; or what is left, of so many channels.
    func isBatchAndChannels(_ channels: Int) -> Bool {
      isBatch(extents[0]) && (isInt(channels, -1) || areChannels(extents[channels], of: term))
        || isInt(0, -1) && areChannels(extents[channels], of: term)
    }
    if terms.pooled[term] {
      switch extents.count {
      case 2 where tensors[x].rank != nil && isBatchAndChannels(1): return view(of: x, term, rank: 2)
      case 3 where isInt(1, 1) && isBatchAndChannels(2): return view(of: x, term, rank: 3)
      case 4 where isInt(2, 1) && isInt(3, 1) && isBatchAndChannels(1): return view(of: x, term, rank: 4)
      default: break
      }
    }
    // The weights of each output channel, in one row.
    if case .parameter(let name) = terms.operations[term], extents.count == 3, isInt(0, 1), isInt(2, -1) {
      let isOfOutputs =
        switch extents[1] {
        case .int(let number): number == evidence.channels[name]
        case .extent(let other, 0): other == term
        default: false
        }
      if isOfOutputs { return view(of: x, terms.term(.flattened, [term]), rank: 3) }
    }
    throw Fault(words: "gives another shape")
  }
}

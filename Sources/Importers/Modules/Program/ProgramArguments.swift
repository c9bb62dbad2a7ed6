/// The arguments of a function of PyTorch, taken one after the other by their names.
struct ProgramArguments {
  private var positional: ArraySlice<ProgramValue>
  private var named: [String: ProgramValue]

  init(_ positional: [ProgramValue], _ named: [String: ProgramValue]) {
    self.positional = positional[...]
    self.named = named
  }

  /// All arguments, for functions that have them by their place.
  var places: [ProgramValue] { Array(positional) }

  /// True if an argument is given by its name.
  var hasNames: Bool { !named.isEmpty }

  /// The next argument.
  mutating func next(_ name: String) -> ProgramValue? {
    if let value = positional.popFirst() { return value }
    return named.removeValue(forKey: name)
  }

  mutating func tensor(_ name: String = "input") throws(ProgramRun.Fault) -> Int {
    guard case .tensor(let number)? = next(name) else { throw fault(name) }
    return number
  }

  /// A tensor, or nil for `None`.
  mutating func tensorOrNone(_ name: String) throws(ProgramRun.Fault) -> Int? {
    switch next(name) {
    case .tensor(let number)?: return number
    case ProgramValue.none?, nil: return nil
    default: throw fault(name)
    }
  }

  mutating func int(_ name: String, usual: Int? = nil) throws(ProgramRun.Fault) -> Int {
    try take(name, usual) { if case .int(let number) = $0 { number } else { nil } }
  }

  mutating func bool(_ name: String, usual: Bool? = nil) throws(ProgramRun.Fault) -> Bool {
    try take(name, usual) { if case .bool(let flag) = $0 { flag } else { nil } }
  }

  mutating func number(_ name: String, usual: Double? = nil) throws(ProgramRun.Fault) -> Double {
    try take(name, usual) { value in
      switch value {
      case .float(let number): number
      case .int(let number): Double(number)
      default: nil
      }
    }
  }

  /// A few whole numbers: none of a network's layers has more than eight, and terms keep them.
  mutating func ints(_ name: String, usual: [Int]? = nil) throws(ProgramRun.Fault) -> [Int] {
    try take(name, usual) { value in
      guard case .list(let items) = value, items.count <= 8 else { return nil }
      let numbers = items.compactMap { if case .int(let number) = $0 { number } else { nil } }
      return numbers.count == items.count ? numbers : nil
    }
  }

  /// The next argument as a value of one type; the usual one where it is left out.
  private mutating func take<Value>(
    _ name: String, _ usual: Value?, _ read: (ProgramValue) -> Value?
  ) throws(ProgramRun.Fault) -> Value {
    guard let value = next(name).map(read) ?? usual else { throw fault(name) }
    return value
  }

  /// Two numbers, which one may stand for.
  mutating func pair(_ name: String, usual: [Int]? = nil) throws(ProgramRun.Fault) -> [Int] {
    let numbers = try ints(name, usual: usual)
    switch numbers.count {
    case 1: return [numbers[0], numbers[0]]
    case 2: return numbers
    default: throw fault(name)
    }
  }

  /// Takes the next argument if it is height and width of a tensor.
  mutating func takeExtents(of term: Int) -> Bool {
    guard case .list(let items)? = positional.first, items.count == 2 else { return false }
    for item in items {
      guard case .extent(term, let dimension) = item, [2, 3, -1, -2].contains(dimension) else { return false }
    }
    positional.removeFirst()
    return true
  }

  /// Requires one value of an argument.
  mutating func expect(_ name: String, _ value: Bool) throws(ProgramRun.Fault) {
    guard try bool(name) == value else { throw fault(name) }
  }

  /// Throws away an argument that changes no result.
  mutating func ignore(_ name: String) { _ = next(name) }

  /// Requires that nothing is left.
  func end() throws(ProgramRun.Fault) {
    guard positional.isEmpty, named.isEmpty else {
      throw ProgramRun.Fault(
        words: "has more arguments than are known"
          + (named.keys.min().map { ", among them '\($0)'" } ?? ""))
    }
  }

  private func fault(_ name: String) -> ProgramRun.Fault {
    ProgramRun.Fault(words: "has an argument '\(name)' that no layer of such a network has")
  }
}

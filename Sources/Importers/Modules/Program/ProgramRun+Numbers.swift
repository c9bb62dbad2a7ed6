/// The functions about numbers, extents and texts, from which no tensor results.
extension ProgramRun {
  /// - Returns: nil for a function that is none of these.
  mutating func computeNumber(_ name: String, _ arguments: ProgramArguments) throws(Fault) -> ProgramValue? {
    guard !arguments.hasNames else { return nil }
    let values = arguments.places
    switch (name, values.count) {
    case ("torch.size", 1):
      guard case .tensor(let x) = values[0] else { break }
      return .extents(tensors[x].term)
    case ("torch.size", 2):
      guard case .tensor(let x) = values[0], case .int(let dimension) = values[1] else { break }
      return .extent(tensors[x].term, dimension)
    case ("torch.dim", 1):
      guard case .tensor(let x) = values[0] else { break }
      return knownRank(x).map(ProgramValue.int) ?? .open
    case ("torch.len", 1):
      switch values[0] {
      case .list(let items): return .int(items.count)
      case .extents, .open: return .open
      default: break
      }
    case ("torch.__getitem__", 2):
      guard case .int(let index) = values[1] else { break }
      return try element(index, of: values[0])
    case ("torch.eq", 2), ("torch.ne", 2), ("torch.lt", 2), ("torch.le", 2), ("torch.gt", 2),
      ("torch.ge", 2):
      return try compared(String(name.dropFirst("torch.".count)), values[0], values[1])
    case ("torch.__is__", 2), ("torch.__isnot__", 2):
      guard let same = isSame(values[0], values[1]) else { return .open }
      return .bool(same == (name == "torch.__is__"))
    case ("torch.__not__", 1):
      switch values[0] {
      case .bool(let flag): return .bool(!flag)
      case .open: return .open
      default: break
      }
    case ("torch.is_scripting", 0): return .bool(true)
    case ("torch.__contains__", 2), ("torch.format", _), ("torch.numel", 1), ("torch.is_grad_enabled", 0),
      ("torch.device", _), ("ops.prim.device", 1), ("ops.prim.dtype", 1), ("torch.warn", _):
      return .open
    case ("torch.floordiv", 2):
      // Of negative numbers nothing is divided in networks.
      guard case .int(let a) = values[0], case .int(let b) = values[1], a >= 0, b > 0 else { return .open }
      return .int(a / b)
    case ("bool", 1):
      switch values[0] {
      case .bool: return values[0]
      case .int(let number): return .bool(number != 0)
      case .float(let number): return .bool(number != 0)
      case .open, .extent: return .open
      default: break
      }
    case ("torch.list", 1), ("torch.slice", _):
      guard case .tensor? = values.first else { return .open }
      return nil
    case ("torch.add", 2), ("torch.sub", 2), ("torch.mul", 2):
      if case .int(let a) = values[0], case .int(let b) = values[1] {
        let (result, overflows) =
          name == "torch.add"
          ? a.addingReportingOverflow(b)
          : name == "torch.sub" ? a.subtractingReportingOverflow(b) : a.multipliedReportingOverflow(by: b)
        return overflows ? .open : .int(result)
      }
      if case .tensor = values[0] { return nil }
      if case .tensor = values[1] { return nil }
      return .open
    case ("int", 1), ("torch.Int", 1):
      switch values[0] {
      case .int, .extent, .open: return values[0]
      case .bool(let flag): return .int(flag ? 1 : 0)
      case .float(let number): return Int(exactly: number.rounded(.towardZero)).map(ProgramValue.int) ?? .open
      default: break
      }
    case ("ops.prim.NumToTensor", 1), ("torch.ScalarImplicit", 1), ("torch._unwrap_optional", 1),
      ("ops.prim.unchecked_unwrap_optional", 1):
      if case .none = values[0] { break }
      if case .tensor = values[0], name != "torch._unwrap_optional",
        name != "ops.prim.unchecked_unwrap_optional"
      {
        break
      }
      return values[0]
    default: return nil
    }
    throw Fault(words: "has arguments that are not read")
  }

  /// The number of dimensions, where terms do not only stand for one.
  private func knownRank(_ x: Int) -> Int? {
    tensors[x].rank.flatMap { $0 == 5 ? nil : $0 }
  }

  private mutating func compared(
    _ name: String, _ first: ProgramValue, _ second: ProgramValue
  ) throws(Fault) -> ProgramValue {
    func answer<Value: Comparable>(_ a: Value, _ b: Value) -> ProgramValue {
      switch name {
      case "eq": .bool(a == b)
      case "ne": .bool(a != b)
      case "lt": .bool(a < b)
      case "le": .bool(a <= b)
      case "gt": .bool(a > b)
      default: .bool(a >= b)
      }
    }
    switch (first, second) {
    case (.int(let a), .int(let b)): return answer(a, b)
    case (.int(let a), .float(let b)): return answer(Double(a), b)
    case (.float(let a), .int(let b)): return answer(a, Double(b))
    case (.float(let a), .float(let b)): return answer(a, b)
    case (.text(let a), .text(let b)) where name == "eq" || name == "ne":
      try count(size: a.utf8.count + b.utf8.count)
      // PyTorch compares bytes. What escapes stand for is not read.
      let escape = UInt8(ascii: "\\")
      guard !a.utf8.contains(escape), !b.utf8.contains(escape) else { return .open }
      return .bool(a.utf8.elementsEqual(b.utf8) == (name == "eq"))
    case (.bool(let a), .bool(let b)) where name == "eq" || name == "ne":
      return .bool((a == b) == (name == "eq"))
    default: return .open
    }
  }

  /// True or false for a comparison with `None`.
  private func isSame(_ first: ProgramValue, _ second: ProgramValue) -> Bool? {
    switch (first, second) {
    case (.none, .none): true
    case (.none, .open), (.open, .none): nil
    case (.none, _), (_, .none): false
    default: nil
    }
  }
}

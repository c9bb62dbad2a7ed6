/// A method of a TorchScript program: its calls in the order in which they are computed.
package struct ScriptMethod: Sendable, Hashable {
  /// One call.
  package enum Step: Sendable, Hashable {
    /// A function by the last part of its name, for example `relu_`.
    case function(String)
    /// A method of the module that attributes lead to from this one; of this one itself where there are none.
    case module([String], method: String)
  }

  package private(set) var steps: [Step] = []
  /// True if conditions or loops decide which calls are made.
  package private(set) var branches = false

  private static let stepLimit = 1 << 12

  /// - Parameter lines: the statements, without the line of `def`.
  /// - Complexity: O(length of the lines).
  init(lines: [Substring]) {
    var names: [Substring: [String]] = ["self": []]
    var functions: [Substring: String] = [:]
    for line in lines {
      let text = line.drop { $0 == " " }
      if ["if ", "else:", "for ", "while "].contains(where: text.hasPrefix) { branches = true }
      Self.addName(text, &names, &functions)
    }
    scan(lines.joined(separator: "\n").utf8[...], names, functions)
  }

  /// Most modules within each other that a name is followed through, so that no chain of names takes more memory than its text.
  private static let depthLimit = 64

  /// `conv1 = self.conv1`, `_0 = getattr(self, "0")`, `_1 = __torch__.torch.nn.functional.relu`
  private static func addName(
    _ line: Substring, _ names: inout [Substring: [String]], _ functions: inout [Substring: String]
  ) {
    guard let equals = line.firstRange(of: " = ") else { return }
    let name = line[..<equals.lowerBound]
    let value = line[equals.upperBound...]
    if value.hasPrefix("getattr(") {
      let parts = value.dropFirst("getattr(".count).prefix { $0 != ")" }.split(separator: ",")
      guard parts.count == 2, let outer = names[parts[0]], outer.count < depthLimit else { return }
      names[name] = outer + [parts[1].filter { $0 != "\"" && $0 != " " }]
    } else if value.hasPrefix("__torch__.") {
      functions[name] = value.split(separator: ".").last.map(String.init)
    } else {
      let parts = value.split(separator: ".")
      guard let first = parts.first, let outer = names[first], outer.count < depthLimit,
        value.allSatisfy({ $0 != "(" && $0 != " " })
      else { return }
      names[name] = outer + parts.dropFirst().map(String.init)
    }
  }

  // MARK: The order of calls

  /// A parenthesis that is open.
  private enum Opening {
    case call(Step?)
    /// A variable in parentheses, before the name of its method.
    case variable
  }

  /// A call is made when its arguments are known: at its closing parenthesis.
  private mutating func scan(
    _ text: Substring.UTF8View, _ names: [Substring: [String]], _ functions: [Substring: String]
  ) {
    var open: [Opening] = []
    var rest = text
    var word = Substring()
    /// The variable in the parenthesis that was closed last.
    var variable: Substring?
    while let byte = rest.first, steps.count < Self.stepLimit {
      if byte.isNameByte || byte == UInt8(ascii: ".") {
        let name = rest.prefix { $0.isNameByte || $0 == UInt8(ascii: ".") }
        rest = rest[name.endIndex...]
        word = Substring(name)
        continue
      }
      rest = rest.dropFirst()
      switch byte {
      case UInt8(ascii: "\""):
        rest = rest.drop { $0 != UInt8(ascii: "\"") }.dropFirst()
      case UInt8(ascii: "("):
        open.append(word.isEmpty ? .variable : .call(Self.step(word, of: variable, names, functions)))
        variable = nil
      case UInt8(ascii: ")"):
        switch open.popLast() {
        case .call(let step?): steps.append(step)
        case .variable: variable = word
        case .call(nil), nil: break
        }
      default: variable = nil
      }
      word = Substring()
    }
  }

  private static func step(
    _ word: Substring, of variable: Substring?, _ names: [Substring: [String]],
    _ functions: [Substring: String]
  ) -> Step? {
    if let variable, word.first == ".", let path = names[variable] {
      return .module(path, method: String(word.dropFirst()))
    }
    if let function = functions[word] { return .function(function) }
    guard ["torch.", "ops."].contains(where: word.hasPrefix), !word.hasPrefix("ops.prim.") else { return nil }
    return word.split(separator: ".").last.map { .function(String($0)) }
  }
}

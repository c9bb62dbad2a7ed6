/// Reads the functions and classes of a TorchScript program's text. A function with anything that is not understood has a fault.
struct ScriptParser {
  /// The functions that stand in no class, by their names.
  private(set) var functions: [String: ScriptFunction] = [:]
  /// The methods by the names of classes and their own.
  private(set) var methods: [String: [String: ScriptFunction]] = [:]

  private let tokens: [ScriptTokens.Token]
  private var place = 0
  private var depth = 0

  /// Parentheses within each other, and attributes, elements and calls behind each other: each makes an expression one deeper, and what is too
  /// deep cannot even be freed.
  private static let depthLimit = 64

  /// Something that is not understood.
  private struct Unread: Error {}

  /// - Complexity: O(number of words).
  init(_ tokens: ScriptTokens) {
    self.tokens = tokens.all
    while place < self.tokens.count {
      if isName("def") {
        let (name, function) = definition()
        Self.add(function, as: name, to: &functions)
      } else if isName("class") {
        addClass()
      } else {
        skipLine()
      }
    }
  }

  /// PyTorch may take either one of two functions of the same name.
  private static func add(
    _ function: ScriptFunction, as name: String, to functions: inout [String: ScriptFunction]
  ) {
    functions[name] =
      functions[name] == nil ? function : ScriptFunction(fault: "stands twice in the program")
  }

  private mutating func addClass() {
    place += 1
    let name = (try? self.name()) ?? ""
    while place < tokens.count, tokens[place] != .line { place += 1 }
    place += 1
    guard take(.deeper) else { return }
    var own: [String: ScriptFunction] = [:]
    var hooks = false
    while place < tokens.count, !take(.shallower) {
      if isName("def") {
        let (name, function) = definition()
        Self.add(function, as: name, to: &own)
      } else {
        hooks = hooks || isName("__forward_hooks__") || isName("__forward_pre_hooks__")
        skipLine()
      }
    }
    if hooks {
      own = own.mapValues { _ in ScriptFunction(fault: "hooks change before or after it runs") }
    }
    if methods[name] != nil {
      own = own.mapValues { _ in ScriptFunction(fault: "belongs to a class that stands twice in the program")
      }
    }
    methods[name] = own
  }

  // MARK: Functions

  private mutating func definition() -> (String, ScriptFunction) {
    let start = place
    place += 1
    let name = (try? self.name()) ?? ""
    do {
      var function = ScriptFunction()
      try expect("(")
      while !takeSign(")") {
        var parameter = ScriptFunction.Parameter(name: try self.name())
        if takeSign(":") { _ = try expression() }
        if takeSign("=") { parameter.usual = try expression() }
        function.parameters.append(parameter)
        guard takeSign(",") else {
          try expect(")")
          break
        }
      }
      if take(.arrow) { _ = try expression() }
      function.body = try block()
      guard Set(function.parameters.map(\.name)).count == function.parameters.count else { throw Unread() }
      return (name, function)
    } catch {
      let words = lineText(at: min(place, tokens.count - 1))
      place = start
      skipLine()
      return (name, ScriptFunction(fault: "has a statement that is not understood: \(words)"))
    }
  }

  /// `:` and the lines below.
  private mutating func block() throws(Unread) -> [ScriptStatement] {
    try expect(":")
    guard take(.line), take(.deeper) else { throw Unread() }
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.depthLimit else { throw Unread() }
    var statements: [ScriptStatement] = []
    while !take(.shallower) {
      guard place < tokens.count else { throw Unread() }
      statements.append(try statement())
    }
    return statements
  }

  private mutating func statement() throws(Unread) -> ScriptStatement {
    if takeName("if") {
      let condition = try expression()
      let then = try block()
      return .condition(condition, then, takeName("else") ? try block() : [])
    }
    if takeName("while") { return .repeated(try expression(), try block()) }
    if takeName("for") {
      let name = try self.name()
      guard takeName("in") else { throw Unread() }
      return .loop(name, over: try expression(), try block())
    }
    var result = ScriptStatement.pass
    if takeName("return") {
      result = .returned(isAt(.line) ? .none : try expressions())
    } else if !takeName("pass") {
      result = try assignment()
    }
    guard take(.line) else { throw Unread() }
    return result
  }

  private mutating func assignment() throws(Unread) -> ScriptStatement {
    let first = try expressions()
    guard takeSign("=") else { return .expression(first) }
    let value = try expressions()
    switch first {
    case .name(let name): return .assign([name], value)
    case .list(let items):
      var names: [String] = []
      for item in items {
        guard case .name(let name) = item else { throw Unread() }
        names.append(name)
      }
      return .assign(names, value)
    case .attribute, .element: return .change(first, value)
    default: throw Unread()
    }
  }

  // MARK: Expressions

  /// One expression, or several with commas between them and perhaps one at the end.
  private mutating func expressions() throws(Unread) -> ScriptExpression {
    let first = try expression()
    guard isAt(.sign(UInt8(ascii: ","))) else { return first }
    var items = [first]
    while takeSign(",") {
      if isAt(.line) || isAt(.sign(UInt8(ascii: "="))) { break }
      items.append(try expression())
    }
    return .list(items)
  }

  private mutating func expression() throws(Unread) -> ScriptExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.depthLimit else { throw Unread() }
    var value = try primary()
    for _ in 0..<Self.depthLimit {
      if takeSign(".") {
        value = .attribute(value, try name())
      } else if takeSign("(") {
        value = try call(value)
      } else if takeSign("[") {
        value = .element(value, try items(until: "]").items)
      } else {
        return value
      }
    }
    throw Unread()
  }

  private mutating func call(_ function: ScriptExpression) throws(Unread) -> ScriptExpression {
    var arguments: [ScriptExpression] = []
    var keywords: [String: ScriptExpression] = [:]
    while !takeSign(")") {
      if case .name(let name)? = token, tokens.indices.contains(place + 1),
        tokens[place + 1] == .sign(UInt8(ascii: "="))
      {
        place += 2
        guard keywords.updateValue(try expression(), forKey: name) == nil else { throw Unread() }
      } else {
        guard keywords.isEmpty else { throw Unread() }
        arguments.append(try expression())
      }
      guard takeSign(",") else {
        try expect(")")
        break
      }
    }
    return .call(function, arguments, keywords: keywords)
  }

  private mutating func items(
    until end: Unicode.Scalar
  ) throws(Unread) -> (items: [ScriptExpression], hasComma: Bool) {
    var items: [ScriptExpression] = []
    var hasComma = false
    while !takeSign(end) {
      items.append(try expression())
      guard takeSign(",") else {
        try expect(end)
        break
      }
      hasComma = true
    }
    return (items, hasComma)
  }

  private mutating func primary() throws(Unread) -> ScriptExpression {
    guard let token else { throw Unread() }
    place += 1
    switch token {
    case .name("None"): return .none
    case .name("True"): return .bool(true)
    case .name("False"): return .bool(false)
    case .name(let name):
      guard !Self.keywords.contains(name) else { throw Unread() }
      return .name(name)
    case .text(let text): return .text(text)
    case .number(let digits): return try number(digits)
    case .sign(UInt8(ascii: "-")):
      guard case .number(let digits)? = self.token else { throw Unread() }
      place += 1
      return try number("-" + digits)
    case .sign(UInt8(ascii: "[")): return .list(try items(until: "]").items)
    case .sign(UInt8(ascii: "(")):
      let (items, hasComma) = try items(until: ")")
      return items.count == 1 && !hasComma ? items[0] : .list(items)
    default: throw Unread()
    }
  }

  private static let keywords: Set<String> = [
    "and", "or", "not", "if", "else", "for", "while", "in", "is", "lambda", "def", "class", "return", "pass",
    "with", "as", "del", "global", "nonlocal", "break", "continue", "assert", "raise", "import", "from",
  ]

  private func number(_ digits: String) throws(Unread) -> ScriptExpression {
    let bare = digits.utf8.drop { $0 == UInt8(ascii: "-") }
    if bare.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      // Readers differ in numbers that begin with 0.
      guard let value = Int(digits), bare.count == 1 || bare.first != UInt8(ascii: "0") else {
        throw Unread()
      }
      return .int(value)
    }
    guard bare.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }),
      let value = Double(digits) ?? Double(digits + "0")
    else { throw Unread() }
    return .float(value)
  }

  // MARK: Words

  private var token: ScriptTokens.Token? { place < tokens.count ? tokens[place] : nil }
  private func isAt(_ token: ScriptTokens.Token) -> Bool { self.token == token }
  private func isName(_ name: String) -> Bool { token == .name(name) }

  private mutating func take(_ token: ScriptTokens.Token) -> Bool {
    guard self.token == token else { return false }
    place += 1
    return true
  }

  private mutating func takeName(_ name: String) -> Bool { take(.name(name)) }
  private mutating func takeSign(_ sign: Unicode.Scalar) -> Bool { take(.sign(UInt8(ascii: sign))) }

  private mutating func expect(_ sign: Unicode.Scalar) throws(Unread) {
    guard takeSign(sign) else { throw Unread() }
  }

  private mutating func name() throws(Unread) -> String {
    guard case .name(let name)? = token else { throw Unread() }
    place += 1
    return name
  }

  /// Leaves a statement with all lines below it that lie deeper.
  private mutating func skipLine() {
    while place < tokens.count, tokens[place] != .line { place += 1 }
    place += 1
    guard take(.deeper) else { return }
    var inner = 1
    while place < tokens.count, inner > 0 {
      if tokens[place] == .deeper { inner += 1 }
      if tokens[place] == .shallower { inner -= 1 }
      place += 1
    }
  }

  /// The first words of the line of a place.
  private func lineText(at place: Int) -> String {
    guard place >= 0 else { return "its end" }
    var start = place
    while start > 0, tokens[start - 1] != .line, tokens[start - 1] != .deeper { start -= 1 }
    let words = tokens[start...].prefix(16).prefix { $0 != .line }.map(\.words).joined(separator: " ")
    return "'\(String(words.prefix(80)))'"
  }
}

extension ScriptTokens.Token {
  fileprivate var words: String {
    switch self {
    case .name(let word), .number(let word): word
    case .text(let text): "\"\(text)\""
    case .sign(let byte): String(Unicode.Scalar(byte))
    case .arrow: "->"
    case .line, .deeper, .shallower: ""
    }
  }
}

import WeightFiles

/// The computation of a TorchScript program, followed from the image to the answer with terms in place of numbers: modules and
/// functions within each other are entered, and conditions that the program decides are decided. Nothing is computed.
struct ProgramRun {
  /// Something that is not followed, as a phrase.
  struct Fault: Error {
    var words: String
  }

  private var answer: ProgramValue = .none
  var terms = ProgramTerms()
  var tensors: [ProgramTensor] = []
  /// The reason why the program is not followed to its end; nil where it is.
  private(set) var fault: String?

  let evidence: ModuleEvidence
  /// The functions that belong to no class.
  private let functions: [String: ScriptFunction]
  /// The tensors of the file that were asked for.
  private var parameters: [String: Int] = [:]
  /// The module whose method runs.
  private(set) var path = ""
  private var depth = 0
  /// The number of changes in place.
  private var changes = 0
  private var steps = 0

  private enum Limit {
    static let steps = 1 << 18
    /// Expressions, statements and functions within each other.
    static let depth = 160
    static let terms = 1 << 15
    static let elements = 256
    static let parameters = 256
  }

  init(_ evidence: ModuleEvidence) {
    self.evidence = evidence
    functions = evidence.module(at: "")?.functions ?? [:]
    let input = tensor(terms.term(.input), rank: 4)
    do throws(Fault) {
      answer = try call("", "forward", [input], [:])
    } catch {
      fault = "\(path.isEmpty ? "the program" : "the program of '\(path)'") \(error.words)"
    }
  }

  /// The term of the tensor that the program puts out, or of the first of several; nil where that is no tensor.
  var answerTerm: Int? {
    var value = answer
    if case .list(let items) = value, let first = items.first { value = first }
    if case .tensor(let number) = value { return tensors[number].term }
    return nil
  }

  // MARK: Tensors

  /// A new tensor.
  mutating func tensor(_ term: Int, rank: Int?, isShared: Bool = false) -> ProgramValue {
    tensors.append(ProgramTensor(term: term, rank: rank, isShared: isShared))
    return .tensor(tensors.count - 1)
  }

  /// A tensor that has the bytes of another one, or may have them.
  mutating func view(of number: Int, _ term: Int, rank: Int?) -> ProgramValue {
    tensors[number].isShared = true
    return tensor(term, rank: rank, isShared: true)
  }

  /// Changes a tensor in its place.
  mutating func change(_ number: Int, to term: Int) throws(Fault) -> ProgramValue {
    guard !tensors[number].isShared else {
      throw Fault(words: "changes a tensor in place that others share")
    }
    changes += 1
    tensors[number].term = term
    return .tensor(number)
  }

  /// The value of a tensor attribute.
  private mutating func parameter(_ name: String) -> ProgramValue {
    if let number = parameters[name] { return .tensor(number) }
    let term = terms.term(evidence.parameters[name].map { .parameter($0) } ?? .foreign(name))
    let value = tensor(term, rank: nil, isShared: true)
    if case .tensor(let number) = value { parameters[name] = number }
    return value
  }

  /// Counts work.
  ///
  /// - Parameter size: what is copied, looked at or compared, a step for 32 of it: bytes of texts, elements, variables.
  mutating func count(size: Int = 0) throws(Fault) {
    steps += 1 + size / 32
    guard steps < Limit.steps, depth < Limit.depth, terms.count < Limit.terms else {
      throw Fault(words: "computes more than a network of this kind")
    }
  }

  // MARK: Functions

  /// Calls a method of a module.
  private mutating func call(
    _ module: String, _ name: String, _ arguments: [ProgramValue], _ keywords: [String: ProgramValue]
  ) throws(Fault) -> ProgramValue {
    let outer = path
    path = module
    try count(size: module.utf8.count)
    guard let record = evidence.module(at: module), let method = record.methods[name] else {
      throw Fault(words: "has no method '\(name)' that can be read")
    }
    let value = try run(method, name, [.module(module)] + arguments, keywords)
    path = outer
    return value
  }

  private mutating func run(
    _ function: ScriptFunction, _ name: String, _ arguments: [ProgramValue],
    _ keywords: [String: ProgramValue]
  ) throws(Fault) -> ProgramValue {
    depth += 1
    defer { depth -= 1 }
    try count()
    if let fault = function.fault { throw Fault(words: "calls '\(name)', which \(fault)") }
    var locals: [String: ProgramValue] = [:]
    guard function.parameters.count <= Limit.parameters else {
      throw Fault(words: "calls '\(name)', which has more than \(Limit.parameters) parameters")
    }
    guard arguments.count <= function.parameters.count,
      keywords.keys.allSatisfy({ key in function.parameters.contains { $0.name == key } })
    else { throw Fault(words: "calls '\(name)' with other arguments than it has") }
    for (index, parameter) in function.parameters.enumerated() {
      if index < arguments.count {
        locals[parameter.name] = arguments[index]
        guard keywords[parameter.name] == nil else {
          throw Fault(words: "calls '\(name)' with an argument twice")
        }
      } else if let value = keywords[parameter.name] {
        locals[parameter.name] = value
      } else if let usual = parameter.usual {
        var empty: [String: ProgramValue] = [:]
        locals[parameter.name] = try evaluate(usual, &empty)
      } else {
        throw Fault(words: "calls '\(name)' without its argument '\(parameter.name)'")
      }
    }
    return try run(function.body, &locals) ?? .none
  }

  // MARK: Statements

  /// Runs statements.
  ///
  /// - Returns: the value of the one that returns; nil where none does.
  private mutating func run(
    _ statements: [ScriptStatement], _ locals: inout [String: ProgramValue]
  ) throws(Fault) -> ProgramValue? {
    depth += 1
    defer { depth -= 1 }
    for statement in statements {
      try count()
      switch statement {
      case .pass: break
      case .expression(let expression): _ = try evaluate(expression, &locals)
      case .assign(let names, let expression):
        let value = try evaluate(expression, &locals)
        if names.count == 1 {
          locals[names[0]] = value
        } else if case .list(let items) = value, items.count == names.count {
          for (name, item) in zip(names, items) { locals[name] = item }
        } else if names.allSatisfy({ $0 != "torch" }), case .open = value {
          for name in names { locals[name] = .open }
        } else {
          throw Fault(words: "takes apart what is not read")
        }
      case .change: throw Fault(words: "changes an attribute or an element")
      case .returned(let expression): return try evaluate(expression, &locals)
      case .condition(let condition, let then, let other):
        guard let branch = try branch(condition, then, other, &locals) else { continue }
        if let value = try run(branch, &locals) { return value }
      case .loop(let name, let range, let body):
        guard case .call(.name("range"), let bounds, keywords: let keywords) = range, bounds.count == 1,
          keywords.isEmpty, locals["range"] == nil
        else { throw Fault(words: "has a loop that is not read") }
        guard case .int(let end) = try evaluate(bounds[0], &locals) else {
          try pass(body, of: [name], &locals)
          continue
        }
        for index in 0..<max(end, 0) {
          try count()
          locals[name] = .int(index)
          if let value = try run(body, &locals) { return value }
        }
      case .repeated: throw Fault(words: "has a loop whose end is not known")
      }
    }
    return nil
  }

  /// Follows statements of which it is not known how often they run: they must compute no tensor, and the variables that they assign
  /// are not known afterwards.
  private mutating func pass(
    _ body: [ScriptStatement], of names: [String], _ locals: inout [String: ProgramValue]
  ) throws(Fault) {
    try count(size: 4 * locals.count)
    var inner = locals
    let assigned = try assigned(in: body) + names
    for name in assigned { inner[name] = .open }
    let before = (tensors.count, changes)
    guard try run(body, &inner) == nil, before == (tensors.count, changes) else {
      throw Fault(words: "decides what it computes by something that the images decide, or that is not read")
    }
    for name in assigned { locals[name] = .open }
  }

  /// The variables that statements assign.
  private mutating func assigned(in statements: [ScriptStatement]) throws(Fault) -> [String] {
    var all: [String] = []
    for statement in statements {
      try count()
      switch statement {
      case .assign(let names, _): all += names
      case .condition(_, let then, let other): all += try assigned(in: then) + assigned(in: other)
      case .loop(let name, over: _, let body): all += try assigned(in: body) + [name]
      case .repeated(_, let body): all += try assigned(in: body)
      case .change, .expression, .returned, .pass: break
      }
    }
    try count(size: all.count)
    return all
  }

  /// The statements that a condition chooses. Where it depends on the images, one of the two must do nothing but refuse them.
  private mutating func branch(
    _ condition: ScriptExpression, _ then: [ScriptStatement], _ other: [ScriptStatement],
    _ locals: inout [String: ProgramValue]
  ) throws(Fault) -> [ScriptStatement]? {
    switch try evaluate(condition, &locals) {
    case .bool(true): return then
    case .bool(false): return other
    case .open:
      try count(size: then.count + other.count)
      if Self.refuses(then) { return other }
      if Self.refuses(other) { return then }
      for branch in [then, other] { try pass(branch, of: [], &locals) }
      return nil
    default: throw Fault(words: "has a condition that is none")
    }
  }

  private static func refuses(_ statements: [ScriptStatement]) -> Bool {
    for statement in statements {
      switch statement {
      case .expression(.call(let function, _, keywords: _)):
        if function.words == "ops.prim.RaiseException" { return true }
      case .assign, .expression, .pass: break
      case .change, .condition, .loop, .repeated, .returned: return false
      }
    }
    return false
  }

  // MARK: Expressions

  private mutating func evaluate(
    _ expression: ScriptExpression, _ locals: inout [String: ProgramValue]
  ) throws(Fault) -> ProgramValue {
    depth += 1
    defer { depth -= 1 }
    try count()
    switch expression {
    case .none: return .none
    case .bool(let flag): return .bool(flag)
    case .int(let number): return .int(number)
    case .float(let number): return .float(number)
    case .text(let text): return .text(text)
    case .list(let items):
      guard items.count <= Limit.elements else {
        throw Fault(words: "makes a list of more than \(Limit.elements) elements")
      }
      let values = try evaluate(items, &locals)
      guard values.allSatisfy({ $0.listDepth(atMost: 2) < 2 }) else {
        throw Fault(words: "puts lists into each other deeper than a network needs")
      }
      return .list(values)
    case .name(let name):
      guard let value = locals[name] else { throw Fault(words: "asks for '\(name)', which is not read") }
      return value
    case .attribute(let base, let name):
      if let full = expression.words, !isLocal(expression, locals) {
        try count(size: full.utf8.count)
        guard functions[full] != nil else { throw Fault(words: "asks for '\(full)', which is not read") }
        return .function(full)
      }
      guard case .module(let module) = try evaluate(base, &locals) else {
        throw Fault(words: "asks for the attribute '\(name)' of what is no module")
      }
      return try attribute(name, of: module)
    case .element(let base, let places):
      let value = try evaluate(base, &locals)
      guard places.count == 1 else { throw Fault(words: "takes elements in a way that is not read") }
      switch (try evaluate(places[0], &locals), value) {
      case (.int(let index), _): return try element(index, of: value)
      case (.open, .extents), (.open, .open): return .open
      default: throw Fault(words: "takes elements in a way that is not read")
      }
    case .call(let function, let arguments, keywords: let keywords):
      return try call(function, arguments, keywords, &locals)
    }
  }

  private mutating func evaluate(
    _ expressions: [ScriptExpression], _ locals: inout [String: ProgramValue]
  ) throws(Fault) -> [ProgramValue] {
    var values: [ProgramValue] = []
    for expression in expressions { values.append(try evaluate(expression, &locals)) }
    return values
  }

  /// True if the first name of a path is that of a variable.
  private func isLocal(_ expression: ScriptExpression, _ locals: [String: ProgramValue]) -> Bool {
    var base = expression
    while case .attribute(let inner, _) = base { base = inner }
    guard case .name(let name) = base else { return true }
    return locals[name] != nil
  }

  func element(_ index: Int, of value: ProgramValue) throws(Fault) -> ProgramValue {
    switch value {
    case .list(let items):
      let place = index < 0 ? index + items.count : index
      guard items.indices.contains(place) else { throw Fault(words: "takes an element that is not there") }
      return items[place]
    case .extents(let term): return .extent(term, index)
    case .open: return .open
    default: throw Fault(words: "takes an element of what has none")
    }
  }

  /// The attribute of a module: another module, a tensor or a plain value.
  private mutating func attribute(_ name: String, of module: String) throws(Fault) -> ProgramValue {
    try count(size: module.utf8.count + name.utf8.count)
    let inner = module.isEmpty ? name : "\(module).\(name)"
    if evidence.module(at: inner) != nil { return .module(inner) }
    if evidence.tensors.contains(inner) { return parameter(inner) }
    guard let record = evidence.module(at: module) else { return .open }
    // Whoever uses a network calls eval() first.
    if name == "training" { return .bool(false) }
    if let own = record.attributes[name] {
      return ProgramValue(own)
    }
    return .open
  }

  private mutating func call(
    _ function: ScriptExpression, _ arguments: [ScriptExpression], _ keywords: [String: ScriptExpression],
    _ locals: inout [String: ProgramValue]
  ) throws(Fault) -> ProgramValue {
    let full = isLocal(function, locals) ? nil : function.words
    try count(size: full?.utf8.count ?? 0)
    // Their arguments are types.
    switch full {
    case "annotate", "unchecked_cast", "ops.prim.unchecked_cast":
      guard arguments.count == 2, keywords.isEmpty else { break }
      return try evaluate(arguments[1], &locals)
    case "uninitialized": return .open
    case "isinstance", "ops.prim.isinstance": return .open
    case "getattr":
      guard arguments.count == 2, keywords.isEmpty, case .text(let name) = arguments[1],
        case .module(let module) = try evaluate(arguments[0], &locals)
      else { break }
      return try attribute(name, of: module)
    case "ops.prim.RaiseException": throw Fault(words: "refuses all images")
    default: break
    }
    let values = try evaluate(arguments, &locals)
    var named: [String: ProgramValue] = [:]
    for (name, expression) in keywords.sorted(by: { $0.key < $1.key }) {
      named[name] = try evaluate(expression, &locals)
    }
    if let full {
      if let own = functions[full] { return try run(own, full, values, named) }
      return try compute(full, ProgramArguments(values, named))
    }
    if case .attribute(let base, let method) = function {
      guard case .module(let module) = try evaluate(base, &locals) else {
        throw Fault(words: "calls '\(method)' of what is no module")
      }
      return try call(module, method, values, named)
    }
    guard case .function(let name) = try evaluate(function, &locals), let own = functions[name] else {
      throw Fault(words: "calls what is no function")
    }
    return try run(own, name, values, named)
  }
}

extension ScriptExpression {
  /// The names with dots between them; nil for anything else.
  var words: String? {
    switch self {
    case .name(let name): name
    case .attribute(let base, let name): base.words.map { "\($0).\(name)" }
    default: nil
    }
  }
}

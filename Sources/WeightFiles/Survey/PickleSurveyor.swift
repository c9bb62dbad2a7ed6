/// Follows the instructions of one pickle, all that Python knows, as far as names and calls go: a value is a name, what a
/// name made, a text that could become a name, or something else. It notes names and suspicious instructions, refuses
/// nothing, and stops where the pickle cannot be followed.
final class PickleSurveyor {
  enum Value {
    case other
    case mark
    /// A text, by its number among the texts.
    case text(Int32)
    /// A class or function, by the number of its name.
    case global(Int32)
    /// The result of a call of that name.
    case made(Int32)
    /// An attribute of a class, by the number of its full name.
    case member(Int32)
    /// A tuple: the number of the name that is first in it, or made what is, and of the text that is second; below 0 for anything else.
    case tuple(first: Int32, isMade: Bool, text: Int32)
  }

  enum Limit {
    static let stack = 1 << 18
    static let memo = 1 << 18
    /// Bytes of a text that may become a name, and of all of them together.
    static let text = 512
    static let allTexts = 2 << 20
    static let line = 64 << 10
  }

  /// Bytes that were left where they are.
  private var skippedBytes = 0

  let cursor: ByteCursor
  let pickle: String
  var survey: PickleSurvey
  var stack: [Value] = []
  private var memo: [Int: Value] = [:]
  /// Names of this pickle, in the order in which they appear.
  private(set) var globals: [String] = []
  private var names: [GlobalName] = []
  private var numbersOfNames: [GlobalName: Int32] = [:]
  private var texts: [String] = []
  private var numbers: [String: Int32] = [:]
  private var textSize = 0

  init(_ cursor: ByteCursor, pickle: String, into survey: PickleSurvey) {
    self.cursor = cursor
    self.pickle = pickle
    self.survey = survey
  }

  /// Follows the pickle to its end.
  ///
  /// - Throws: ``WeightFileError`` where it cannot be followed; the findings up to there are in ``survey``.
  func run() throws(WeightFileError) {
    let start = cursor.position
    while true {
      let position = cursor.position
      guard position - start - skippedBytes <= PickleMachine.Limit.pickle else {
        throw cursor.fault(
          .pickleLimit,
          "a pickle of more than \(PickleMachine.Limit.pickle) bytes beside the elements of arrays")
      }
      let opcode = try cursor.byte()
      if opcode == PickleOpcode.stop.rawValue { return }
      try step(opcode, at: position)
    }
  }

  // MARK: Stack

  func push(_ value: Value) throws(WeightFileError) {
    guard stack.count < Limit.stack else {
      throw cursor.fault(.pickleLimit, "more than \(Limit.stack) values on the stack")
    }
    stack.append(value)
  }

  /// Removes values; an empty stack is no fault.
  @discardableResult
  func pop(_ count: Int = 1) -> Value {
    let last = stack.last ?? .other
    stack.removeLast(min(count, stack.count))
    return last
  }

  /// Removes everything above the last mark, and the mark; returns the first of it.
  @discardableResult
  func popMark() -> Value {
    var first = Value.other
    while let value = stack.popLast() {
      if case .mark = value { break }
      first = value
    }
    return first
  }

  /// Removes the parts of a tuple above the last mark, and the mark.
  func popTuple() -> Value {
    let start = stack.lastIndex { if case .mark = $0 { true } else { false } } ?? -1
    let value = Self.tuple(stack[(start + 1)...].prefix(2))
    stack.removeSubrange(max(start, 0)...)
    return value
  }

  /// Removes the parts of a tuple of so many.
  func popTuple(_ count: Int) -> Value {
    let value = Self.tuple(stack.suffix(count).prefix(2))
    pop(count)
    return value
  }

  private static func tuple(_ parts: ArraySlice<Value>) -> Value {
    var (first, isMade, text): (Int32, Bool, Int32) = (-1, false, -1)
    switch parts.first {
    case .global(let number): first = number
    case .made(let number): (first, isMade) = (number, true)
    default: break
    }
    if parts.count > 1, case .text(let number)? = parts.last { text = number }
    return .tuple(first: first, isMade: isMade, text: text)
  }

  func remember(_ index: Int) throws(WeightFileError) {
    guard (0..<Limit.memo).contains(index) else {
      throw cursor.fault(.pickleLimit, "entry \(index) of the memo; at most \(Limit.memo) are followed")
    }
    memo[index] = stack.last ?? .other
  }

  /// Remembers the value on the stack under the number of entries that were made.
  func rememberNext() throws(WeightFileError) { try remember(memo.count) }

  func recall(_ index: Int) throws(WeightFileError) {
    try push(memo[index] ?? .other)
  }

  /// Leaves bytes where they are, such as the elements of arrays.
  func skipBlob(_ count: Int) throws(WeightFileError) {
    try cursor.skip(count)
    skippedBytes += count
  }

  // MARK: Names

  /// A text of so many bytes.
  func text(_ count: Int) throws(WeightFileError) -> Value {
    guard count <= Limit.text else {
      try skipBlob(count)
      return .other
    }
    return number(of: String(decoding: try cursor.bytes(count), as: UTF8.self)).map(Value.text) ?? .other
  }

  func line() throws(WeightFileError) -> String {
    String(decoding: try cursor.line(limit: Limit.line), as: UTF8.self)
  }

  func text(of value: Value) -> String? {
    if case .text(let number) = value { texts[Int(number)] } else { nil }
  }

  func number(of text: String) -> Int32? {
    if let number = numbers[text] { return number }
    textSize += text.utf8.count + 64
    guard textSize <= Limit.allTexts else { return nil }
    let number = Int32(texts.count)
    numbers[text] = number
    texts.append(text)
    return number
  }

  /// Notes a name and returns it as a value.
  func global(_ name: GlobalName, at position: Int) -> Value {
    survey.add(global: name, at: position, in: pickle)
    if globals.count < PickleSurvey.listLimit { globals.append(name.text) }
    if let number = numbersOfNames[name] { return .global(number) }
    textSize += name.text.utf8.count + 64
    guard textSize <= Limit.allTexts else { return .other }
    let number = Int32(names.count)
    numbersOfNames[name] = number
    names.append(name)
    return .global(number)
  }

  // MARK: Findings

  func note(_ opcode: PickleOpcode, at position: Int, _ reason: String) {
    survey.add(PickleSurvey.Finding(opcode: opcode.name, offset: position, pickle: pickle, reason: reason))
  }

  private static func shown(_ name: GlobalName) -> String { String(name.text.prefix(Limit.text)) }

  /// Notes a call of a name off the list, and returns the value that it makes.
  func call(_ callee: Value, _ arguments: Value, _ opcode: PickleOpcode, at position: Int) -> Value {
    let number: Int32
    switch callee {
    case .global(let name): number = name
    case .member(let name):
      note(opcode, at: position, "calls '\(Self.shown(names[Int(name)]))', an attribute of a class")
      return .other
    default:
      note(opcode, at: position, "calls something that is not a plain name")
      return .other
    }
    let name = names[Int(number)]
    if opcode == .reduce, TorchGlobals.attributeGetters.contains(name.text) {
      return attribute(arguments, at: position)
    }
    judge(name, opcode, at: position, "calls")
    guard opcode == .reduce, TorchGlobals.makers.contains(name.text) else { return .made(number) }
    guard case .tuple(let first, false, _) = arguments, first >= 0 else {
      note(opcode, at: position, "makes an object of something that is no plain class name")
      return .other
    }
    judge(names[Int(first)], opcode, at: position, "makes an object of")
    return .made(first)
  }

  /// Notes what `getattr` is asked for, under its full name.
  private func attribute(_ arguments: Value, at position: Int) -> Value {
    guard case .tuple(let first, let isMade, let text) = arguments, first >= 0, text >= 0 else {
      note(
        .reduce, at: position,
        "asks for an attribute of something that is no plain class, or one whose name is no plain text")
      return .other
    }
    let owner = names[Int(first)]
    let name = GlobalName(module: owner.module, attribute: owner.attribute + "." + texts[Int(text)])
    let value = global(name, at: position)
    if isMade, !owner.text.hasPrefix("torch.optim.") {
      note(.reduce, at: position, "asks for '\(Self.shown(name))', an attribute of an object")
    } else {
      judge(name, .reduce, at: position, "asks for")
    }
    if case .global(let number) = value { return .member(number) } else { return .other }
  }

  private func judge(_ name: GlobalName, _ opcode: PickleOpcode, at position: Int, _ verb: String) {
    switch TorchGlobals.verdict(of: name) {
    case .interpreted, .value: break
    case .unknown: note(opcode, at: position, "\(verb) '\(Self.shown(name))', which is not on the list")
    case .refused:
      note(
        opcode, at: position,
        "\(verb) '\(Self.shown(name))': it can run programs or touch files; do not trust this file")
    }
  }

  /// Notes a state that is set on the product of a name off the list, or on anything that is no product.
  func build(at position: Int) {
    pop()
    switch stack.last {
    case .made(let number)?:
      let name = names[Int(number)]
      if !TorchGlobals.verdict(of: name).isAllowed {
        note(
          .build, at: position, "sets the state of what '\(Self.shown(name))' made, which is not on the list")
      }
    case .global(let number)?, .member(let number)?:
      note(
        .build, at: position,
        "sets the state of '\(Self.shown(names[Int(number)]))' itself, which changes the program that loads the file"
      )
    default: break
    }
  }
}

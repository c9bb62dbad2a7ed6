/// A class of a TorchScript program: the constants of its layer, and the functions that its methods call.
struct ScriptClass {
  /// The settings of the layer by the names of PyTorch's attributes, for example `stride`.
  private(set) var settings: [String: ModuleRecord.Setting] = [:]
  /// The functions by their last names, for example `relu_`.
  private(set) var calls: Set<String> = []
  /// The methods by their names.
  var methods: [String: ScriptFunction] = [:]

  /// Most functions that are listed.
  private static let callLimit = 256

  /// - Parameter lines: those of the class's body.
  init(lines: [Substring]) {
    for line in lines { addConstant(line) }
    let body = lines.filter { !Self.isAttribute($0) }.joined(separator: "\n")
    let found = ScriptCalls(body).all
    calls = Set(found.lazy.map(\.function).prefix(Self.callLimit))
    addSettings(of: found)
  }

  /// `  weight : Tensor`
  private static func isAttribute(_ line: Substring) -> Bool {
    guard line.hasPrefix("  "), let name = line.dropFirst(2).split(separator: " ", maxSplits: 1).first else {
      return false
    }
    return line.dropFirst(2 + name.count).hasPrefix(" : ")
  }

  /// `  stride : Final[Tuple[int, int]] = (2, 2)`
  private mutating func addConstant(_ line: Substring) {
    guard let colon = line.firstRange(of: " : Final["), let equals = line.firstRange(of: "] = "),
      colon.upperBound <= equals.lowerBound
    else { return }
    let name = line[..<colon.lowerBound].drop { $0 == " " }
    guard !name.isEmpty, name.utf8.count <= 64, !name.contains(" "),
      settings.count < ModuleTree.Limit.settings
    else { return }
    settings[String(name)] = ModuleRecord.Setting(literal: line[equals.upperBound...])
  }

  /// Takes the arguments of the one layer that the class is. Of two such calls none is taken.
  private mutating func addSettings(of calls: [ScriptCalls.Call]) {
    for (function, names) in Self.layers {
      let own = calls.filter { $0.function == function }
      guard own.count == 1, let call = own.first, !call.arguments.isEmpty else { continue }
      for (index, name, usual) in names {
        if call.arguments.indices.contains(index) {
          if let value = ModuleRecord.Setting(literal: call.arguments[index]) { settings[name] = value }
        } else if let usual {
          settings[name] = usual
        }
      }
    }
    let batch = calls.first { $0.function == "batch_norm" && $0.arguments.count > 5 }
    if batch?.arguments[5] == "True" { settings["training"] = .bool(true) }
    let drops = calls.contains { $0.function.contains("dropout") && $0.arguments.last == "True" }
    if drops { settings["training"] = .bool(true) }
  }

  /// The arguments of layers: place, name, and the value of one that is left out.
  private static let layers: [(function: String, arguments: [(Int, String, ModuleRecord.Setting?)])] = [
    (
      "conv2d",
      [
        (3, "stride", .ints([1, 1])), (4, "padding", .ints([0, 0])), (5, "dilation", .ints([1, 1])),
        (6, "groups", .int(1)),
      ]
    ),
    (
      "_convolution",
      [
        (3, "stride", nil), (4, "padding", nil), (5, "dilation", nil), (6, "transposed", nil),
        (8, "groups", nil),
      ]
    ),
    ("batch_norm", [(7, "eps", nil)]),
    ("group_norm", [(1, "num_groups", nil), (4, "eps", nil)]),
    (
      "max_pool2d",
      [
        (1, "kernel_size", nil), (2, "stride", nil), (3, "padding", nil), (4, "dilation", nil),
        (5, "ceil_mode", nil),
      ]
    ),
  ]
}

extension ModuleRecord.Setting {
  /// A literal of a program: a number, a text without escapes, True, False, None, or whole numbers in brackets; nil of anything else.
  init?(literal: Substring) {
    let text = literal.drop { $0 == " " }
    switch text {
    case "True": self = .bool(true)
    case "False": self = .bool(false)
    case "None": self = .none
    default:
      if let number = Int(text) {
        self = .int(number)
      } else if let first = text.first, let last = text.last, text.count > 1 {
        let inner = text.dropFirst().dropLast()
        switch (first, last) {
        case ("\"", "\"") where !inner.contains("\\") && !inner.contains("\"") && inner.utf8.count <= 256:
          self = .text(String(inner))
        case ("[", "]"), ("(", ")"):
          let numbers = inner.split(separator: ",").map { Int($0.filter { $0 != " " }) }
          guard numbers.count <= 8, numbers.allSatisfy({ $0 != nil }) else { return nil }
          self = .ints(numbers.compactMap(\.self))
        default:
          guard first.isNumber || first == "-" || first == ".", let number = Double(text) else { return nil }
          self = .float(number)
        }
      } else {
        return nil
      }
    }
  }
}

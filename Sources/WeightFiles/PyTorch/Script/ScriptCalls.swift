/// The calls of functions in the text of a TorchScript program.
struct ScriptCalls {
  struct Call {
    /// The last part of the function's name, for example `conv2d`.
    var function: String
    /// The arguments as they are written, without spaces around them; none of a function of PyTorch's own Python.
    var arguments: [Substring]
  }

  private(set) var all: [Call] = []

  private static let callLimit = 1 << 14
  /// Bytes of a call's arguments. No layer has more.
  private static let sizeLimit = 1024
  /// The beginnings of the names of functions that compute something.
  private static let owners = ["torch.", "ops.", "__torch__.torch.nn.functional."]

  /// - Complexity: O(length of the text).
  init(_ text: String) {
    var rest = text.utf8[...]
    while all.count < Self.callLimit, let start = rest.firstIndex(where: \.isNameByte) {
      let name = rest[start...].prefix { $0.isNameByte || $0 == UInt8(ascii: ".") }
      rest = rest[name.endIndex...]
      let words = Substring(name)
      guard let owner = Self.owners.first(where: words.hasPrefix), !words.hasPrefix("ops.prim.") else {
        continue
      }
      // A function of PyTorch's own Python is put into a variable, and that is called.
      let isReference = owner.hasPrefix("__torch__")
      guard isReference || rest.first == UInt8(ascii: "(") else { continue }
      let function = words.split(separator: ".").last.map(String.init) ?? String(words)
      all.append(Call(function: function, arguments: isReference ? [] : Self.arguments(of: rest)))
    }
  }

  /// The parts of the parenthesis at the beginning of a text; none where it does not end.
  private static func arguments(of text: Substring.UTF8View) -> [Substring] {
    let text = text.prefix(sizeLimit)
    var found: [Substring] = []
    var depth = 0
    var isInText = false
    var start = text.index(after: text.startIndex)
    for place in text.indices {
      let byte = text[place]
      if byte == UInt8(ascii: "\"") { isInText.toggle() }
      guard !isInText else { continue }
      if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
      if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth -= 1 }
      guard depth == 0 || depth == 1 && byte == UInt8(ascii: ",") else { continue }
      let part = Substring(text[start..<place]).trimmed
      if !part.isEmpty { found.append(part) }
      if depth == 0 { return found }
      start = text.index(after: place)
    }
    return []
  }
}

extension UInt8 {
  /// True in names of programs.
  var isNameByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}

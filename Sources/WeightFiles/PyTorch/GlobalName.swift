/// A class or function that a pickle names: a module, and the way from it through attributes, `Outer.Inner`.
///
/// Python imports the module and then follows the attributes, of which one may be a module that the first has imported: `pickle.loads` in
/// `torch.serialization` is `pickle`'s own.
struct GlobalName: Hashable {
  let module: String
  let attribute: String

  init(module: String, attribute: String) {
    self.module = module
    self.attribute = attribute
  }

  /// A name whose last part is the attribute.
  init(_ text: String) {
    guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")) else {
      self.init(module: "", attribute: text)
      return
    }
    self.init(
      module: String(Substring(text.utf8[..<dot])),
      attribute: String(Substring(text.utf8[text.utf8.index(after: dot)...])))
  }

  /// Both together, `torch.nn.modules.conv.Conv2d`.
  var text: String { module + "." + attribute }

  /// The attributes, one after the other.
  var path: [Substring] { attribute.split(separator: ".", omittingEmptySubsequences: false) }

  /// True for a class, or a class within classes, by the case of its letters: no function, no method, nothing in a module that the first one
  /// has imported.
  var isClass: Bool {
    path.allSatisfy { part in
      // `F`, `T` and `_VF` are what modules call other modules.
      let letters = part.drop { $0 == "_" }
      return letters.count > 1 && letters != "VF"
        && (letters.first.map { $0.isASCII && $0.isUppercase } ?? false)
    }
  }

  /// True for what belongs to a class or to another module than the one that is named. Nothing that is called so makes a part of a file of weights.
  var isMember: Bool { path.count > 1 && !isClass }
}

/// An expression of a TorchScript program.
package indirect enum ScriptExpression: Sendable, Hashable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  /// A text between quotes, whose escapes are kept as they are written.
  case text(String)
  case name(String)
  /// `[a, b]` and `(a, b)`.
  case list([ScriptExpression])
  case attribute(ScriptExpression, String)
  case call(ScriptExpression, [ScriptExpression], keywords: [String: ScriptExpression])
  case element(ScriptExpression, [ScriptExpression])
}

/// A statement of a TorchScript program.
package indirect enum ScriptStatement: Sendable, Hashable {
  /// `a = …` and `a, b = …`.
  case assign([String], ScriptExpression)
  /// An assignment to an attribute or an element.
  case change(ScriptExpression, ScriptExpression)
  case expression(ScriptExpression)
  case condition(ScriptExpression, [ScriptStatement], [ScriptStatement])
  case loop(String, over: ScriptExpression, [ScriptStatement])
  case repeated(ScriptExpression, [ScriptStatement])
  case returned(ScriptExpression)
  case pass
}

/// A function or method of a TorchScript program.
package struct ScriptFunction: Sendable, Hashable {
  package struct Parameter: Sendable, Hashable {
    package var name: String
    package var usual: ScriptExpression?
  }

  package var parameters: [Parameter] = []
  package var body: [ScriptStatement] = []
  /// The reason why the function cannot be followed; nil for one that was read as a whole.
  package var fault: String?
}

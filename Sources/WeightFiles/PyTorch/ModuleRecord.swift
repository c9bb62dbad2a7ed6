/// A layer or a group of layers of a saved network, as its own program describes it.
package struct ModuleRecord: Sendable {
  /// The names that lead to it, with dots between them; empty for the network itself.
  package var path: String
  /// The full name of its class, for example `torch.nn.modules.conv.Conv2d`.
  package var className: String
  /// The plain attributes of the layer, for example `stride` and `eps`; of a TorchScript archive those that its program says.
  package var settings: [String: Setting]
  /// The functions that the program of a TorchScript archive calls in the module, for example `relu_`.
  package var calls: Set<String> = []
  /// The methods of a TorchScript archive's module, by their names.
  package var methods: [String: ScriptFunction] = [:]
  /// The functions of a TorchScript archive's program that belong to no class, by their full names; the same for all its modules.
  package var functions: [String: ScriptFunction] = [:]
  /// The plain attributes of a TorchScript archive's module, which its program may ask for.
  package var attributes: [String: Setting] = [:]
  /// True if hooks or replaced methods of its own change the layer's computation.
  package var isChanged = false
  /// True if it comes from a TorchScript archive.
  package var isProgram = false

  /// The value of an attribute.
  package enum Setting: Hashable, Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case ints([Int])
    /// Numbers of which at least one is no whole one.
    case floats([Double])
    /// A text, or the name of a function or class.
    case text(String)
    /// Anything else, such as a number of NumPy's.
    case unknown
  }

  package init(path: String, className: String, settings: [String: Setting] = [:]) {
    self.path = path
    self.className = className
    self.settings = settings
  }
}

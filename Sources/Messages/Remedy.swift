/// A setting that would help, as it stands within a ``Remark``. Its description names what a Swift program sets; another program
/// says it by its own options.
public enum Remedy: Hashable, Sendable, CustomStringConvertible {
  /// A preset as the architecture: this one, or any.
  case preset(String?)
  /// An architecture that is no preset.
  case ownArchitecture
  /// The architecture, whichever it is.
  case architecture
  /// What lists the presets.
  case presets
  /// What shows how an architecture is described.
  case architectureForm
  /// The number of classes.
  case classes(Int)
  /// The classes' names.
  case labels
  /// What images go through.
  case preprocessing
  /// The place of the weights in a training checkpoint: under this key, or under one that is to be chosen.
  case stateDictKey(String?)
  /// Whose names an export's tensors have.
  case names(String)

  public var description: String {
    switch self {
    case .preset(let name):
      "\(name.map { "the preset \($0)" } ?? "a preset") as ImportOptions.architecture"
    case .ownArchitecture: "an ImportOptions.architecture of your own"
    case .architecture: "ImportOptions.architecture"
    case .presets: "Architecture.presets"
    case .architectureForm: "Architecture.json()"
    case .classes(let count): "ImportOptions.classes \(count)"
    case .labels: "ImportOptions.labels"
    case .preprocessing: "ImportOptions.preprocessing"
    case .stateDictKey(let key): "ImportOptions.stateDictKey" + (key.map { " '\($0)'" } ?? "")
    case .names(let names): "ExportNames.\(names)"
    }
  }
}

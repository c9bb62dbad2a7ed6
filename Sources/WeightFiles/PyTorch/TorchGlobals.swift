/// The names that a pickle of weights may mention, and their meaning.
enum TorchGlobals {
  /// Functions of PyTorch that make tensors.
  enum Rebuild: String {
    case tensor = "torch._utils._rebuild_tensor"
    case tensorV2 = "torch._utils._rebuild_tensor_v2"
    case tensorV3 = "torch._utils._rebuild_tensor_v3"
    case parameter = "torch._utils._rebuild_parameter"
    case parameterWithState = "torch._utils._rebuild_parameter_with_state"
    case fromType = "torch._tensor._rebuild_from_type_v2"
  }

  static let parameterClasses: Set = [
    "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.autograd.variable.Variable",
  ]

  /// Dictionaries: with no argument, a dictionary or pairs; a `defaultdict` has the maker of its values before them.
  static let dictionaries: Set = [
    "collections.OrderedDict", "collections.Counter", "collections.defaultdict", "builtins.dict",
    "__builtin__.dict",
  ]

  /// The element type of a storage class: `torch.FloatStorage`, `torch.cuda.HalfStorage`; `.some(nil)` where each
  /// tensor says it.
  static func storageType(_ name: String) -> ScalarType?? {
    if name == "torch.storage.UntypedStorage" || name == "torch.UntypedStorage" { return .some(nil) }
    guard name.hasSuffix("Storage") else { return nil }
    var word = name.dropLast("Storage".count)
    for prefix in ["torch.cuda.", "torch.storage.", "torch."] where word.hasPrefix(prefix) {
      word = word.dropFirst(prefix.count)
      return storageTypes[String(word)].map { .some($0) }
    }
    return nil
  }

  private static let storageTypes: [String: ScalarType] = [
    "Double": .float64, "Float": .float32, "Half": .float16, "BFloat16": .bfloat16, "Long": .int64,
    "Int": .int32, "Short": .int16, "Char": .int8, "Byte": .uint8, "Bool": .bool,
  ]

  /// The element type that `torch.float32` and the like name.
  static func elementType(_ name: String) -> ScalarType? {
    guard name.hasPrefix("torch.") else { return nil }
    let word = String(name.dropFirst("torch.".count))
    let synonyms: [String: ScalarType] = [
      "float": .float32, "double": .float64, "half": .float16, "long": .int64, "int": .int32, "short": .int16,
    ]
    return ScalarType(rawValue: word) ?? synonyms[word]
  }

  /// The reason for refusing a call of a function even without tensors: it could run a program, or makes special tensors.
  static func refusal(of name: String) -> (code: WeightFileError.Code, reason: String)? {
    if name.hasPrefix("torch.") {
      let last = name.split(separator: ".").last ?? ""
      if last.hasPrefix("_rebuild") || name.hasPrefix("torch.sparse") || name.hasPrefix("torch.ao.") {
        return (.unsupportedTensor, "quantised, sparse and other special tensors are not supported")
      }
    }
    for module in programs where name.hasPrefix(module + ".") {
      return (.forbiddenGlobal, "this function can run programs or touch files; do not trust this file")
    }
    for module in ["builtins", "__builtin__"] where name.hasPrefix(module + ".") {
      let function = name.dropFirst(module.count + 1)
      guard !harmless.contains(String(function)) else { return nil }
      return (.forbiddenGlobal, "this function can run programs or touch files; do not trust this file")
    }
    return nil
  }

  private static let harmless: Set = [
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long", "object",
    "range", "set", "slice", "str", "tuple", "unicode",
  ]

  /// Modules whose functions no file of weights has a reason to call.
  private static let programs = [
    "posix", "nt", "os", "subprocess", "sys", "importlib", "imp", "runpy", "shutil", "socket", "pty",
    "ctypes",
    "_ctypes", "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "code", "codeop", "commands", "popen2",
    "webbrowser", "operator", "_operator", "marshal", "multiprocessing", "asyncio", "tempfile", "urllib",
    "http",
    "requests", "smtplib", "pip", "timeit", "pdb", "bdb", "cProfile", "profile", "atexit", "signal",
    "torch.hub",
    "torch.jit", "torch.ops", "torch.package",
  ]
}

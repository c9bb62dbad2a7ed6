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

  /// The function of PyTorch that makes quantised tensors.
  static let quantizedTensor = "torch._utils._rebuild_qtensor"

  static let parameterClasses: Set = [
    "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.autograd.variable.Variable",
  ]

  /// Dictionaries: with no argument, a dictionary or pairs; a `defaultdict` has the maker of its values before them.
  static let dictionaries: Set = [
    "collections.OrderedDict", "collections.Counter", "collections.defaultdict", "builtins.dict",
    "__builtin__.dict",
  ]

  /// Functions of Python that give an attribute of a value: a method, or a class within a class.
  static let attributeGetters: Set = ["builtins.getattr", "__builtin__.getattr"]

  /// Functions of Python that make an object of the class that is their first argument.
  static let makers: Set = [
    "copyreg._reconstructor", "copy_reg._reconstructor", "copyreg.__newobj__", "copy_reg.__newobj__",
    "copyreg.__newobj_ex__",
  ]

  /// True for a function, or a class of plain values, none of whose results can have a state: to give one a state, or to make an object of
  /// it, would be to do something else than its name says.
  static func isFunction(_ name: String) -> Bool {
    Rebuild(rawValue: name) != nil || attributeGetters.contains(name) || makers.contains(name)
      || tags.contains(name) || makesTensor(name) || functions.contains(name)
  }

  private static let functions: Set = [
    "_codecs.encode", "torch.device", "torch.serialization._get_layout", "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar", "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
  ]

  /// Functions of TorchScript that tell the type of a value, their first argument.
  static let tags: Set = [
    "torch.jit._pickle.restore_type_tag", "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.build_tensorlist",
  ]

  /// True if a function of PyTorch makes a tensor of a special kind: quantised, sparse, without elements.
  static func makesTensor(_ name: String) -> Bool {
    name.hasPrefix("torch.") && (name.split(separator: ".").last ?? "").hasPrefix("_rebuild")
  }

  /// Bytes of an element of a storage class whose elements are not read; nil of an unknown one.
  static func foreignElementSize(_ className: String) -> Int? {
    guard className.hasPrefix("torch."), className.hasSuffix("Storage") else { return nil }
    let word = String((className.split(separator: ".").last ?? "").dropLast("Storage".count))
    if word.hasPrefix("Float8") { return 1 }
    return foreignElementSizes[word]
  }

  private static let foreignElementSizes = [
    "QInt8": 1, "QUInt8": 1, "QUInt4x2": 1, "QUInt2x4": 1, "QInt32": 4, "ComplexFloat": 8,
    "ComplexDouble": 16, "UInt16": 2, "UInt32": 4, "UInt64": 8,
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
}

import Messages

/// The parameters and buffers of a saved module and of those within, in the order of `state_dict()`, and a record of each module.
struct ModuleTree {
  private(set) var tensors: [(name: String, value: PickleValue)] = []
  private(set) var modules: [ModuleRecord] = []

  enum Limit {
    static let depth = 64
    static let modules = 1 << 14
    static let tensors = 1 << 16
    /// Bytes of all paths together.
    static let paths = 16 << 20
    static let settings = 512
  }

  private let heap: PickleHeap
  private let file: String
  private let checksForm: Bool
  private var pathSize = 0
  /// The settings of each object, which may stand at several places.
  private var settings: [Int: [String: ModuleRecord.Setting]] = [:]
  /// The objects that have the form of PyTorch's modules.
  private var sound: Set<Int> = []

  /// - Parameter checksForm: true to refuse modules of another form than PyTorch's.
  /// - Throws: ``WeightFileError`` with `pickleLimit` or `malformedPickle`.
  init(
    _ root: PickleValue, in heap: PickleHeap, checksForm: Bool, budget: inout Int, file: String
  ) throws(WeightFileError) {
    self.heap = heap
    self.checksForm = checksForm
    self.file = file
    try walk(root, path: "", depth: 0, budget: &budget)
  }

  private mutating func walk(
    _ value: PickleValue, path: String, depth: Int, budget: inout Int
  ) throws(WeightFileError) {
    let parts = heap.moduleParts(value, budget: &budget)
    guard budget > 0 else {
      throw WeightFileError(
        .pickleLimit, file: file,
        "the module's values are too entangled to be followed; save 'model.state_dict()' in Python instead")
    }
    guard let parts else { return }
    if checksForm {
      try requireSound(value, path: path, className: parts.className, budget: &budget)
    }
    guard depth <= Limit.depth, modules.count < Limit.modules else {
      throw WeightFileError(
        .pickleLimit, file: file,
        "the module has more than \(Limit.modules) others within, or \(Limit.depth) one within the other")
    }
    var record = ModuleRecord(
      path: path, className: parts.className, settings: try settings(of: value, path: path))
    record.isChanged = heap.isChanged(value)
    modules.append(record)
    let prefix = path.isEmpty ? "" : path + "."
    for (name, tensor) in parts.tensors {
      try count(prefix, name)
      tensors.append((prefix + name, tensor))
      guard tensors.count <= Limit.tensors else {
        throw WeightFileError(
          .pickleLimit, file: file, "the module has more than \(Limit.tensors) tensors")
      }
    }
    for (name, child) in parts.children {
      try count(prefix, name)
      try walk(child, path: prefix + name, depth: depth + 1, budget: &budget)
    }
  }

  private mutating func count(_ prefix: String, _ name: String) throws(WeightFileError) {
    pathSize += prefix.utf8.count + name.utf8.count
    guard pathSize <= Limit.paths else {
      throw WeightFileError(
        .pickleLimit, file: file, "the paths of the module's tensors take more than \(Limit.paths) bytes")
    }
  }

  /// Refuses a module of which PyTorch sees something else than its tables.
  private mutating func requireSound(
    _ value: PickleValue, path: String, className: String, budget: inout Int
  ) throws(WeightFileError) {
    guard case .node(let index) = value, !sound.contains(index) else { return }
    if let fault = heap.fault(ofModule: value, budget: &budget) {
      throw WeightFileError(
        .deceptivePickle, file: file,
        "the module '\(path.printable)' (\(className.printable)) \(fault.printable), so that PyTorch may compute with other weights than are read here; do not trust this file"
      )
    }
    if let axis = heap.otherAxis(ofModule: value) {
      throw WeightFileError(
        .unsupportedTensor, file: file,
        "the module '\(path.printable)' has a spectral normalization over \(axis), and only one over the first axis is read; save it in Python after 'torch.nn.utils.remove_spectral_norm'"
      )
    }
    sound.insert(index)
  }

  private mutating func settings(
    of value: PickleValue, path: String
  ) throws(WeightFileError) -> [String: ModuleRecord.Setting] {
    guard case .node(let index) = value, let object = heap.object(value) else { return [:] }
    if let known = settings[index] { return known }
    var found: [String: ModuleRecord.Setting] = [:]
    for entry in heap.attributes(object) ?? [] {
      guard let name = heap.string(entry.key), name.utf8.count <= 64, !name.hasPrefix("_") else { continue }
      guard found.count < Limit.settings || !checksForm else {
        throw WeightFileError(
          .pickleLimit, file: file,
          "the module '\(path.printable)' has more than \(Limit.settings) attributes; save 'model.state_dict()' in Python instead"
        )
      }
      found[name] = setting(entry.value)
    }
    settings[index] = found
    return found
  }

  private func setting(_ value: PickleValue) -> ModuleRecord.Setting {
    switch value {
    case .none: return ModuleRecord.Setting.none
    case .bool(let flag): return .bool(flag)
    case .int(let number): return .int(number)
    case .float(let number): return .float(number)
    case .node:
      if let numbers = heap.integers(value), numbers.count <= 8 { return .ints(numbers) }
      if let numbers = heap.floats(value), numbers.count <= 8 { return .floats(numbers) }
      guard let text = heap.string(value) ?? heap.global(value), text.utf8.count <= 256 else {
        return .unknown
      }
      return .text(text)
    }
  }
}

extension PickleHeap {
  /// The parts of a module that lead to its tensors.
  struct ModuleParts {
    var className: String
    var tensors: [(name: String, value: PickleValue)] = []
    var children: [(name: String, value: PickleValue)] = []
  }

  /// The parts of an object that is a module of PyTorch, or of TorchScript; nil of other values.
  ///
  /// - Parameter budget: the steps that may still be taken, which are counted down.
  func moduleParts(_ value: PickleValue, budget: inout Int) -> ModuleParts? {
    guard let object = object(value), let attributes = attributes(object) else { return nil }
    budget -= attributes.count + 1
    guard budget > 0 else { return nil }
    if object.name.hasPrefix("__torch__.") { return scriptParts(object.name, attributes) }
    var parts = ModuleParts(className: object.name)
    var tables: [String: PickleValue] = [:]
    for entry in attributes {
      guard let name = string(entry.key), name.hasPrefix("_") else { continue }
      tables[name] = entry.value
    }
    guard let parameters = tables["_parameters"].map({ entries(orNone: $0) ?? [] }) else { return nil }
    let children = tables["_modules"].flatMap(entries(orNone:)) ?? []
    let buffers = tables["_buffers"].flatMap(entries(orNone:)) ?? []
    let passing = tables["_non_persistent_buffers_set"].map { items(ofSet: $0) } ?? []
    budget -= parameters.count + children.count + buffers.count + passing.count
    guard budget > 0 else { return nil }
    let passed = Set(passing.compactMap(string))
    for entry in parameters {
      guard let name = string(entry.key), entry.value != .none else { continue }
      parts.tensors.append((name, entry.value))
    }
    for entry in buffers {
      guard let name = string(entry.key), entry.value != .none,
        !passed.contains(name) || isFilter(name, of: object)
      else { continue }
      parts.tensors.append((name, entry.value))
    }
    for entry in children {
      guard let name = string(entry.key), entry.value != .none else { continue }
      parts.children.append((name, entry.value))
    }
    return parts
  }

  /// A tuple or list of a few numbers.
  fileprivate func floats(_ value: PickleValue) -> [Double]? {
    guard let items = tuple(value) ?? list(value), items.count <= 64 else { return nil }
    let numbers = items.compactMap { item -> Double? in
      switch item {
      case .int(let number): Double(number)
      case .float(let number): number
      default: nil
      }
    }
    return numbers.count == items.count ? numbers : nil
  }

  /// The attributes of an object of TorchScript: tensors, and further objects.
  private func scriptParts(_ className: String, _ attributes: [PickleEntry]) -> ModuleParts {
    var parts = ModuleParts(className: className)
    for entry in attributes {
      guard let name = string(entry.key) else { continue }
      switch self[entry.value] {
      case .tensor, .unreadable: parts.tensors.append((name, entry.value))
      case .object(let object) where object.name.hasPrefix("__torch__."):
        parts.children.append((name, entry.value))
      default: break
      }
    }
    return parts
  }

  /// The entries of a dictionary; none of a value that is `None`.
  private func entries(orNone value: PickleValue) -> [PickleEntry]? {
    value == .none ? [] : dict(value) ?? entries(value)
  }

  func items(ofSet value: PickleValue) -> [PickleValue] {
    switch self[value] {
    case .set(let items), .list(let items): items
    case .object(let object):
      // A set of Python 2: `set([…])`.
      object.items + (tuple(object.arguments)?.first.flatMap(list) ?? [])
    default: []
    }
  }
}

extension TorchGlobals {
  /// The name of a class without what TorchScript adds: `__torch__.torch.nn.modules.conv.___torch_mangle_0.Conv2d`.
  static func plainClassName(_ name: String) -> String {
    guard name.hasPrefix("__torch__.") else { return name }
    return name.split(separator: ".").dropFirst().filter { !$0.hasPrefix("___torch_mangle_") }
      .joined(separator: ".")
  }
}

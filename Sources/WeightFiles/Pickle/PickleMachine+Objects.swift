/// The meaning of calls and objects in a pickle. Nothing is called: a few names are interpreted, those that reach for
/// the system are refused, and the results of all others are described.
extension PickleMachine {
  func pushGlobal(module: String, name: String) throws(WeightFileError) {
    let full = module + "." + name
    guard !module.isEmpty, !name.isEmpty,
      full.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
    else { throw cursor.fault(.malformedPickle, "a global without a sound name") }
    let global = GlobalName(module: module, attribute: name)
    guard !TorchGlobals.leadsToSystem(global) else { throw refusal(of: full) }
    // A function within a class, or within another module, becomes a value that cannot be called: no file of weights has a reason to call one.
    if global.isMember {
      return try push(new: .member(full, isClass: false), size: 112 + full.utf8.count)
    }
    guard !TorchGlobals.runsPrograms(full) else { throw refusal(of: full) }
    try push(new: .global(full), size: full.utf8.count)
  }

  private func refusal(of name: String) -> WeightFileError {
    cursor.fault(
      .forbiddenGlobal,
      "the pickle asks for '\(name)', which can run programs or touch files; do not trust this file")
  }

  // MARK: Calls

  /// Interprets a call.
  func call() throws(WeightFileError) {
    let (callee, arguments, items) = try popCall()
    if case .member(let name, let isClass) = heap[callee] {
      // A value of an enumeration within a class.
      guard isClass, items.allSatisfy(heap.isConstant) else {
        throw cursor.fault(
          .forbiddenGlobal,
          "a call of '\(name)', an attribute of a class that is no enumeration; do not trust this file")
      }
      return try pushObject(of: name, arguments, isInstance: false)
    }
    guard let name = heap.global(callee) else {
      throw cursor.fault(.forbiddenGlobal, "a call of something that is not a name")
    }
    if let rebuild = TorchGlobals.Rebuild(rawValue: name) { return try push(self.rebuild(rebuild, items)) }
    if TorchGlobals.dictionaries.contains(name) {
      guard let entries = try entries(of: items, name: name) else {
        throw cursor.fault(
          .deceptivePickle,
          "'\(name)' made of something else than a dictionary or pairs; do not trust this file")
      }
      return try push(new: .dict(entries))
    }
    if TorchGlobals.tags.contains(name), let first = items.first { return try push(first) }
    if TorchGlobals.attributeGetters.contains(name) { return try pushAttribute(items) }
    if TorchGlobals.makers.contains(name) { return try pushMade(by: name, items) }
    if let function = ArrayFunction(name), let node = try array(function, items) {
      return try push(new: node, size: 160)
    }
    if name == TorchGlobals.quantizedTensor {
      return try push(new: .unreadable(try quantizedTensor(items)), size: 320)
    }
    if TorchGlobals.makesTensor(name) { return try push(new: .unreadable(unreadable(by: name, items))) }
    try pushObject(of: name, items, arguments)
  }

  /// Interprets the making of an object without a call of its class: `cls.__new__(cls, *arguments)`.
  func makeObject(hasKeywords: Bool = false) throws(WeightFileError) {
    let (callee, arguments, items) = try popCall()
    // Protocol 2 names somebody's own class within a class so; a library's that is on the list has none.
    if case .member(let name, true) = heap[callee], TorchGlobals.verdict(of: GlobalName(name)) == .unknown {
      return try pushObject(of: name, arguments, isInstance: true)
    }
    guard let name = heap.global(callee) else {
      throw cursor.fault(
        .forbiddenGlobal, "an object of something that is no plain class name; do not trust this file")
    }
    try pushNew(name, items, arguments, hasKeywords: hasKeywords)
  }

  private func popCall() throws(WeightFileError) -> (PickleValue, PickleValue, [PickleValue]) {
    let arguments = try pop()
    let callee = try pop()
    guard let items = heap.tuple(arguments) else {
      throw cursor.fault(.malformedPickle, "a call whose arguments are not a tuple")
    }
    try freeze(items)
    return (callee, arguments, items)
  }

  /// Removes a dictionary of arguments by name; true if it has any.
  func popKeywords() throws(WeightFileError) -> Bool {
    guard let keywords = heap.dict(try pop()) else {
      throw cursor.fault(.malformedPickle, "arguments by name that are no dictionary")
    }
    return !keywords.isEmpty
  }

  private func pushNew(
    _ name: String, _ items: [PickleValue], _ arguments: PickleValue, hasKeywords: Bool
  ) throws(WeightFileError) {
    guard !TorchGlobals.isFunction(name) else {
      throw cursor.fault(
        .forbiddenGlobal, "an object of '\(name)', which is no class; do not trust this file")
    }
    if TorchGlobals.dictionaries.contains(name) {
      // Python leaves the arguments out, and the dictionary is empty.
      guard items.isEmpty, !hasKeywords else {
        throw cursor.fault(
          .deceptivePickle,
          "a '\(name)' that is made without a call, and with elements; do not trust this file")
      }
      return try push(new: .dict([]))
    }
    try pushObject(of: name, items, arguments)
  }

  private func pushObject(
    of name: String, _ items: [PickleValue], _ arguments: PickleValue
  ) throws(WeightFileError) {
    if TorchGlobals.parameterClasses.contains(name) { return try pushParameter(items, of: name) }
    if name == "torch.Size", items.count == 1, heap.integers(items[0]) != nil { return try push(items[0]) }
    try pushObject(of: name, arguments, isInstance: !TorchGlobals.isFunction(name))
  }

  private func pushObject(
    of name: String, _ arguments: PickleValue, isInstance: Bool
  ) throws(WeightFileError) {
    guard !TorchGlobals.isForbidden(name) else { throw refusal(of: name) }
    try push(
      new: .object(PickleObject(name: name, arguments: arguments, isInstance: isInstance)), size: 112)
  }

  /// Interprets a function that makes an object of the class that is its first argument.
  private func pushMade(by maker: String, _ items: [PickleValue]) throws(WeightFileError) {
    guard let name = items.first.flatMap(heap.global) else {
      throw cursor.fault(
        .forbiddenGlobal,
        "'\(maker)' makes an object of something that is no plain class name; do not trust this file")
    }
    var arguments = Array(items.dropFirst())
    var hasKeywords = false
    if maker.hasSuffix("._reconstructor") {
      // (class, base, content of the base)
      guard arguments.count == 2, let base = heap.global(arguments[0]) else {
        throw cursor.fault(.malformedPickle, "'\(maker)' without a base and its content")
      }
      let isEmpty = ["builtins.object", "__builtin__.object"].contains(base) && arguments[1] == .none
      arguments = isEmpty ? [] : [arguments[1]]
    } else if maker.hasSuffix(".__newobj_ex__") {
      guard arguments.count == 2, let inner = heap.tuple(arguments[0]), let keywords = heap.dict(arguments[1])
      else { throw cursor.fault(.malformedPickle, "'\(maker)' without arguments") }
      (arguments, hasKeywords) = (inner, !keywords.isEmpty)
    }
    try freeze(arguments)
    try pushTuple(arguments)
    try pushNew(name, arguments, pop(), hasKeywords: hasKeywords)
  }

  // MARK: Attributes

  /// True for an object whose methods programs keep: PyTorch's schedules do in their states, a network's `forward` may be replaced, and
  /// somebody's own objects, which are off the list, have hooks.
  private static func mayLend(_ attribute: String, objectOf name: String) -> Bool {
    name.hasPrefix("torch.optim.")
      || attribute == "forward" && ["torch.nn.", "torchvision.", "timm."].contains(where: name.hasPrefix)
      || TorchGlobals.verdict(of: GlobalName(name)) == .unknown
  }

  /// `getattr(class, name)`: a class or function within a class, or a method of an object, which stays a value.
  private func pushAttribute(_ items: [PickleValue]) throws(WeightFileError) {
    guard items.count == 2, let attribute = heap.string(items[1]),
      (1...Limit.globalName).contains(attribute.utf8.count)
    else { throw refusal(of: "getattr") }
    let owner = heap.global(items[0]) ?? heap.object(items[0])?.name ?? "an object"
    guard !TorchGlobals.isForbidden(attribute: attribute, of: owner) else { throw refusal(of: attribute) }
    let full = owner + "." + attribute
    guard !TorchGlobals.isForbidden(full) else { throw refusal(of: full) }
    let isClass = heap.global(items[0]) != nil && GlobalName(owner).isClass
    let isMethod = heap.object(items[0])?.isInstance == true && Self.mayLend(attribute, objectOf: owner)
    guard isClass || isMethod, !attribute.hasPrefix("__"), !attribute.utf8.contains(UInt8(ascii: "."))
    else {
      throw cursor.fault(
        .forbiddenGlobal,
        "the pickle asks for the attribute '\(attribute)' of '\(owner)', and only what a named class has within is taken; do not trust this file"
      )
    }
    try push(
      new: .member(full, isClass: isClass && GlobalName(module: owner, attribute: attribute).isClass),
      size: 112 + full.utf8.count)
  }

  // MARK: Dictionaries

  /// The entries that a dictionary is made of; nil when they are of an unusual form.
  private func entries(of items: [PickleValue], name: String) throws(WeightFileError) -> [PickleEntry]? {
    var arguments = items[...]
    if name == "collections.defaultdict", let maker = arguments.popFirst() {
      // The maker of missing values is called later.
      if case .member = heap[maker] { return nil }
    }
    guard let first = arguments.first else { return [] }
    guard arguments.count == 1 else { return nil }
    if let entries = heap.dict(first) {
      try charge(32 * entries.count)
      return entries
    }
    // A counter counts pairs.
    guard name != "collections.Counter", let pairs = heap.list(first) ?? heap.tuple(first) else { return nil }
    try charge(32 * pairs.count)
    var entries: [PickleEntry] = []
    for pair in pairs {
      guard let items = heap.tuple(pair) ?? heap.list(pair), items.count == 2 else { return nil }
      entries.append(PickleEntry(key: items[0], value: items[1]))
    }
    return entries
  }
}

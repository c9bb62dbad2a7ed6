/// The names that no file of weights has a reason to mention. Nothing is ever called; a file that asks for one of these
/// wants more than to give weights.
extension TorchGlobals {
  /// True if a pickle that calls this wants to run a program or to touch files.
  static func isForbidden(_ name: GlobalName) -> Bool {
    isForbidden(name.text) || leadsToSystem(name)
  }

  /// True if the way through the attributes of a module comes to one that reaches for the system, or to a function that does.
  static func leadsToSystem(_ name: GlobalName) -> Bool {
    let path = name.path
    guard path.count > 1 else { return false }
    if path.dropLast().contains(where: {
      runners.contains(String($0)) || programs.contains(String($0)) || modules.contains($0)
    }) {
      return true
    }
    let end = path.suffix(2).joined(separator: ".")
    return functions.contains(end) || path.last.map { isForbidden(attribute: String($0)) } == true
      || (path.first.map { files.contains($0) } ?? false)
  }

  /// True if a name stands for something that runs programs, even if the pickle does not call it.
  static func runsPrograms(_ name: String) -> Bool {
    if let function = builtin(name) { return evaluators.contains(function) }
    return isWithin(name, runners) && !["os.PathLike", "posix.stat_result"].contains(name)
  }

  /// True if a pickle that calls this wants to run a program or to touch files.
  static func isForbidden(_ name: String) -> Bool {
    if runsPrograms(name) { return true }
    if let function = builtin(name) {
      return !harmless.contains(function)
        && !["Error", "Exception", "Warning"].contains(where: { function.hasSuffix($0) })
    }
    // A module that another one has imported: `torch.serialization.os.system`.
    if name.split(separator: ".").dropFirst().dropLast().contains(where: { modules.contains($0) }) {
      return true
    }
    guard !name.hasPrefix("torch.jit._pickle.") else { return false }
    return isWithin(name, programs) || functions.contains(name)
  }

  /// True if an attribute of this name leads from any object to the system.
  static func isForbidden(attribute name: String) -> Bool {
    attributes.contains(name) || evaluators.contains(name)
  }

  /// True if an attribute of this name is one that leads from an object to the system, or a module that does.
  static func isForbidden(attribute name: String, of owner: String) -> Bool {
    let last = owner.split(separator: ".").last ?? ""
    return isForbidden(attribute: name) || runners.contains(name) || programs.contains(name)
      || modules.contains(Substring(name))
      || leadsToSystem(GlobalName(module: "", attribute: "\(last).\(name)"))
  }

  private static func isWithin(_ name: String, _ modules: Set<String>) -> Bool {
    var prefix = name[...]
    while let dot = prefix.lastIndex(of: ".") {
      prefix = prefix[..<dot]
      if modules.contains(String(prefix)) { return true }
    }
    return false
  }

  private static func builtin(_ name: String) -> String? {
    for module in ["builtins.", "__builtin__."] where name.hasPrefix(module) {
      return String(name.dropFirst(module.count))
    }
    return nil
  }

  private static let evaluators: Set = ["eval", "exec", "execfile", "compile", "__import__"]

  /// Modules all of whose functions run programs.
  private static let runners: Set = ["os", "posix", "nt", "subprocess", "pty", "runpy", "commands", "popen2"]

  /// Modules that lead to the system when another module lends them.
  private static let modules: Set<Substring> = [
    "os", "posix", "nt", "subprocess", "builtins", "__builtin__", "__builtins__", "importlib", "ctypes",
  ]

  /// Classes and modules whose members touch files.
  private static let files: Set<Substring> = [
    "Path", "PosixPath", "WindowsPath", "io", "_io", "codecs", "hub", "serialization",
  ]

  private static let attributes: Set = [
    "system", "popen", "spawn", "fork", "__globals__", "__builtins__", "__subclasses__", "__loader__",
    "__code__", "__getattribute__",
  ]

  /// Functions and classes of Python itself that have no effect but their value.
  private static let harmless: Set = [
    "bool", "bytearray", "bytes", "complex", "dict", "enumerate", "float", "frozenset", "int", "iter", "list",
    "long", "object", "range", "reversed", "set", "slice", "str", "tuple", "unicode", "xrange", "zip",
  ]

  /// Modules whose functions no file of weights has a reason to call.
  private static let programs: Set = [
    "sys", "importlib", "imp", "shutil", "socket", "ctypes", "_ctypes", "pickle", "_pickle", "cPickle",
    "dill", "cloudpickle", "codeop", "webbrowser", "marshal", "multiprocessing", "asyncio", "tempfile",
    "urllib", "http", "requests", "smtplib", "pip", "timeit", "pdb", "bdb", "cProfile", "atexit", "signal",
    "torch.hub", "torch.jit", "torch.ops", "torch.package",
  ]

  /// Functions and classes of modules that are harmless otherwise.
  private static let functions: Set = [
    "operator.attrgetter", "operator.methodcaller", "_operator.attrgetter", "_operator.methodcaller",
    "code.InteractiveInterpreter", "code.InteractiveConsole", "code.interact", "types.FunctionType",
    "types.CodeType", "types.LambdaType", "profile.run", "profile.runctx",
    // Files are opened, and other pickles read.
    "io.open", "_io.open", "io.open_code", "_io.open_code", "io.FileIO", "_io.FileIO", "codecs.open",
    "torch.load",
    "torch.serialization.load", "torch.save", "torch.serialization.save", "numpy.load", "joblib.load",
    "pandas.read_pickle",
  ]
}

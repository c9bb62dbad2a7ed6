import Files
import Messages

/// The program of a TorchScript archive: the settings of layers that its classes state, and its functions and methods.
/// The program is read as text, and nothing of it is run.
struct ScriptProgram {
  /// The classes by their full names, for example `__torch__.torch.nn.modules.conv.___torch_mangle_0.Conv2d`.
  private(set) var classes: [String: ScriptClass] = [:]
  /// The functions of no class by their full names, for example `__torch__.torch.nn.functional.relu`.
  private(set) var functions: [String: ScriptFunction] = [:]
  /// The source files that were added, so that no two are taken for the same one.
  private var modules: Set<String> = []
  private var wordsLeft = Limit.words

  enum Limit {
    /// Bytes of one source file, and of all together.
    static let file = 4 << 20
    static let total = 8 << 20
    static let classes = 1 << 15
    /// Names, numbers, texts and signs of all source files together. No network's program has a tenth.
    static let words = 1 << 20
  }

  init() {}

  /// Reads the source files of an archive. A program that is larger than any network's says nothing.
  ///
  /// - Parameter folder: the beginning of all entries' names.
  /// - Throws: ``WeightFileError`` for entries that are damaged.
  init(_ entries: [ZipEntry], folder: String, in file: InputFile) throws(WeightFileError) {
    let start = folder + "code/"
    let sources = entries.filter { $0.name.hasPrefix(start) && $0.name.hasSuffix(".py") }
    let total = sources.reduce(0.0) { $0 + Double($1.byteCount) }
    guard total <= Double(Limit.total), sources.allSatisfy({ $0.byteCount <= Limit.file }) else { return }
    for entry in sources {
      let module = entry.name.dropFirst(start.count).dropLast(".py".count)
      let bytes = try StoredBytes(entry).array(from: file)
      guard let text = String(validating: bytes, as: UTF8.self) else { continue }
      guard !text.contains("def __setstate__") else {
        throw WeightFileError(
          .scripted, file: file.path,
          "'\(entry.name)' has a program that makes weights when the file is loaded (__setstate__); load it in Python and save its state_dict"
        )
      }
      add(text, module: module.split(separator: "/").joined(separator: "."))
    }
  }

  /// Reads one source file.
  ///
  /// - Complexity: O(size of the text).
  mutating func add(_ text: String, module: String) {
    var name: String?
    var body: [Substring] = []
    func finish() {
      guard let name, classes.count < Limit.classes else { return }
      classes["\(module).\(name)"] = ScriptClass(lines: body)
    }
    for line in text.split(whereSeparator: \.isNewline) {
      if line.first == " " {
        body.append(line)
        continue
      }
      finish()
      body = []
      let words = line.prefix { $0 != "(" && $0 != ":" }.split(separator: " ")
      name = words.count == 2 && words[0] == "class" ? String(words[1]) : nil
    }
    finish()
    addFunctions(of: text, module: module)
  }

  private mutating func addFunctions(of text: String, module: String) {
    // A text that is not understood has no functions, and what calls them is refused.
    guard let tokens = ScriptTokens(text, limit: wordsLeft) else { return }
    wordsLeft -= tokens.all.count
    let parser = ScriptParser(tokens)
    let isKnown = !modules.insert(module).inserted
    func checked(_ function: ScriptFunction) -> ScriptFunction {
      isKnown ? ScriptFunction(fault: "stands in a source file that the archive has twice") : function
    }
    for (name, function) in parser.functions { functions["\(module).\(name)"] = checked(function) }
    for (name, methods) in parser.methods {
      classes["\(module).\(name)"]?.methods = methods.mapValues(checked)
    }
  }

  /// The module with what the program says about its class, under the plain name of that.
  func described(_ module: ModuleRecord) -> ModuleRecord {
    var module = module
    guard module.className.hasPrefix("__torch__.") else { return module }
    let own = classes[module.className]
    module.attributes = module.settings
    module.className = TorchGlobals.plainClassName(module.className)
    module.settings = own?.settings ?? [:]
    module.calls = own?.calls ?? []
    module.methods = own?.methods ?? [:]
    module.functions = functions
    module.isProgram = true
    return module
  }
}

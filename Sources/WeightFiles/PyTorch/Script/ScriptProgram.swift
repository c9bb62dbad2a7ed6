import Files
import Messages

/// The statements of a TorchScript archive's program about its classes: settings of layers, and the functions that they call.
/// The program is read as text, and nothing of it is run.
struct ScriptProgram {
  /// The classes by their full names, for example `__torch__.torch.nn.modules.conv.___torch_mangle_0.Conv2d`.
  private(set) var classes: [String: ScriptClass] = [:]

  enum Limit {
    /// Bytes of one source file, and of all together.
    static let file = 4 << 20
    static let total = 8 << 20
    static let classes = 1 << 15
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
  }

  /// The module with what the program says about its class, under the plain name of that.
  func described(_ module: ModuleRecord) -> ModuleRecord {
    var module = module
    guard module.className.hasPrefix("__torch__.") else { return module }
    let own = classes[module.className]
    module.className = TorchGlobals.plainClassName(module.className)
    module.settings = own?.settings ?? [:]
    module.calls = own?.calls ?? []
    module.methods = own?.methods ?? [:]
    module.isProgram = true
    return module
  }
}

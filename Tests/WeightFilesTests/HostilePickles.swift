import Testing
import WeightFiles

/// A file that must be refused, and the code that it must raise.
struct HostileFile: Sendable, CustomTestStringConvertible {
  var label: String
  var code: WeightFileError.Code
  var bytes: [UInt8]
  var testDescription: String { label }

  init(_ label: String, _ code: WeightFileError.Code, _ bytes: [UInt8]) {
    self.label = label
    self.code = code
    self.bytes = bytes
  }

  /// In a zip archive with one storage of four floats.
  init(_ label: String, _ code: WeightFileError.Code, pickle: [UInt8]) {
    self.init(label, code, Zip(pickle: pickle).bytes)
  }
}

/// Pickles that do what no file of weights needs.
enum HostilePickles {
  static let all: [HostileFile] = programs + tensors + bombs + malformed + HostilePrograms.all

  private static func withTensor(_ tensor: [UInt8]) -> [UInt8] { Pickle.file(Pickle.dict([("w", tensor)])) }

  private static let programs: [HostileFile] =
    [
      "os.system", "posix.system", "nt.system", "subprocess.Popen", "builtins.eval", "builtins.exec",
      "__builtin__.eval", "builtins.getattr", "builtins.__import__", "builtins.open", "runpy.run_path",
      "importlib.import_module", "shutil.rmtree", "socket.create_connection", "ctypes.CDLL", "pickle.loads",
      "webbrowser.open", "operator.attrgetter", "torch.hub.load", "torch.jit.load",
    ].map { name in
      HostileFile(
        "calls \(name)", .forbiddenGlobal,
        pickle: Pickle.file(beside: Pickle.calling(name, [Pickle.text("id")])))
    } + [
      HostileFile(
        "an unknown function is given a tensor", .forbiddenGlobal,
        pickle: Pickle.file(Pickle.dict([("w", Pickle.calling("net.make", [Pickle.tensor()]))]))),
      HostileFile(
        "an unknown function is given the tensor of a layer", .forbiddenGlobal,
        pickle: Pickle.file(
          Pickle.dict([
            ("w", Pickle.tensor()), ("fc.weight", Pickle.calling("net.make", [Pickle.tensor()])),
          ]))),
      HostileFile(
        "a function that another module lends", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling(
            "builtins.getattr", [Pickle.global("torch.serialization.os"), Pickle.text("system")]))),
      HostileFile(
        "an attribute that leads to the system", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling("builtins.getattr", [Pickle.global("net.f"), Pickle.text("__globals__")]))),
      HostileFile(
        "a module that another module lends, as a value", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling(
            "builtins.getattr", [Pickle.global("torch.nn.modules.linear.F"), Pickle.text("pickle")]))),
      HostileFile(
        "a function in the place of what unpickling calls", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling("net.Net", []) + Pickle.dict([("__setstate__", Pickle.global("net.f"))])
            + Pickle.build)),
      HostileFile(
        "a function in the place of append", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling("net.Net", []) + Pickle.dict([("append", Pickle.global("net.f"))])
            + Pickle.build)),
      HostileFile(
        "a function as a method of a dictionary", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling("collections.OrderedDict", [])
            + Pickle.dict([("keys", Pickle.global("net.f"))])
            + Pickle.build)),
      HostileFile(
        "two states of one object", .deceptivePickle,
        pickle: Pickle.file(
          beside: Pickle.calling("net.Net", []) + Pickle.dict([]) + Pickle.build + Pickle.dict([])
            + Pickle.build)),
      HostileFile(
        "a state that gives a tensor other elements", .deceptivePickle,
        pickle: Pickle.file(
          beside: Pickle.tensor()
            + Pickle.tuple([Pickle.storage(), Pickle.int(0), Pickle.ints([4]), Pickle.ints([1])])
            + Pickle.build)),
      HostileFile(
        "a function in the place of one that makes tensors", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling(
            "torch._tensor._rebuild_from_type_v2",
            [
              Pickle.global("torch.jit._pickle.restore_type_tag"), Pickle.global("torch.Tensor"),
              Pickle.tuple([]), Pickle.none,
            ]))),
      HostileFile(
        "a function that runs programs, not called", .forbiddenGlobal,
        pickle: Pickle.file(beside: Pickle.calling("functools.partial", [Pickle.global("os.system")]))),
      HostileFile(
        "calls what a call made", .forbiddenGlobal,
        pickle: Pickle.file(beside: Pickle.calling("net.f", []) + Pickle.emptyTuple + Pickle.call)),
      HostileFile(
        "a module within itself", .pickleLimit,
        pickle: Pickle.file(
          Pickle.calling("net.Net", []) + [0x71, 0]
            + Pickle.dict([
              ("_parameters", Pickle.dict([("w", Pickle.tensor())])),
              ("_modules", Pickle.dict([("a", [0x68, 0])])),
            ]) + Pickle.build)),
      HostileFile("modules that double", .pickleLimit, pickle: Pickle.file(doublingModules)),
      HostileFile(
        "a module by its id", .malformedPickle,
        pickle: Pickle.file(Pickle.tuple([Pickle.text("module"), Pickle.none]) + Pickle.persistent)),
      HostileFile(
        "a quantised tensor", .unsupportedTensor,
        pickle: withTensor(Pickle.calling("torch._utils._rebuild_qtensor", [Pickle.storage()]))),
      HostileFile(
        "a sparse tensor", .unsupportedTensor,
        pickle: withTensor(Pickle.calling("torch._utils._rebuild_sparse_tensor", []))),
    ]

  /// A module with twice the same one within, forty times over.
  private static let doublingModules: [UInt8] = (1...40).reduce(module([])) { inner, place in
    inner + [0x71, UInt8(place)] + [0x30]
      + module([("a", [0x68, UInt8(place)]), ("b", [0x68, UInt8(place)])])
  }

  private static func module(
    _ children: [(String, [UInt8])], settings: [(String, [UInt8])] = []
  ) -> [UInt8] {
    Pickle.calling("net.Net", [])
      + Pickle.dict(
        [("_parameters", Pickle.dict([("w", Pickle.tensor())])), ("_modules", Pickle.dict(children))]
          + settings)
      + Pickle.build
  }

  private static let longList = Pickle.list(Array(repeating: Pickle.none, count: 60_000))

  /// Nine values one within the other, each sixteen times.
  private static func spreading(_ make: ([[UInt8]]) -> [UInt8]) -> [UInt8] {
    (1...9).reduce(Pickle.list([])) { inner, place in
      make([inner + [0x71, UInt8(place)]] + Array(repeating: [0x68, UInt8(place)], count: 15))
    }
  }

  private static let table = Pickle.dict([("w", Pickle.tensor())])

  private static let tensors: [HostileFile] = [
    HostileFile(
      "2^40 elements by stride 0", .tensorExpansion,
      pickle: withTensor(Pickle.tensor(size: [1 << 20, 1 << 20], stride: [0, 0]))),
    HostileFile(
      "many tensors that reach over one storage", .tensorExpansion,
      Zip(
        pickle: Pickle.file(
          Pickle.dict(
            (0..<40).map { index in
              ("w\(index)", Pickle.tensor(Pickle.storage(count: 1 << 16), size: [2], stride: [65535]))
            })), storage: Array(repeating: 0, count: 4 << 16)
      ).bytes),
    HostileFile(
      "a shape that overflows", .invalidTensor,
      pickle: withTensor(Pickle.tensor(size: [1 << 32, 1 << 32], stride: [0, 0]))),
    HostileFile(
      "strides that overflow", .invalidTensor, pickle: withTensor(Pickle.tensor(size: [3], stride: [.max]))),
    HostileFile("an offset that overflows", .invalidTensor, pickle: withTensor(Pickle.tensor(offset: .max))),
    HostileFile("a negative size", .invalidTensor, pickle: withTensor(Pickle.tensor(size: [-4]))),
    HostileFile("a negative stride", .invalidTensor, pickle: withTensor(Pickle.tensor(stride: [-1]))),
    HostileFile("a negative offset", .invalidTensor, pickle: withTensor(Pickle.tensor(offset: -1))),
    HostileFile(
      "other strides than dimensions", .invalidTensor, pickle: withTensor(Pickle.tensor(stride: [1, 1]))),
    HostileFile(
      "too many dimensions", .invalidTensor,
      pickle: withTensor(
        Pickle.tensor(size: Array(repeating: 1, count: 40), stride: Array(repeating: 1, count: 40)))),
    HostileFile("a tensor behind its storage", .outOfRange, pickle: withTensor(Pickle.tensor(offset: 1))),
    HostileFile("a stride behind the storage", .outOfRange, pickle: withTensor(Pickle.tensor(stride: [2]))),
    HostileFile(
      "a negated view", .unsupportedTensor,
      pickle: withTensor(Pickle.tensor(more: [Pickle.dict([("neg", [0x88])])]))),
    HostileFile(
      "a tensor without a storage", .malformedPickle, pickle: withTensor(Pickle.tensor(Pickle.none))),
    HostileFile(
      "an unknown storage", .unsupportedTensor,
      pickle: withTensor(Pickle.tensor(Pickle.storage(type: "torch.QInt8Storage")))),
    HostileFile(
      "a storage that is not there", .missingStorage, pickle: withTensor(Pickle.tensor(Pickle.storage("7")))),
    HostileFile(
      "a storage of another size", .storageMismatch,
      pickle: withTensor(Pickle.tensor(Pickle.storage(count: 5)))),
    HostileFile(
      "a storage of two sizes", .storageMismatch,
      pickle: Pickle.file(
        Pickle.dict([("v", Pickle.tensor()), ("w", Pickle.tensor(Pickle.storage(count: 8)))]))),
    HostileFile(
      "a storage whose size overflows", .storageMismatch,
      pickle: withTensor(Pickle.tensor(Pickle.storage(count: .max)))),
    HostileFile(
      "a storage key that leads outside", .unsafeName,
      pickle: withTensor(Pickle.tensor(Pickle.storage("../../etc/passwd")))),
    HostileFile(
      "two tensors of one name", .duplicateTensor,
      pickle: Pickle.file(Pickle.dict([("w", Pickle.tensor()), ("w", Pickle.tensor())]))),
    HostileFile(
      "a tensor's name with NUL", .unsafeName, pickle: Pickle.file(Pickle.dict([("w\0", Pickle.tensor())]))),
    HostileFile(
      "a tensor's name that leads outside", .unsafeName,
      pickle: Pickle.file(Pickle.dict([("../w", Pickle.tensor())]))),
    HostileFile(
      "a tensor's name of 2000 bytes", .unsafeName,
      pickle: Pickle.file(Pickle.dict([(String(repeating: "w", count: 2000), Pickle.tensor())]))),
    HostileFile(
      "a key that is there twice", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.dict([
          ("state_dict", Pickle.dict([("w", Pickle.tensor())])),
          ("state_dict", Pickle.dict([("w", Pickle.none)])),
        ]))),
    HostileFile(
      "a key twice, the second time a number", .duplicateTensor,
      pickle: Pickle.file(Pickle.dict([("state_dict", table), ("state_dict", Pickle.int(5))]))),
    HostileFile(
      "a key twice, the first time nothing", .duplicateTensor,
      pickle: Pickle.file(Pickle.dict([("model", Pickle.none), ("model", table)]))),
    HostileFile(
      "a key twice, and 16 tables between", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.dict(
          [("state_dict", table)] + (0..<16).map { ("x\($0)", table) } + [("state_dict", table)]))),
    HostileFile(
      "a key twice, and 10,001 others between", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.dict([("state_dict", table)] + Pickle.fillers(10_001) + [("state_dict", table)]))),
    HostileFile(
      "a key twice in a dictionary within", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.dict([("checkpoint", Pickle.dict([("model", table), ("model", Pickle.none)]))]))),
    HostileFile(
      "a key that is set again", .duplicateTensor,
      pickle: Pickle.file(Pickle.dict([("model", table)]) + Pickle.text("model") + Pickle.none + [0x73])),
    HostileFile(
      "a key twice among pairs", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.calling(
          "collections.OrderedDict",
          [
            Pickle.list(
              [table, Pickle.none].map { Pickle.tuple([Pickle.text("model"), $0]) } + [
                Pickle.tuple([Pickle.text("net"), table])
              ])
          ]))),
    HostileFile(
      "the keys 1 and True", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.dict([("model", table)]) + Pickle.int(1) + table + [0x73, 0x88] + Pickle.none + [0x73])),
    HostileFile(
      "an attribute on the way that is set twice", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.calling("net.Saved", []) + Pickle.dict([("model", table), ("model", Pickle.none)])
          + Pickle.build)),
    HostileFile(
      "an attribute on the way that is a slot, too", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.calling("net.Saved", [])
          + Pickle.tuple([Pickle.dict([("model", table)]), Pickle.dict([("model", table)])]) + Pickle.build)),
    HostileFile(
      "a dictionary of somebody's own that is made of another one", .deceptivePickle,
      pickle: Pickle.file(
        Pickle.calling("net.Table", [table]) + Pickle.text("w") + Pickle.tensor() + [0x73])),
    HostileFile(
      "two tables far from each other in a list", .noStateDict,
      pickle: Pickle.file(Pickle.list([table] + Array(repeating: Pickle.none, count: 20) + [table]))),
    HostileFile(
      "two tables that could be meant", .noStateDict,
      pickle: Pickle.file(
        Pickle.dict([
          ("a", Pickle.dict([("w", Pickle.tensor())])), ("b", Pickle.dict([("w", Pickle.tensor())])),
        ]))),
  ]

  private static let bombs: [HostileFile] = [
    HostileFile(
      "100,000 nested lists", .pickleLimit,
      pickle: Pickle.file(Array(repeating: 0x5D, count: 100_000) + Array(repeating: 0x61, count: 99_999))),
    HostileFile(
      "100,000 marks", .pickleLimit, pickle: Pickle.protocol2 + Array(repeating: 0x28, count: 100_000)),
    HostileFile(
      "nested one-tuples", .pickleLimit,
      pickle: Pickle.file(Pickle.none + Array(repeating: 0x85, count: 100_000))),
    HostileFile(
      "a long list in every call", .noStateDict,
      pickle: Pickle.file(
        Pickle.list(
          [Pickle.list(Array(repeating: Pickle.none, count: 60_000)) + [0x71, 0]]
            + Array(repeating: Pickle.global("net.f") + [0x68, 0, 0x85, 0x52], count: 400)))),
    HostileFile(
      "frozen sets of 600,000 nothings", .pickleLimit,
      pickle: Pickle.file(
        Pickle.list(
          Array(repeating: [0x28] + Array(repeating: 0x4E, count: 100_000) + [0x91], count: 6)))),
    HostileFile(
      "a memo index beyond the limit", .pickleLimit,
      pickle: Pickle.file(Pickle.none + [0x72] + Pickle.little(UInt32(1 << 30)))),
    HostileFile("lists that lead to 16^9 others", .pickleLimit, pickle: Pickle.file(spreading(Pickle.list))),
    HostileFile(
      "tuples that lead to 16^9 others", .pickleLimit, pickle: Pickle.file(spreading(Pickle.tuple))),
    HostileFile(
      "many unknown values that lead to one long list", .forbiddenGlobal,
      pickle: Pickle.file(
        Pickle.dict(
          [("w", Pickle.tensor()), ("x", longList + [0x71, 0])]
            + (0..<400).map { ("l\($0).weight", Pickle.global("net.f") + [0x68, 0, 0x85, 0x52]) }))),
    HostileFile(
      "modules with one long list of buffers", .pickleLimit,
      pickle: Pickle.file(
        module(
          [("a", module([], settings: [("_non_persistent_buffers_set", longList)]) + [0x71, 0])]
            + (0..<2000).map { ("b\($0)", [0x68, 0]) }))),
    HostileFile(
      "two million empty lists", .pickleLimit,
      pickle: Pickle.protocol2 + Array(repeating: 0x5D, count: 2_000_000)),
  ]

  private static let malformed: [HostileFile] =
    [
      HostileFile("no STOP", .truncated, pickle: Pickle.protocol2 + Pickle.none),
      HostileFile("a text beyond the end", .truncated, pickle: Pickle.protocol2 + [0x58, 0xFF, 0xFF, 0, 0]),
      HostileFile("a text of 2 GiB", .truncated, pickle: Pickle.protocol2 + [0x58, 0xFF, 0xFF, 0xFF, 0x7F]),
      HostileFile(
        "a text of 2^63 bytes", .truncated, pickle: Pickle.protocol2 + [0x8D] + Pickle.little(UInt64.max)),
      HostileFile(
        "a frame beyond the end", .truncated,
        pickle: Pickle.protocol2 + [0x95] + Pickle.little(UInt64(1 << 40))),
      HostileFile(
        "an integer of a negative size", .truncated,
        pickle: Pickle.protocol2 + [0x8B] + Pickle.little(Int32(-5))),
      HostileFile(
        "a frame beyond the end of the pickle", .malformedPickle,
        pickle: Pickle.protocol2 + [0x95] + Pickle.little(UInt64(3)) + Pickle.none + Pickle.stop + [0]),
      HostileFile(
        "a frame that ends within an instruction", .malformedPickle,
        pickle: Pickle.protocol2 + [0x95] + Pickle.little(UInt64(2)) + Pickle.text("ab") + Pickle.stop),
      HostileFile(
        "a frame within a frame", .malformedPickle,
        pickle: Pickle.protocol2 + [0x95] + Pickle.little(UInt64(11)) + [0x95] + Pickle.little(UInt64(2))
          + Pickle.none + Pickle.stop),
      HostileFile("STOP with nothing", .malformedPickle, pickle: Pickle.file([])),
      HostileFile("two values", .malformedPickle, pickle: Pickle.file(Pickle.none + Pickle.none)),
      HostileFile("a pop too many", .malformedPickle, pickle: Pickle.file([0x61])),
      HostileFile("a pop below the mark", .malformedPickle, pickle: Pickle.file(Pickle.none + [0x28, 0x85])),
      HostileFile("TUPLE without MARK", .malformedPickle, pickle: Pickle.file([0x74])),
      HostileFile(
        "SETITEMS of three", .malformedPickle, pickle: Pickle.file([0x7D, 0x28, 0x4E, 0x4E, 0x4E, 0x75])),
      HostileFile("an unknown memo entry", .malformedPickle, pickle: Pickle.file([0x68, 9])),
      HostileFile(
        "a call without a tuple", .malformedPickle,
        pickle: Pickle.file(Pickle.global("a.b") + Pickle.none + Pickle.call)),
      HostileFile(
        "a number is called", .forbiddenGlobal,
        pickle: Pickle.file(Pickle.int(3) + Pickle.emptyTuple + Pickle.call)),
      HostileFile(
        "a state for a number", .malformedPickle,
        pickle: Pickle.file(Pickle.int(3) + Pickle.none + Pickle.build)),
      HostileFile(
        "a text that is not UTF-8", .malformedPickle, pickle: Pickle.file([0x58, 1, 0, 0, 0, 0xFF])),
      HostileFile("a global without a name", .malformedPickle, pickle: Pickle.file(Array("c\n\n".utf8))),
      HostileFile(
        "a global without an end", .malformedPickle,
        pickle: Pickle.protocol2 + Array(repeating: 0x63, count: 2000)),
      HostileFile("a later protocol", .malformedPickle, pickle: [0x80, 9, 0x4E, 0x2E]),
      HostileFile(
        "a persistent id of a number", .malformedPickle,
        pickle: Pickle.file(Pickle.int(3) + Pickle.persistent)),
      HostileFile("bytes after the pickle", .unclaimedBytes, pickle: Pickle.file(beside: Pickle.none) + [0]),
    ]
    + ([0x82, 0x83, 0x84, 0x69, 0x6F, 0x50, 0x32, 0x49, 0x4C, 0x97, 0xFF] as [UInt8]).map {
      opcode in
      HostileFile(
        "the instruction 0x\(String(opcode, radix: 16))", .unsupportedOpcode,
        pickle: Pickle.protocol2 + [opcode] + Array(repeating: 0x2E, count: 16))
    }
}

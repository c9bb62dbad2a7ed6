import Importers
import Testing

/// A file that must be refused, and the code that it must raise.
struct Specimen: Sendable, CustomTestStringConvertible {
  var label: String
  var code: ImportError.Code
  var bytes: [UInt8]
  var testDescription: String { label }

  init(_ label: String, _ code: ImportError.Code, _ bytes: [UInt8]) {
    self.label = label
    self.code = code
    self.bytes = bytes
  }

  /// In a zip archive with one storage of four floats.
  init(_ label: String, _ code: ImportError.Code, pickle: [UInt8]) {
    self.init(label, code, Zip(pickle: pickle).bytes)
  }
}

/// Pickles that do what no file of weights needs.
enum HostilePickles {
  static let all: [Specimen] = programs + tensors + bombs + malformed

  private static func withTensor(_ tensor: [UInt8]) -> [UInt8] { Pickle.file(Pickle.dict([("w", tensor)])) }

  private static let programs: [Specimen] =
    [
      "os.system", "posix.system", "nt.system", "subprocess.Popen", "builtins.eval", "builtins.exec",
      "__builtin__.eval", "builtins.getattr", "builtins.__import__", "builtins.open", "runpy.run_path",
      "importlib.import_module", "shutil.rmtree", "socket.create_connection", "ctypes.CDLL", "pickle.loads",
      "webbrowser.open", "operator.attrgetter", "torch.hub.load", "torch.jit.load",
    ].map { name in
      Specimen(
        "calls \(name)", .forbiddenGlobal,
        pickle: Pickle.file(beside: Pickle.calling(name, [Pickle.text("id")])))
    } + [
      Specimen(
        "an unknown function is given a tensor", .forbiddenGlobal,
        pickle: Pickle.file(Pickle.dict([("w", Pickle.calling("net.make", [Pickle.tensor()]))]))),
      Specimen(
        "an unknown function is given a tensor in a list", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling("net.make", [Pickle.list([Pickle.tuple([Pickle.tensor()])])]))),
      Specimen(
        "an unknown object has a tensor as its state", .forbiddenGlobal,
        pickle: Pickle.file(
          beside: Pickle.calling("net.Thing", []) + Pickle.dict([("v", Pickle.tensor())]) + Pickle.build)),
      Specimen(
        "an unknown object is made of a storage", .forbiddenGlobal,
        pickle: Pickle.file(beside: Pickle.calling("net.Thing", [Pickle.storage()]))),
      Specimen(
        "elements for an unknown object", .forbiddenGlobal,
        pickle: Pickle.file(beside: Pickle.calling("net.Bag", []) + Pickle.tensor() + [0x61])),
      Specimen(
        "calls what a call made", .forbiddenGlobal,
        pickle: Pickle.file(beside: Pickle.calling("net.f", []) + Pickle.emptyTuple + Pickle.call)),
      Specimen(
        "a module", .pickledModule,
        pickle: Pickle.file(
          Pickle.calling("net.Net", [])
            + Pickle.dict([("_parameters", Pickle.dict([("w", Pickle.tensor())]))])
            + Pickle.build)),
      Specimen(
        "a module by its id", .pickledModule,
        pickle: Pickle.file(Pickle.tuple([Pickle.text("module"), Pickle.none]) + Pickle.persistent)),
      Specimen(
        "a quantised tensor", .unsupportedTensor,
        pickle: withTensor(Pickle.calling("torch._utils._rebuild_qtensor", [Pickle.storage()]))),
      Specimen(
        "a sparse tensor", .unsupportedTensor,
        pickle: withTensor(Pickle.calling("torch._utils._rebuild_sparse_tensor", []))),
    ]

  private static let tensors: [Specimen] = [
    Specimen(
      "2^40 elements by stride 0", .tensorExpansion,
      pickle: withTensor(Pickle.tensor(size: [1 << 20, 1 << 20], stride: [0, 0]))),
    Specimen(
      "many tensors that reach over one storage", .tensorExpansion,
      Zip(
        pickle: Pickle.file(
          Pickle.dict(
            (0..<40).map { index in
              ("w\(index)", Pickle.tensor(Pickle.storage(count: 1 << 16), size: [2], stride: [65535]))
            })), storage: Array(repeating: 0, count: 4 << 16)
      ).bytes),
    Specimen(
      "a shape that overflows", .invalidTensor,
      pickle: withTensor(Pickle.tensor(size: [1 << 32, 1 << 32], stride: [0, 0]))),
    Specimen(
      "strides that overflow", .invalidTensor, pickle: withTensor(Pickle.tensor(size: [3], stride: [.max]))),
    Specimen("an offset that overflows", .invalidTensor, pickle: withTensor(Pickle.tensor(offset: .max))),
    Specimen("a negative size", .invalidTensor, pickle: withTensor(Pickle.tensor(size: [-4]))),
    Specimen("a negative stride", .invalidTensor, pickle: withTensor(Pickle.tensor(stride: [-1]))),
    Specimen("a negative offset", .invalidTensor, pickle: withTensor(Pickle.tensor(offset: -1))),
    Specimen(
      "other strides than dimensions", .invalidTensor, pickle: withTensor(Pickle.tensor(stride: [1, 1]))),
    Specimen(
      "too many dimensions", .invalidTensor,
      pickle: withTensor(
        Pickle.tensor(size: Array(repeating: 1, count: 40), stride: Array(repeating: 1, count: 40)))),
    Specimen("a tensor behind its storage", .outOfRange, pickle: withTensor(Pickle.tensor(offset: 1))),
    Specimen("a stride behind the storage", .outOfRange, pickle: withTensor(Pickle.tensor(stride: [2]))),
    Specimen(
      "a negated view", .unsupportedTensor,
      pickle: withTensor(Pickle.tensor(more: [Pickle.dict([("neg", [0x88])])]))),
    Specimen("a tensor without a storage", .malformedPickle, pickle: withTensor(Pickle.tensor(Pickle.none))),
    Specimen(
      "an unknown storage", .unsupportedTensor,
      pickle: withTensor(Pickle.tensor(Pickle.storage(type: "torch.QInt8Storage")))),
    Specimen(
      "a storage that is not there", .missingStorage, pickle: withTensor(Pickle.tensor(Pickle.storage("7")))),
    Specimen(
      "a storage of another size", .storageMismatch,
      pickle: withTensor(Pickle.tensor(Pickle.storage(count: 5)))),
    Specimen(
      "a storage of two sizes", .storageMismatch,
      pickle: Pickle.file(
        Pickle.dict([("v", Pickle.tensor()), ("w", Pickle.tensor(Pickle.storage(count: 8)))]))),
    Specimen(
      "a storage whose size overflows", .storageMismatch,
      pickle: withTensor(Pickle.tensor(Pickle.storage(count: .max)))),
    Specimen(
      "a storage key that leads outside", .unsafeName,
      pickle: withTensor(Pickle.tensor(Pickle.storage("../../etc/passwd")))),
    Specimen(
      "two tensors of one name", .duplicateTensor,
      pickle: Pickle.file(Pickle.dict([("w", Pickle.tensor()), ("w", Pickle.tensor())]))),
    Specimen(
      "a tensor's name with NUL", .unsafeName, pickle: Pickle.file(Pickle.dict([("w\0", Pickle.tensor())]))),
    Specimen(
      "a tensor's name that leads outside", .unsafeName,
      pickle: Pickle.file(Pickle.dict([("../w", Pickle.tensor())]))),
    Specimen(
      "a tensor's name of 2000 bytes", .unsafeName,
      pickle: Pickle.file(Pickle.dict([(String(repeating: "w", count: 2000), Pickle.tensor())]))),
    Specimen(
      "a key that is there twice", .duplicateTensor,
      pickle: Pickle.file(
        Pickle.dict([
          ("state_dict", Pickle.dict([("w", Pickle.tensor())])),
          ("state_dict", Pickle.dict([("w", Pickle.none)])),
        ]))),
    Specimen(
      "two tables that could be meant", .noStateDict,
      pickle: Pickle.file(
        Pickle.dict([
          ("a", Pickle.dict([("w", Pickle.tensor())])), ("b", Pickle.dict([("w", Pickle.tensor())])),
        ]))),
  ]

  private static let bombs: [Specimen] = [
    Specimen(
      "100,000 nested lists", .pickleLimit,
      pickle: Pickle.file(Array(repeating: 0x5D, count: 100_000) + Array(repeating: 0x61, count: 99_999))),
    Specimen(
      "100,000 marks", .pickleLimit, pickle: Pickle.protocol2 + Array(repeating: 0x28, count: 100_000)),
    Specimen(
      "nested one-tuples", .pickleLimit,
      pickle: Pickle.file(Pickle.none + Array(repeating: 0x85, count: 100_000))),
    Specimen(
      "a long list in every call", .pickleLimit,
      pickle: Pickle.file(
        Pickle.list(
          [Pickle.list(Array(repeating: Pickle.none, count: 60_000)) + [0x71, 0]]
            + Array(repeating: Pickle.global("net.f") + [0x68, 0, 0x85, 0x52], count: 400)))),
    Specimen(
      "a memo index beyond the limit", .pickleLimit,
      pickle: Pickle.file(Pickle.none + [0x72] + Pickle.little(UInt32(1 << 30)))),
    Specimen(
      "two million empty lists", .pickleLimit,
      pickle: Pickle.protocol2 + Array(repeating: 0x5D, count: 2_000_000)),
  ]

  private static let malformed: [Specimen] =
    [
      Specimen("no STOP", .truncated, pickle: Pickle.protocol2 + Pickle.none),
      Specimen("a text beyond the end", .truncated, pickle: Pickle.protocol2 + [0x58, 0xFF, 0xFF, 0, 0]),
      Specimen("a text of 2 GiB", .truncated, pickle: Pickle.protocol2 + [0x58, 0xFF, 0xFF, 0xFF, 0x7F]),
      Specimen(
        "a text of 2^63 bytes", .truncated, pickle: Pickle.protocol2 + [0x8D] + Pickle.little(UInt64.max)),
      Specimen(
        "a frame beyond the end", .truncated,
        pickle: Pickle.protocol2 + [0x95] + Pickle.little(UInt64(1 << 40))),
      Specimen(
        "an integer of a negative size", .truncated,
        pickle: Pickle.protocol2 + [0x8B] + Pickle.little(Int32(-5))),
      Specimen("STOP with nothing", .malformedPickle, pickle: Pickle.file([])),
      Specimen("two values", .malformedPickle, pickle: Pickle.file(Pickle.none + Pickle.none)),
      Specimen("a pop too many", .malformedPickle, pickle: Pickle.file([0x61])),
      Specimen("a pop below the mark", .malformedPickle, pickle: Pickle.file(Pickle.none + [0x28, 0x85])),
      Specimen("TUPLE without MARK", .malformedPickle, pickle: Pickle.file([0x74])),
      Specimen(
        "SETITEMS of three", .malformedPickle, pickle: Pickle.file([0x7D, 0x28, 0x4E, 0x4E, 0x4E, 0x75])),
      Specimen("an unknown memo entry", .malformedPickle, pickle: Pickle.file([0x68, 9])),
      Specimen(
        "a call without a tuple", .malformedPickle,
        pickle: Pickle.file(Pickle.global("a.b") + Pickle.none + Pickle.call)),
      Specimen(
        "a number is called", .forbiddenGlobal,
        pickle: Pickle.file(Pickle.int(3) + Pickle.emptyTuple + Pickle.call)),
      Specimen(
        "a state for a number", .malformedPickle,
        pickle: Pickle.file(Pickle.int(3) + Pickle.none + Pickle.build)),
      Specimen("a text that is not UTF-8", .malformedPickle, pickle: Pickle.file([0x58, 1, 0, 0, 0, 0xFF])),
      Specimen("a global without a name", .malformedPickle, pickle: Pickle.file(Array("c\n\n".utf8))),
      Specimen(
        "a global without an end", .malformedPickle,
        pickle: Pickle.protocol2 + Array(repeating: 0x63, count: 2000)),
      Specimen("a later protocol", .malformedPickle, pickle: [0x80, 9, 0x4E, 0x2E]),
      Specimen(
        "a persistent id of a number", .malformedPickle,
        pickle: Pickle.file(Pickle.int(3) + Pickle.persistent)),
      Specimen("bytes after the pickle", .unclaimedBytes, pickle: Pickle.file(beside: Pickle.none) + [0]),
    ]
    + ([0x82, 0x83, 0x84, 0x69, 0x6F, 0x50, 0x30, 0x31, 0x32, 0x49, 0x4C, 0x92, 0x97, 0xFF] as [UInt8]).map {
      opcode in
      Specimen(
        "the instruction 0x\(String(opcode, radix: 16))", .unsupportedOpcode,
        pickle: Pickle.protocol2 + [opcode] + Array(repeating: 0x2E, count: 16))
    }
}

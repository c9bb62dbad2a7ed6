import Files

/// A survey of the names and instructions in the pickles of a PyTorch file, read from their first instruction to their last. Nothing is called.
public struct PickleSurvey: Sendable {
  /// A restricted reader's treatment of a class or function.
  public enum Verdict: String, Hashable, Sendable, CaseIterable {
    /// It is on the list: its meaning is known, and interpreted.
    case interpreted
    /// It is on the list of things that training checkpoints hold beside weights; never called, and of no use here.
    case value
    /// It is not on the list; never called, and skipped unless a tensor of the network needs it.
    case unknown
    /// It can run programs or touch files: a file that calls it is refused.
    case refused

    /// True if it is on the list of names that files of weights need.
    public var isAllowed: Bool { self == .interpreted || self == .value }
  }

  /// A class or function that a pickle names.
  public struct Global: Hashable, Sendable {
    /// Module and name, for example `collections.OrderedDict`.
    public let name: String
    /// Its treatment.
    public let verdict: Verdict
    /// The byte in the file where it is first named; in the decoded bytes of a compressed entry.
    public let offset: Int
    /// The pickle that names it.
    public let pickle: String
    /// The number of times that it is named.
    public internal(set) var count: Int
  }

  /// An instruction that no file of weights needs, or that uses a name off the list.
  public struct Finding: Hashable, Sendable {
    /// Python's name of the instruction, for example `REDUCE`.
    public let opcode: String
    /// Its place in the file; in the decoded bytes of a compressed entry.
    public let offset: Int
    /// The pickle in which it stands.
    public let pickle: String
    /// The reason for suspicion.
    public let reason: String
  }

  /// Every class and function, in the order in which they appear; at most ``listLimit``.
  public private(set) var globals: [Global] = []
  /// The number of further ones.
  public private(set) var furtherGlobalCount = 0
  /// The suspicious instructions, in order; at most ``listLimit``.
  public private(set) var findings: [Finding] = []
  /// The number of further ones.
  public private(set) var furtherFindingCount = 0
  /// The reasons why pickles could not be read to their end, a sentence each.
  public private(set) var gaps: [String] = []

  /// Most entries of either list.
  public static let listLimit = 256

  private var places: [GlobalName: Int] = [:]

  init() {}

  mutating func add(global name: GlobalName, at offset: Int, in pickle: String) {
    if let place = places[name] {
      globals[place].count += 1
    } else if globals.count < Self.listLimit {
      places[name] = globals.count
      globals.append(
        Global(
          name: String(name.text.prefix(PickleSurveyor.Limit.text)), verdict: TorchGlobals.verdict(of: name),
          offset: offset, pickle: pickle, count: 1))
    } else {
      furtherGlobalCount += 1
    }
  }

  mutating func add(_ finding: Finding) {
    if findings.count < Self.listLimit { findings.append(finding) } else { furtherFindingCount += 1 }
  }

  mutating func addGap(_ sentence: String) { gaps.append(sentence) }
}

extension TorchGlobals {
  /// The treatment of a class or function that a pickle names.
  static func verdict(of global: GlobalName) -> PickleSurvey.Verdict {
    // The attribute that is asked for decides.
    if attributeGetters.contains(global.text) { return .value }
    if isForbidden(global) { return .refused }
    // A long way to a name is none that a program writes.
    guard !global.isMember, global.text.utf8.count <= PickleSurveyor.Limit.text else { return .unknown }
    let name = global.text
    if Rebuild(rawValue: name) != nil || parameterClasses.contains(name) || dictionaries.contains(name)
      || name == "torch.Size" || elementType(name) != nil
    {
      return .interpreted
    }
    if case .some = storageType(name) { return .interpreted }
    if makers.contains(name) || makesTensor(name)
      || foreignElementSize(name) != nil
    {
      return .value
    }
    if global.isClass, packagesOfLayers.contains(where: { name.hasPrefix($0) }) { return .value }
    if name.hasPrefix("__torch__.") || tags.contains(name) { return .value }
    // TAR archives name the class of each tensor, such as `torch.FloatTensor`.
    if name.hasSuffix("Tensor"), case .some = storageType(name.dropLast("Tensor".count) + "Storage") {
      return .value
    }
    return plainValues.contains(name) ? .value : .unknown
  }

  /// Packages of the classes that whole modules, optimizers and schedules consist of.
  private static let packagesOfLayers = [
    "torch.nn.", "torch.optim.", "torchvision.models.", "torchvision.ops.", "timm.models.", "timm.layers.",
    "timm.optim.", "timm.scheduler.",
  ]

  /// Classes and functions of the values that training checkpoints hold beside tensors.
  private static let plainValues: Set = [
    "_codecs.encode", "argparse.Namespace", "builtins.bytearray", "builtins.complex", "builtins.frozenset",
    "builtins.set", "__builtin__.bytearray", "__builtin__.complex", "__builtin__.frozenset",
    "__builtin__.set", "collections.deque", "datetime.date", "datetime.datetime", "datetime.time",
    "datetime.timedelta", "datetime.timezone", "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath",
    "pathlib.PurePosixPath", "pathlib.PureWindowsPath", "pathlib.WindowsPath", "pathlib._local.Path",
    "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
    "numpy._core.multiarray.scalar", "numpy.core.multiarray.scalar", "numpy.dtype", "numpy.ndarray",
    "numpy._core.multiarray._reconstruct", "numpy.core.multiarray._reconstruct", "torch.Tensor",
    "torch.device", "torch.serialization._get_layout", "torch.per_tensor_affine", "torch.per_channel_affine",
  ]
}

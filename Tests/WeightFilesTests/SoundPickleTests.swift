import Messages
import TestSupport
import Testing

@testable import WeightFiles

/// Forms that PyTorch and the programs around it write, and that resemble those of `HostilePrograms`.
@Suite struct SoundPickleTests {
  private let folder = TemporaryFolder()

  private func open(_ pickle: [UInt8]) throws -> any WeightSource {
    let source = try openWeights(folder.write(Zip(pickle: pickle).bytes, to: "x.pth"))
    try source.readAll()
    return source
  }

  private static let flag: [UInt8] = [0x88]
  private static let ordered = Pickle.calling("collections.OrderedDict", [])
  private static func new(_ name: String) -> [UInt8] { Pickle.global(name) + Pickle.emptyTuple + [0x81] }
  private static func attribute(_ name: String, of owner: [UInt8]) -> [UInt8] {
    HostilePrograms.attribute(name, of: owner)
  }

  static let values: [(label: String, value: [UInt8])] = [
    (
      "a value of an enumeration within a class",
      attribute("Kind", of: Pickle.global("net.Block")) + Pickle.ints([1]) + Pickle.call
    ),
    (
      "a function of a schedule's class",
      attribute("_annealing_cos", of: Pickle.global("torch.optim.lr_scheduler.OneCycleLR"))
    ),
    ("a schedule's method", attribute("_scale", of: new("torch.optim.lr_scheduler.CyclicLR"))),
    (
      "an object of somebody's own class within a class",
      attribute("Settings", of: Pickle.global("net.Block")) + Pickle.emptyTuple + [0x81] + Pickle.dict([])
        + Pickle.build
    ),
    ("a method of somebody's own object", attribute("hook", of: new("net.Watcher"))),
    ("milestones", Pickle.calling("collections.Counter", [Pickle.dict([])])),
    ("no milestones", Pickle.calling("collections.Counter", [])),
    (
      "a dictionary of Python 2",
      Pickle.calling(
        "collections.OrderedDict", [Pickle.list([Pickle.list([Pickle.text("a"), Pickle.int(1)])])])
    ),
    ("a dictionary of lists", Pickle.calling("collections.defaultdict", [Pickle.global("builtins.list")])),
    ("an empty dictionary without a call", new("collections.OrderedDict")),
    ("versions of modules", ordered + Pickle.dict([("_metadata", ordered)]) + Pickle.build),
    ("the state of a tensor", Pickle.tensor() + Pickle.tuple([flag, Pickle.none, ordered]) + Pickle.build),
    ("the state of a variable", Pickle.tensor() + Pickle.tuple([flag, flag, Pickle.none]) + Pickle.build),
    (
      "a parameter of PyTorch 0.1",
      Pickle.calling("torch.nn.parameter.Parameter", [])
        + Pickle.tuple([Pickle.tensor(), Pickle.none, ordered, flag, flag]) + Pickle.build
    ),
    (
      "a parameter that is called",
      Pickle.calling("torch.nn.parameter.Parameter", [Pickle.tensor(), flag])
    ),
    ("a namespace", new("argparse.Namespace") + Pickle.dict([("lr", Pickle.int(1))]) + Pickle.build),
    (
      "a namespace of protocol 1",
      Pickle.calling(
        "copyreg._reconstructor",
        [Pickle.global("argparse.Namespace"), Pickle.global("builtins.object"), Pickle.none])
        + Pickle.dict([]) + Pickle.build
    ),
    ("slots", new("net.Point") + Pickle.tuple([Pickle.none, Pickle.dict([])]) + Pickle.build),
    ("a set of Python 2", Pickle.calling("builtins.set", [Pickle.list([Pickle.int(1)])])),
    (
      "a dictionary of somebody's own beside the weights",
      Pickle.calling("net.Table", []) + [0x28] + Pickle.text("a") + Pickle.int(1) + [0x75]
        + Pickle.dict([("a", Pickle.int(1))]) + Pickle.build
    ),
  ]

  @Test(arguments: values)
  func whatProgramsWriteBesideWeightsIsRead(label: String, value: [UInt8]) throws {
    #expect(try open(Pickle.file(beside: value)).tensors.map(\.name).first == "w", "\(label)")
  }

  @Test func weightsThatAreNormalisedHaveTheirTensorsBesideThem() throws {
    let hook =
      Self.new("torch.nn.utils.weight_norm.WeightNorm") + Pickle.dict([("name", Pickle.text("weight"))])
      + Pickle.build
    let module = HostilePrograms.module(
      "torch.nn.modules.conv.Conv2d",
      parameters: [("bias", Pickle.none), ("weight_g", Pickle.tensor()), ("weight_v", Pickle.tensor())],
      with: [
        ("weight", Pickle.tensor()), ("_forward_pre_hooks", [0x7D] + Pickle.int(0) + hook + [0x73]),
      ])
    let source = try open(Pickle.file(module))
    #expect(source.tensors.map(\.name) == ["weight_g", "weight_v"])
    #expect(source.modules?.first?.isChanged == false)
  }

  @Test func aNetworkOfSomebodysOwnMayHaveTensorsAndListsOfModules() throws {
    let inner = HostilePrograms.module()
    let module = HostilePrograms.module(
      "net.Net", children: [("bn", inner)],
      with: [("mean", Pickle.tensor()), ("hidden", Pickle.list([inner]))])
    #expect(try open(Pickle.file(module)).tensors.map(\.name) == ["weight", "bn.weight"])
  }

  /// A copy of the network that is not taken does not matter.
  @Test func anUnsoundModuleBesideTheWeightsIsNotRead() throws {
    let unsound = HostilePrograms.module(with: [("weight", Pickle.tensor())])
    let source = try open(
      Pickle.file(Pickle.dict([("state_dict", Pickle.dict([("w", Pickle.tensor())])), ("ema", unsound)])))
    #expect(source.tensors.map(\.name) == ["w"])
  }

  @Test func settingsOfUnknownFormAreKnownToBeThere() throws {
    let module = HostilePrograms.module(with: [("eps", Pickle.calling("net.Number", [Pickle.int(1)]))])
    let modules = try open(Pickle.file(module)).modules
    #expect(modules?.first?.settings["eps"] == .unknown)
  }
}

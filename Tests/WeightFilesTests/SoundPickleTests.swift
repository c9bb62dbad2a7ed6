import Messages
import TensorCore
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
    (
      "a network with the class of its norms, and what its user keeps with it",
      HostilePrograms.module(
        "torchvision.models.resnet.ResNet",
        with: [
          ("_norm_layer", Pickle.global("torch.nn.modules.batchnorm.BatchNorm2d")),
          ("criterion", Pickle.calling("net.Thing", [])), ("dtype", Pickle.global("torch.float32")),
        ])
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

  @Test(arguments: [
    ([2, 1], [2, 2], Pickle.int(0)), ([1, 2], [2, 2], Pickle.int(1)), ([2, 1], [2, 2], Pickle.int(-2)),
    ([], [2, 2], Pickle.int(-1)), ([1], [2, 2], Pickle.none), ([4], [4], Pickle.int(0)),
  ])
  func weightsThatAreNormalisedHaveTheirTensorsBesideThem(
    magnitude: [Int], direction: [Int], axis: [UInt8]
  ) throws {
    let source = try open(Pickle.file(HostilePrograms.normed(magnitude, direction, [("dim", axis)])))
    #expect(source.tensors.map(\.name) == ["weight_g", "weight_v"])
    #expect(source.modules?.first?.isChanged == false)
  }

  @Test func aSpectralNormalizationOverTheFirstAxisIsRead() throws {
    let source = try open(Pickle.file(HostilePrograms.spectral([("dim", Pickle.int(0))])))
    #expect(source.tensors.map(\.name) == ["weight_orig", "weight_u", "weight_v"])
    #expect(source.modules?.first?.isChanged == false)
  }

  @Test func everyTableThatCouldBeMeantIsSeen() throws {
    let table = Pickle.dict([("w", Pickle.tensor())])
    let rows = [("model", table)] + Pickle.fillers(10_001) + [("state_dict", table)]
    let source = try open(Pickle.file(Pickle.dict(rows)))
    #expect(source.stateDict?.key == "state_dict")
    #expect(source.stateDict?.others.map(\.key) == ["model"])
    // A table may have many entries before its first tensor, and a list many elements before its table.
    let late = Pickle.dict(Pickle.fillers(10_001) + [("w", Pickle.tensor())])
    #expect(try open(Pickle.file(Pickle.dict([("net", late)]))).stateDict?.key == "net")
    let list = Pickle.list(Array(repeating: Pickle.none, count: 20) + [table])
    #expect(try open(Pickle.file(list)).stateDict?.key == "20")
  }

  @Test func theBytesOfAFramedPickleAreRead() throws {
    let value = Pickle.dict([("w", Pickle.tensor())])
    let framed = { (part: [UInt8]) in [0x95] + Pickle.little(UInt64(part.count)) + part }
    #expect(try open(Pickle.protocol2 + framed(value) + framed(Pickle.stop)).tensors.map(\.name) == ["w"])
    #expect(try open(Pickle.protocol2 + framed(value + Pickle.stop)).tensors.map(\.name) == ["w"])
  }

  // MARK: Byte order

  private static let one: [UInt8] = [0, 0, 0x80, 0x3F]

  private func firstOfBigEndian(_ pickle: [UInt8], storage: [UInt8]) throws -> (Float, firstDifference: Int?)
  {
    var zip = Zip(pickle: pickle, storage: storage)
    zip.entries[1].data = Array("big".utf8)
    let source = try openWeights(folder.write(zip.bytes, to: "x.pth"))
    let tensor = try source.read(0)
    let comparison = try source.elements(0).compare(with: tensor)
    return (tensor.widened().floats[0], comparison.firstDifference)
  }

  @Test(arguments: [Pickle.tensor(), Pickle.typedTensor("torch.float32")])
  func storagesOfABigEndianFileAreTurned(tensor: [UInt8]) throws {
    let storage = (0..<4).flatMap { _ in Self.one.reversed() }
    let (value, difference) = try firstOfBigEndian(
      Pickle.file(Pickle.dict([("w", tensor)])), storage: storage)
    #expect(value == 1)
    #expect(difference == nil)
  }

  @Test func arraysKeepTheirOwnOrderInABigEndianFile() throws {
    let array = HostileContainers.array([1], [0x43, 4] + Self.one)
    let (value, difference) = try firstOfBigEndian(array, storage: Array(repeating: 0, count: 16))
    #expect(value == 1)
    #expect(difference == nil)
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

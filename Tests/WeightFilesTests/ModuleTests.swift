import Messages
import TensorCore
import TestSupport
import Testing

@testable import WeightFiles

/// Networks that were saved as a whole, and what lies beside weights. Files by `tools/fixtures/make_pytorch_fixtures.py`;
/// `PyTorchFileTests` compares their tensors.
@Suite struct ModuleTests {
  private func open(_ name: String, key: String? = nil) throws -> any WeightSource {
    try openWeights(PyTorchFixtures.path(name), stateDictKey: key)
  }

  @Test(arguments: ["module.pth", "module-stream.pth", "module-protocol4.pth"])
  func layersAreDescribed(name: String) throws {
    let modules = try #require(try open(name).modules)
    #expect(
      modules.map(\.path) == [
        "", "stem", "pool", "layers", "layers.0", "layers.0.conv1", "layers.0.bn1", "layers.0.downsample",
        "layers.0.downsample.0", "layers.1", "fc",
      ])
    let layers = Dictionary(uniqueKeysWithValues: modules.map { ($0.path, $0) })
    #expect(layers["layers.0"]?.className.hasSuffix("Block") == true)
    #expect(layers["layers.1"]?.className == "torch.nn.modules.activation.ReLU")
    let convolution = try #require(layers["layers.0.conv1"]).settings
    #expect(convolution["stride"] == .ints([2, 2]))
    #expect(convolution["padding"] == .ints([1, 1]))
    #expect(convolution["groups"] == .int(1))
    #expect(layers["layers.0.bn1"]?.settings["eps"] == .float(0.001))
    #expect(layers["layers.0.bn1"]?.settings["track_running_stats"] == .bool(true))
    #expect(layers["pool"]?.settings["kernel_size"] == .int(3))
  }

  @Test func aModuleIsFoundUnderAKeyAndWithinAnother() throws {
    let source = try open("module-within.pth")
    #expect(source.stateDict?.key == "model")
    #expect(source.tensors.first?.name == "module.stem.weight")
    #expect(source.modules?.first?.className.hasSuffix(".DataParallel") == true)
    let inner = try open("module-within.pth", key: "model.module")
    #expect(inner.tensors.first?.name == "stem.weight")
    #expect(throws: WeightFileError(.stateDictKey, file: "", "")) {
      try open("module-within.pth", key: "ema")
    }
  }

  /// PyTorch does not save the numbers of timm's filters with the weights, and computes with those that the module has.
  @Test func aFilterIsReadThoughPyTorchDoesNotSaveIt() throws {
    let filter = HostilePrograms.module(
      "timm.layers.blur_pool.BlurPool2d", parameters: [], buffers: [("filt", Pickle.tensor())],
      with: [("_non_persistent_buffers_set", Pickle.list([Pickle.text("filt")]))])
    let bytes = Zip(
      pickle: Pickle.file(HostilePrograms.module("net.Net", children: [("aa", filter)]))
    ).bytes
    let folder = TemporaryFolder()
    let source = try openWeights(folder.write(bytes, to: "x.pth"))
    #expect(source.tensors.map(\.name) == ["weight", "aa.filt"])
  }

  @Test func aProgramGivesItsAttributesByName() throws {
    let source = try open("script.pt")
    #expect(source.container == "a TorchScript archive")
    #expect(
      source.modules?.first { $0.path == "layers.0.conv1" }?.className == "torch.nn.modules.conv.Conv2d")
    #expect(source.notes.contains { $0.description.contains("its program is not run") })
  }

  @Test func whatTheWeightsDoNotNeedIsListedAndNotRead() throws {
    let source = try open("beside.pth")
    #expect(source.modules == nil)
    let notes = source.notes.map(\.description).joined(separator: "\n")
    for part in [
      "'optimizer' (torch.optim.sgd.SGD)", "'meter' (__main__.Meter)", "'sparse' (a sparse tensor)",
      "'loss' (torch.nn.modules.loss.CrossEntropyLoss)",
      "'schedule' (torch.optim.lr_scheduler.OneCycleLR)", "'kind' (__main__.Block.Kind)", " and 2 more",
    ] {
      #expect(notes.contains(part), "\(notes)")
    }
    #expect(try source.readAll().tensors.count == 27)
  }

  @Test func aSpecialTensorOfTheTableIsNotSuitable() throws {
    let special = Pickle.calling(
      "torch._utils._rebuild_qtensor", [Pickle.storage(), Pickle.int(0), Pickle.ints([2, 2])])
    let bytes = Zip(pickle: Pickle.file(Pickle.dict([("w", Pickle.tensor()), ("q", special)]))).bytes
    let folder = TemporaryFolder()
    let source = try openWeights(folder.write(bytes, to: "x.pth"))
    #expect(source.tensors.map(\.isSuitable) == [true, false])
    #expect(source.tensors[1].shape == Shape([2, 2]))
    #expect(throws: WeightFileError(.unsupportedTensor, file: "", "")) { try source.read(1) }
  }

  @Test func keysAreSpelledOutInMessages() throws {
    let table = Pickle.dict([("w", Pickle.tensor())])
    let bytes = Zip(pickle: Pickle.file(Pickle.dict([("a\u{1B}[2J", table), ("b", table)]))).bytes
    let folder = TemporaryFolder()
    let path = folder.write(bytes, to: "x.pth")
    for key in [nil, "c\u{7}"] {
      let error = #expect(throws: WeightFileError.self) { try openWeights(path, stateDictKey: key) }
      #expect(error?.message.contains("b") == true)
      #expect(error?.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } == true)
    }
  }

  /// Of tables that could be meant, the better known is taken; one that is much smaller is none.
  @Test(arguments: [
    (["student", "teacher", "dino_loss"], "teacher"), (["ema", "model"], "model"),
    (["model_ema", "weights"], "weights"),
  ])
  func theBetterKnownTableIsTaken(keys: [String], taken: String) throws {
    let tables = keys.map {
      ($0, Pickle.dict([("w", Pickle.tensor(size: [1, 4, 1, 1], stride: [4, 1, 1, 1]))]))
    }
    let bytes = Zip(
      pickle: Pickle.file(Pickle.dict(tables + [("other", Pickle.dict([("v", Pickle.tensor())]))]))
    )
    .bytes
    let folder = TemporaryFolder()
    let source = try openWeights(folder.write(bytes, to: "x.pth"))
    #expect(source.stateDict?.key == taken)
    #expect(source.stateDict?.others.map(\.key) == keys.filter { $0 != taken })
  }

  @Test func betweenAStudentAndItsTeacherTheCallerChooses() throws {
    let table = Pickle.dict([("w", Pickle.tensor(size: [1, 4, 1, 1], stride: [4, 1, 1, 1]))])
    let bytes = Zip(pickle: Pickle.file(Pickle.dict([("student", table), ("teacher", table)]))).bytes
    let folder = TemporaryFolder()
    let path = folder.write(bytes, to: "x.pth")
    let error = #expect(throws: WeightFileError.self) { try openWeights(path) }
    #expect(error?.code == .noStateDict)
    #expect(error?.message.contains("tensors are under student, teacher") == true)
    #expect(try openWeights(path, stateDictKey: "student").stateDict?.key == "student")
  }
}

import Testing

@testable import WeightFiles

/// Names that no file of weights has a reason to call.
@Suite struct ForbiddenNameTests {
  @Test(arguments: [
    "os.system", "posix.system", "builtins.eval", "__builtin__.exec", "io.open", "_io.FileIO", "codecs.open",
    "torch.load", "torch.serialization.load", "numpy.load", "torch.hub.load", "shutil.rmtree",
    "builtins.open",
  ])
  func functionsThatReachForTheSystemAreRefused(name: String) {
    #expect(TorchGlobals.isForbidden(name))
    #expect(TorchGlobals.verdict(of: GlobalName(name)) == .refused)
  }

  /// Modules with a way through their attributes, as protocol 4 and later name what lies in a class.
  @Test(arguments: [
    ("torch.nn.modules.module", "torch.serialization.pickle.loads"), ("torch.serialization", "os.system"),
    ("torch.nn.modules.module", "sys.modules"), ("torch.nn", "modules.module.shutil.rmtree"),
    ("pathlib", "Path.write_text"), ("pathlib", "Path.unlink"), ("timm.models", "hub.load"),
    ("torch.nn.functional", "importlib.import_module"), ("torch", "serialization.load"),
    ("torch.nn.modules.module", "Module.__init__.__globals__"),
  ])
  func theWayThroughOtherModulesIsRefused(module: String, attribute: String) {
    let name = GlobalName(module: module, attribute: attribute)
    #expect(TorchGlobals.leadsToSystem(name))
    #expect(TorchGlobals.verdict(of: name) == .refused)
  }

  @Test(arguments: [
    ("torch.nn.modules.module", "Module.load_state_dict"), ("torch.nn", "modules.conv.Conv2d"),
    ("torch.nn.modules.conv", "conv.Conv2d"), ("torch.nn.functional", "relu"), ("timm", "create_model"),
    ("timm.models.resnet", "load_checkpoint"), ("collections", "namedtuple"),
    ("timm.utils", "CheckpointSaver"),
    ("torch.jit._pickle", "x"), ("net.torch.nn", "Thing"), ("a", "QInt8Storage"),
    ("torch.nn.modules.conv", String(repeating: "C", count: 600)),
  ])
  func whatIsNoClassOfALayerIsOffTheList(module: String, attribute: String) {
    #expect(TorchGlobals.verdict(of: GlobalName(module: module, attribute: attribute)) == .unknown)
  }

  @Test(arguments: [
    ("torch.nn.modules.conv", "Conv2d"), ("timm.models.resnet", "ResNet"), ("torch.optim.sgd", "SGD"),
    ("torch.nn.modules.module", "_IncompatibleKeys"), ("torchvision.models.resnet", "Outer.Inner"),
    ("pathlib", "PosixPath"), ("datetime", "datetime"), ("__torch__.net", "thing"),
    ("torch.jit._pickle", "build_intlist"),
  ])
  func classesOfLayersAreOnIt(module: String, attribute: String) {
    #expect(TorchGlobals.verdict(of: GlobalName(module: module, attribute: attribute)) == .value)
  }

  @Test(arguments: [
    "collections.OrderedDict", "builtins.set", "torch.nn.modules.conv.Conv2d", "pathlib.PosixPath",
  ])
  func plainValuesAreNot(name: String) {
    #expect(!TorchGlobals.isForbidden(name))
  }
}

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
    #expect(TorchGlobals.verdict(of: name) == .refused)
  }

  @Test(arguments: [
    "collections.OrderedDict", "builtins.set", "torch.nn.modules.conv.Conv2d", "pathlib.PosixPath",
  ])
  func plainValuesAreNot(name: String) {
    #expect(!TorchGlobals.isForbidden(name))
  }
}

import ModelDescriptor
import ResNetGraph
import TensorCore
import Testing

/// Counts that torchvision's own constructors and the papers give.
@Suite struct ParameterCountTests {
  @Test(arguments: [
    ("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032), ("resnet101", 44_549_160),
    ("resnet152", 60_192_808), ("resnext50_32x4d", 25_028_904), ("resnext101_32x8d", 88_791_336),
    ("resnext101_64x4d", 83_455_272), ("wide_resnet50_2", 68_883_240), ("wide_resnet101_2", 126_886_696),
    ("cifar_resnet20", 269_722), ("cifar_resnet32", 464_154), ("cifar_resnet44", 658_586),
    ("cifar_resnet56", 853_018), ("cifar_resnet110", 1_727_962), ("cifar_resnet1202", 19_421_274),
    ("small_resnet18", 175_258), ("constant_plain8", 19_322), ("constant_plain32", 75_386),
    ("constant_resnet8", 19_322), ("constant_resnet32", 75_386),
  ])
  func presetsHaveThePublishedNumberOfParameters(name: String, count: Int) throws {
    #expect(try Graph(.preset(named: name)).parameterCount == count)
  }

  @Test(arguments: [("cifar_resnet20", 272_474), ("cifar_resnet32", 466_906), ("cifar_resnet56", 855_770)])
  func optionBAddsTheProjections(name: String, count: Int) throws {
    var architecture = try Architecture.preset(named: name)
    architecture.shortcut = .projection
    #expect(try Graph(architecture).parameterCount == count)
  }

  @Test func aPlainNetworkHasTheParametersOfItsResidualTwin() throws {
    let plain = try Graph(.preset(named: "cifar_plain20"))
    let residual = try Graph(.preset(named: "cifar_resnet20"))
    #expect(plain.parameters.map(\.name) == residual.parameters.map(\.name))
  }

  @Test(arguments: [
    ("resnet18", 1_814_073_344), ("resnet50", 4_089_184_256), ("resnext50_32x4d", 4_230_479_872),
  ])
  func multiplyAddsAreThoseOfTheConvolutionsAndTheHead(name: String, count: Int) throws {
    #expect(try Graph(.preset(named: name)).multiplyAdds() == count)
  }

  @Test func anotherNumberOfClassesChangesTheHeadOnly() throws {
    let graph = try Graph(.preset(named: "resnet50", classes: 7))
    #expect(graph.parameterCount == 25_557_032 - 1000 * 2049 + 7 * 2049)
    #expect(graph.parameters.last?.shape == [7])
  }
}

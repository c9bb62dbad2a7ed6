import ModelDescriptor
import ResNetGraph
import TensorCore
import Testing

/// Parameters are named as torchvision and timm do it, and pre-activation nets after the same manner.
@Suite struct VariantNameTests {
  private func names(_ name: String) throws -> Set<String> {
    Set(try Graph(.preset(named: name)).parameters.map(\.name))
  }

  @Test func aDeepStemAndItsAveragedShortcutsHaveTimmsNames() throws {
    let names = try names("resnet50d")
    for name in [
      "conv1.0.weight", "conv1.1.running_mean", "conv1.3.weight", "conv1.4.bias", "conv1.6.weight",
      "bn1.weight",
      "layer1.0.downsample.1.weight", "layer2.0.downsample.2.running_var",
    ] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(!names.contains("layer2.0.downsample.0.weight"))
  }

  @Test func attentionHasTimmsNames() throws {
    let squeeze = try Graph(.preset(named: "seresnet50")).parameters
    #expect(squeeze.first { $0.name == "layer1.0.se.fc1.weight" }?.shape == [16, 256, 1, 1])
    #expect(squeeze.contains { $0.name == "layer4.2.se.fc2.bias" })
    let efficient = try Graph(.preset(named: "ecaresnet50d")).parameters
    #expect(efficient.first { $0.name == "layer4.2.se.conv.weight" }?.shape == [1, 1, 7])
  }

  @Test func aPreactivationNetHasNoNormInItsStemAndOneAtItsEnd() throws {
    let names = try names("resnetv2_50")
    #expect(!names.contains("bn1.weight"))
    for name in ["conv1.weight", "layer1.0.bn1.weight", "layer1.0.downsample.0.weight", "norm.running_var"] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(!names.contains("layer1.0.downsample.1.weight"))
  }

  @Test func aConvolutionInPlaceOfThePoolHasTimmsNames() throws {
    let names = try names("resnetrs50")
    #expect(names.contains("maxpool.0.weight"))
    #expect(names.contains("maxpool.1.running_mean"))
  }

  @Test func groupNormHasNoRunningStatistics() throws {
    #expect(try !names("resnet50_gn").contains { $0.contains("running") })
  }

  @Test func biasesStandWhereTheyAreAskedFor() throws {
    var net = try Architecture.preset(named: "resnetv2_50")
    net.convolutionBias = .unnormalized
    let names = Set(try Graph(net).parameters.map(\.name))
    for name in ["conv1.bias", "layer1.0.conv3.bias", "layer1.0.downsample.0.bias"] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(!names.contains("layer1.0.conv1.bias"))
    #expect(!names.contains("layer1.0.conv2.bias"))
  }

  @Test func aMapThatAStrideEmptiesIsNamed() throws {
    var net = try Architecture.preset(named: "resnetaa50")
    net.input = .init(height: 32, width: 32)
    #expect(try Graph(net).nodes.isEmpty == false)
    net.input = .init(height: 16, width: 16)
    #expect(throws: DescriptorError(.contradiction, field: "stages[3].stride", "")) { try Graph(net) }
    net.antialias = .blur
    #expect(throws: DescriptorError(.contradiction, field: "stages[3].stride", "")) { try Graph(net) }
    net.antialias = .none
    #expect(try Graph(net).nodes.isEmpty == false)
  }

  @Test func branchesThatRoundDifferentlyAreAnError() throws {
    var net = try Architecture.preset(named: "resnetaa50d")
    net.input = .init(height: 72, width: 72)
    #expect(throws: DescriptorError(.contradiction, field: "stages[2].stride", "")) { try Graph(net) }
    let graph = try Graph(.preset(named: "resnetaa50d"))
    #expect(throws: DescriptorError(.outOfRange, field: "input", "")) {
      try graph.shapes(height: 72, width: 72)
    }
  }

  @Test func groupsOfANormThatDoNotDivideAreAnError() throws {
    var net = try Architecture.preset(named: "resnet50")
    net.normalization.kind = .group(groups: 48)
    #expect(throws: DescriptorError(.contradiction, field: "normalization.groups", "")) { try Graph(net) }
    net = try Architecture.preset(named: "resnext50_32x4d")
    net.firstReduction = 3
    #expect(throws: DescriptorError(.contradiction, field: "groups", "")) { try Graph(net) }
  }
}

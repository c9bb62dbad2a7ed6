import ModelDescriptor
import ResNetGraph
import Testing

/// Nodes by their paths, and tables of them.
@Suite struct PathTests {
  @Test(arguments: [
    ("resnet18", "layer3.1", "layer3.1.relu"), ("resnet18", "layer3", "layer3.1.relu"),
    ("resnet18", "layer3.1.conv2", "layer3.1.conv2"), ("resnet18", "avgpool", "avgpool"),
    ("resnet18", "layer2.0.downsample", "layer2.0.downsample.1"), ("resnet50d", "conv1", "conv1.6"),
    ("resnetv2_50", "layer1.0", "layer1.0.add"), ("resnetv2_50", "norm", "norm"),
    ("seresnet50", "layer1.0.se", "layer1.0.se.scale"), ("cifar_plain20", "layer1.0", "layer1.0.relu"),
    ("resnetrs50", "maxpool", "maxpool.2"), ("resnet18", "fc", "fc"), ("resnet18", "input", "input"),
  ])
  func aPathLeadsToTheOutputOfWhatItNames(net: String, path: String, node: String) throws {
    let graph = try Graph(.preset(named: net))
    #expect(graph.node(atPath: path).map { graph.nodes[$0].name } == node)
  }

  @Test(arguments: [
    ("layer3.9", ["layer3.0", "layer3.1"]),
    ("layer3.0.conf1", ["layer3.0.conv1", "layer3.0.bn1"]),
    ("layers", ["input", "conv1"]), ("", ["input", "conv1"]), ("fc.weight", ["fc"]),
    ("layer1.0.conv1.weight", ["layer1.0.conv1"]), (".", ["input", "conv1"]),
  ])
  func aWrongPathIsMetWithThoseThatGoAsFar(path: String, near: [String]) throws {
    let graph = try Graph(.preset(named: "resnet18"))
    #expect(graph.node(atPath: path) == nil)
    let found = graph.paths(near: path)
    #expect(Array(found.prefix(near.count)) == near)
    for other in found { #expect(graph.node(atPath: other) != nil, "\(other)") }
  }

  @Test(arguments: Architecture.presets.compactMap(\.name))
  func theTableSumsUpToTheNetwork(name: String) throws {
    let graph = try Graph(.preset(named: name))
    let table = try LayerTable(graph)
    #expect(table.parameters == graph.parameterCount)
    #expect(table.multiplyAdds == (try graph.multiplyAdds()))
    #expect(table.layers.map(\.node) == graph.nodes)
    let embedding = table.layers[graph.embedding].shape
    #expect(embedding.height == 1 && embedding.width == 1)
  }
}

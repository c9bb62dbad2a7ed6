import Messages
import ModelDescriptor
import ResNetGraph
import Testing
import Training

struct LayerSelectionTests {
  private let graph: Graph

  init() throws {
    graph = try Graph(Architecture.preset(named: "small_resnet18"))
  }

  @Test func aStageIsAllThatLiesInIt() throws {
    let nodes = try LayerSelection("layer3,fc").nodes(in: graph)
    let names = Set(nodes.map { graph.nodes[$0].name.prefix { $0 != "." } })
    #expect(names == ["layer3", "fc"])
  }

  @Test func aPathIsNoPrefixOfAnother() throws {
    #expect(throws: TrainingError(.selection, "")) { try LayerSelection("layer").nodes(in: graph) }
    #expect(
      try LayerSelection("layer3.0").nodes(in: graph).allSatisfy {
        graph.nodes[$0].name.hasPrefix("layer3.0.")
      })
  }

  @Test func everythingIsEveryNodeWithParameters() throws {
    #expect(try LayerSelection("all").nodes(in: graph) == Set(graph.parameters.map(\.node)))
  }

  @Test(arguments: ["", "layer4,", ",fc"]) func anEmptyPathIsRefused(text: String) {
    #expect(throws: TrainingError(.selection, "")) { try LayerSelection(text) }
  }
}

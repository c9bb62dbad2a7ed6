import ModelDescriptor
import ResNetGraph
import Testing

@Suite struct LoweringTests {
  /// The steps by the node that gives the work and the node whose output is written.
  private func steps(
    _ graph: Graph, _ policy: FusionPolicy, outputs: [String] = []
  ) throws -> [String: FusedStep] {
    let wanted = try outputs.map { try #require(graph.node(atPath: $0)) } + [graph.nodes.count - 1]
    let parts = graph.nodes.map { Lowering.Part(operation: $0.operation, inputs: $0.inputs) }
    let steps = Lowering.steps(of: parts, outputs: wanted, policy: policy)
    return Dictionary(
      uniqueKeysWithValues: steps.map {
        ("\(graph.nodes[$0.part].name) … \(graph.nodes[$0.output].name)", $0)
      })
  }

  @Test func inferenceFoldsNormsAndFusesTheAdditionIntoTheLaterBranch() throws {
    let graph = try Graph(.preset(named: "resnet18"))
    let steps = try steps(graph, .inference)
    #expect(steps["conv1 … relu"]?.activation == .relu)
    let residual = try #require(steps["layer2.0.conv2 … layer2.0.bn2"])
    #expect(residual.residual == nil)
    let shortcut = try #require(steps["layer2.0.downsample.0 … layer2.0.relu"])
    #expect(shortcut.norm.map { graph.nodes[$0].name } == "layer2.0.downsample.1")
    #expect(shortcut.residual == residual.output)
    // 20 convolutions, two pools and a linear layer.
    #expect(steps.count == 23)
  }

  @Test func trainingKeepsProductsAlone() throws {
    let graph = try Graph(.preset(named: "resnet18"))
    let steps = try steps(graph, .training)
    #expect(steps["conv1 … conv1"] != nil)
    #expect(steps["bn1 … relu"]?.activation == .relu)
    #expect(steps["layer2.0.downsample.1 … layer2.0.relu"]?.residual != nil)
    #expect(steps.values.allSatisfy { $0.norm == nil })
  }

  @Test func aSigmoidGoesIntoTheLayerBeforeItInInferenceAlone() throws {
    let graph = try Graph(.preset(named: "seresnet50"))
    #expect(
      try steps(graph, .inference)["layer1.0.se.fc2 … layer1.0.se.sigmoid"]?.activation == .sigmoid)
    #expect(try steps(graph, .training)["layer1.0.se.fc2 … layer1.0.se.fc2"] != nil)
  }

  @Test(arguments: [FusionPolicy.inference, .training])
  func aWantedOutputGoesIntoNoOtherStep(policy: FusionPolicy) throws {
    let graph = try Graph(.preset(named: "resnet18"))
    let steps = try steps(graph, policy, outputs: ["layer1.0.bn2", "layer1.1.add"])
    let written = Set(steps.values.map { graph.nodes[$0.output].name })
    #expect(written.isSuperset(of: ["layer1.0.bn2", "layer1.0.relu", "layer1.1.add", "layer1.1.relu"]))
  }

  @Test func nothingButTheWantedOutputIsComputed() throws {
    let graph = try Graph(.preset(named: "resnet18"))
    let output = try #require(graph.node(atPath: "layer1"))
    let steps = graph.inferenceSteps(outputs: [output])
    #expect(steps.last?.output == output)
    #expect(steps.allSatisfy { $0.output <= output })
  }

  @Test(arguments: Architecture.presets.compactMap(\.name))
  func stepsReadTheOutputsOfSteps(name: String) throws {
    let graph = try Graph(.preset(named: name))
    for policy in [FusionPolicy.inference, .training] {
      let steps = try steps(graph, policy)
      let outputs = Set(steps.values.map(\.output))
      for step in steps.values {
        #expect(step.reads.allSatisfy { $0 == 0 || outputs.contains($0) }, "\(graph.nodes[step.part].name)")
      }
    }
  }
}

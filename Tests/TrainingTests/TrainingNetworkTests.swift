import CAllocationCounter
import Inference
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Training

@Suite struct TrainingNetworkTests {
  private func batch(_ network: TrainingNetwork, count: Int, seed: String = "batch") -> TrainingBatch {
    let batch = TrainingBatch(capacity: count, shape: network.inputShape)
    TestTraining.fill(batch, count: count, seed: seed, classes: network.classes)
    return batch
  }

  private func network(
    _ architecture: Architecture, selection: LayerSelection = .all, capacity: Int = 5, threads: Int = 1
  ) throws -> TrainingNetwork {
    try TrainingNetwork(
      TestTraining.model(architecture), selection: selection, capacity: capacity, threads: threads)
  }

  @Test(arguments: TrainedNetworks.all.map(\.name))
  func threadsChangeNothing(name: String) throws {
    let architecture = try #require(TrainedNetworks.named(name))
    var results: [[Float]] = []
    for threads in [1, 3] {
      let network = try network(architecture, threads: threads)
      for step in 0..<2 {
        let batch = batch(network, count: 5 - step, seed: "step \(step)")
        network.forward(batch, mode: .training(randomness: UInt64(step)))
        _ = network.backward(CrossEntropy(), batch: batch)
        network.descend(rate: 0.01)
      }
      results.append(network.values + network.gradients + network.statisticValues)
    }
    #expect(results[0] == results[1])
  }

  @Test(arguments: ["basic", "squeeze-and-excitation", "group norm", "blur", "standardised weights"])
  func aStepAllocatesNothing(name: String) throws {
    let architecture = try #require(TrainedNetworks.named(name))
    let network = try network(architecture)
    let batch = batch(network, count: 5)
    func step() {
      network.forward(batch, mode: .training(randomness: 1))
      _ = network.backward(CrossEntropy(), batch: batch)
      network.withMutableValues { span in span[0] += 0.01 }
    }
    step()
    let before = allocation_count()
    for _ in 0..<3 { step() }
    #expect(allocation_count() - before == 0)
  }

  @Test func onlyWritingPacksTheWeightsAgain() throws {
    let network = try network(TrainedNetworks.small(.basic))
    let batch = batch(network, count: 2)
    network.forward(batch, mode: .evaluation)
    _ = network.withValues { $0.count }
    _ = network.withStatistics { $0.count }
    #expect(network.isPrepared)
    network.withMutableValues { span in span[0] += 1 }
    #expect(!network.isPrepared)
    network.forward(batch, mode: .evaluation)
    #expect(network.isPrepared)
  }

  @Test(arguments: TrainedNetworks.all.map(\.name))
  func evaluationIsInference(name: String) throws {
    let model = try TestTraining.model(try #require(TrainedNetworks.named(name)))
    let network = try TrainingNetwork(model, selection: .all, capacity: 2, threads: 1)
    let batch = batch(network, count: 2)
    let session = try InferenceSession(plan: InferencePlan(model, exact: true, threads: 1), threads: 1)
    network.forward(batch, mode: .evaluation)
    for index in 0..<2 {
      batch.withInput(index) { source in
        session.withInput(0) { target in
          for at in target.indices { target[at] = source[at] }
        }
      }
      session.run(count: 1)
      let want = session.withLogits(of: 0) { span in span.indices.map { span[$0] } }
      let got = network.withLogits(of: index) { span in span.indices.map { span[$0] } }
      let largest = want.map(abs).max() ?? 0
      for (got, want) in zip(got, want) { #expect(abs(got - want) <= 1e-4 * largest) }
    }
  }

  @Test func frozenTensorsStayBitForBit() throws {
    var source = try TestTraining.model(.preset(named: "small_resnet18"))
    source = try source.stored(as: .float16)
    let network = try TrainingNetwork(
      source, selection: LayerSelection("layer3,fc"), height: 16, width: 16, capacity: 4, threads: 1)
    let batch = batch(network, count: 4)
    for step in 0..<3 {
      network.forward(batch, mode: .training(randomness: UInt64(step)))
      _ = network.backward(CrossEntropy(), batch: batch)
      network.descend(rate: 0.1)
    }
    let result = try network.model(descriptor: source.descriptor)
    for parameter in source.graph.parameters {
      let name = parameter.name
      if name.hasPrefix("layer3") || name.hasPrefix("fc") {
        #expect(result.values(name) != source.values(name), "\(name) did not train")
        #expect(result.tensors.storedType(of: name) == .float32)
      } else {
        #expect(result.values(name) == source.values(name), "\(name) is frozen")
        #expect(result.tensors.storedType(of: name) == source.tensors.storedType(of: name))
      }
    }
    #expect(network.parameters.map(\.name).contains("layer3.0.downsample.1.bias"))
    #expect(network.statistics.count == 2 * 5)
  }

  @Test func theBoundaryIsTheLastCommonNode() throws {
    let graph = try Graph(Architecture.preset(named: "resnet50"))
    func boundary(_ selection: String) throws -> String {
      graph.nodes[graph.boundary(before: try LayerSelection(selection).nodes(in: graph))].name
    }
    #expect(try boundary("all") == "input")
    #expect(try boundary("conv1") == "input")
    #expect(try boundary("layer4,fc") == "layer3.5.relu")
    #expect(try boundary("layer4.1.conv3") == "layer4.0.relu")
    #expect(try boundary("fc") == "avgpool")
  }

  @Test func parametersSayWhatTheyAre() throws {
    let network = try network(TrainedNetworks.small(.basic), selection: LayerSelection("layer2,fc"))
    #expect(network.parameters.first?.offset == 0)
    for (parameter, next) in zip(network.parameters, network.parameters.dropFirst()) {
      #expect(parameter.range.upperBound == next.offset)
    }
    #expect(network.parameters.filter(\.isHead).map(\.name) == ["fc.weight", "fc.bias"])
    #expect(
      network.parameters.filter { !$0.isExempt }.allSatisfy {
        $0.name.contains("conv") || $0.name.hasSuffix("downsample.0.weight") || $0.name == "fc.weight"
      })
  }

  // MARK: Dropout and stochastic depth

  private var dropping: Architecture {
    TrainedNetworks.with(TrainedNetworks.small(.basic)) {
      $0.stochasticDepth = 0.6
      $0.blockDropout = 0.2
      $0.head = .multilayer(widths: [12], dropout: [0.3, 0.2])
    }
  }

  @Test func theSameNumberDropsTheSame() throws {
    let network = try network(dropping)
    let batch = batch(network, count: 5)
    func loss(_ randomness: UInt64) -> Double {
      network.forward(batch, mode: .training(randomness: randomness))
      return network.backward(CrossEntropy(), batch: batch).loss
    }
    let first = loss(1)
    #expect(loss(2) != first)
    #expect(loss(1) == first)
  }

  @Test func evaluationDropsNothing() throws {
    var plain = dropping
    plain.stochasticDepth = 0
    plain.blockDropout = 0
    plain.head = .multilayer(widths: [12], dropout: [0, 0])
    let logits = try [dropping, plain].map { architecture in
      let network = try network(architecture)
      network.forward(batch(network, count: 2), mode: .evaluation)
      return network.withLogits(of: 1) { span in span.indices.map { span[$0] } }
    }
    #expect(logits[0] == logits[1])
  }

  @Test func gradientsFollowWhatIsDropped() throws {
    let network = try network(dropping)
    let batch = batch(network, count: 5)
    func loss() -> Double {
      network.forward(batch, mode: .training(randomness: 5))
      return network.backward(CrossEntropy(), batch: batch).loss
    }
    _ = loss()
    let (start, gradients) = (network.values, network.gradients)
    // Along the gradient itself, where the slope is largest against the rounding of losses.
    let length = gradients.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let step = 2e-3
    func moved(_ sign: Double) -> [Float] {
      zip(start, gradients).map { $0 + Float(sign * step * Double($1) / length) }
    }
    network.set(moved(1))
    let ahead = loss()
    network.set(moved(-1))
    let behind = loss()
    // ReLUs that open or close on the way, and single precision.
    #expect(abs((ahead - behind) / (2 * step) - length) <= 0.02 * length)
  }

  @Test func anImageIsDroppedOrScaled() throws {
    // All branches but the first block's are skipped or count 1 / (1 - rate) times.
    let deep = TrainedNetworks.with(TrainedNetworks.small(.preactivationBasic, widths: [4])) {
      $0.stochasticDepth = 0.5
      $0.stages[0].blocks = 2
    }
    let parts = TrainingPart.parts(
      of: try Graph(deep), boundary: 0, trained: try LayerSelection.all.nodes(in: Graph(deep)))
    let rates = parts.compactMap { part in
      if case .dropPath(let rate) = part.work { rate } else { nil as Double? }
    }
    #expect(rates == [0.5])
  }

  @Test func frozenBlocksDropNothing() throws {
    let graph = try Graph(dropping)
    let parts = TrainingPart.parts(
      of: graph, boundary: 0, trained: try LayerSelection("layer1").nodes(in: graph))
    let dropped = parts.filter { part in
      switch part.work {
      case .dropout, .dropPath: true
      case .operation: false
      }
    }
    #expect(dropped.allSatisfy { graph.nodes[$0.node].name.hasPrefix("layer1.") })
    #expect(dropped.count == 3)
  }

  // MARK: Batches of one

  @Test func oneNumberOfAChannelTeachesNoStatistics() throws {
    // Maps of 2×2 pixels in the first stage, of one in the second.
    let network = try TrainingNetwork(
      TestTraining.model(TrainedNetworks.small(.basic)), selection: .all, height: 2, width: 2, capacity: 3,
      threads: 1)
    let before = network.statisticValues
    let batch = batch(network, count: 1)
    network.forward(batch, mode: .training(randomness: 0))
    _ = network.backward(CrossEntropy(), batch: batch)
    let after = network.statisticValues
    for statistic in network.statistics {
      let isSame = before[statistic.range] == after[statistic.range]
      #expect(isSame == statistic.name.hasPrefix("layer2."), "\(statistic.name)")
    }
    #expect(!network.gradients.contains { !$0.isFinite })
  }

  @Test func aNormThatNeverSeesTwoNumbersIsRefused() throws {
    let model = try TestTraining.model(TrainedNetworks.small(.basic))
    let error = #expect(throws: TrainingError.self) {
      try TrainingNetwork(model, selection: .all, height: 2, width: 2, capacity: 1, threads: 1)
    }
    #expect(error?.code == .network)
    #expect(error?.message.contains("layer2.0.bn1") == true, "\(error?.message ?? "")")
    _ = try TrainingNetwork(
      model, selection: LayerSelection("layer1,fc"), height: 2, width: 2, capacity: 1, threads: 1)
  }

  // MARK: What cannot be

  @Test func aSizeThatLeavesNothingIsRefused() throws {
    #expect(throws: TrainingError(.network, "")) {
      try TrainingNetwork(
        TestTraining.model(.preset(named: "small_resnet18")), selection: .all, height: 0, capacity: 1)
    }
  }

  @Test func aBatchBeyondMemoryIsRefused() throws {
    #expect(throws: TrainingError(.memory, "")) {
      try TrainingNetwork(
        TestTraining.model(.preset(named: "small_resnet18")), selection: .all, capacity: 1 << 30)
    }
  }

  @Test func weightsThatAreNotFiniteMakeNoModel() throws {
    let network = try network(TrainedNetworks.small(.basic))
    network.withMutableValues { span in span[3] = .nan }
    let descriptor = try TestTraining.model(TrainedNetworks.small(.basic)).descriptor
    #expect(throws: TrainingError(.diverged, "")) { try network.model(descriptor: descriptor) }
  }
}

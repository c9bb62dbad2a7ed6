import Files
import Inference
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing
import Threads

@Suite struct SharingTests {
  @Test func `shared weights give the same bits, and need no more files for each plan`() throws {
    let parent = TemporaryFolder()
    let folder = SharedBytesFolder(path: parent.file("shared"))
    let model = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let input = TestNetworks.images(2, height: 64, width: 64)
    var counts: [Int] = []
    for goal in InferenceGoal.allCases + InferenceGoal.allCases {
      for threads in [1, 3] {
        let pool = WorkerPool(threads: threads)
        let own = try InferencePlan(model, height: 64, width: 64, goal: goal, pool: pool)
        let sharing = try InferencePlan(model, height: 64, width: 64, goal: goal, pool: pool, sharing: folder)
        let want = try InferenceSession(plan: own, capacity: 2, threads: 1).logits(for: input).values
        #expect(
          try InferenceSession(plan: sharing, capacity: 2, threads: 1).logits(for: input).values == want)
        counts.append(try #require(FolderListing.entries(of: folder.path)).count)
      }
    }
    // 20 convolutions, of which the small ones stay with each process, and the head.
    #expect(counts[0] >= 15)
    #expect(counts[0] == counts[1])
    #expect(counts[3] == counts[7])
  }

  @Test func `so do shared integers`() throws {
    let parent = TemporaryFolder()
    let folder = SharedBytesFolder(path: parent.file("shared"))
    let plain = try Model(untrained: .preset(named: "resnet18"), seed: 1)
    let parts = QuantizableParts(plain.graph)
    let names = { (nodes: [Int]) in nodes.map { plain.graph.nodes[$0].name } }
    var descriptor = plain.descriptor
    descriptor.architecture.quantization = Quantization(
      maps: Dictionary(
        names(parts.maps).map { ($0, Quantization.Map(scale: 0.05, zeroPoint: 40)) }
      ) { first, _ in first },
      layers: names(parts.layers))
    var tensors = plain.parameters
    for layer in names(parts.layers) {
      tensors[layer + ".weight"] = try plain.parameter(layer + ".weight").narrowed(to: .int8)
    }
    let model = try Model(descriptor: descriptor, parameters: tensors)
    let input = TestNetworks.images(1, height: 64, width: 64)
    let pool = WorkerPool(threads: 2)
    let own = try InferencePlan(model, height: 64, width: 64, pool: pool)
    let sharing = try InferencePlan(model, height: 64, width: 64, pool: pool, sharing: folder)
    let want = try InferenceSession(plan: own, threads: 1).logits(for: input).values
    #expect(try InferenceSession(plan: sharing, threads: 1).logits(for: input).values == want)
    #expect(try #require(FolderListing.entries(of: folder.path)).count >= 10)
  }
}

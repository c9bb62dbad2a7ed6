import Foundation
import TestSupport
import Testing
import Threads

@testable import ResZoo

/// Gradients as PyTorch has them: `Fixtures/gradients.json`, made by `tools/fixtures/make_gradient_fixtures.py`.
@Suite struct GradientFixtureTests {
  struct Stack: Decodable {
    var blocks: Int
    var width: Int
    var side: Int
    var batch: Int
    var shortcuts: Bool
    var loss: Double
    var norms: [Double]
  }

  struct Network: Decodable {
    var shortcuts: Bool
    var images: Int
    var loss: Double
    var norms: [Double]
  }

  struct Fixture: Decodable {
    var stacks: [Stack]
    var networks: [Network]
  }

  private static func fixture() throws -> Fixture {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      Fixture.self, from: Data(contentsOf: folder.appending(path: "Fixtures/gradients.json")))
  }

  @Test(arguments: 0..<4) func `norms of a stack are those of PyTorch`(index: Int) throws {
    let want = try #require(try Self.fixture().stacks.dropFirst(index).first)
    let stack = GradientStack(
      blocks: want.blocks, width: want.width, side: want.side, batch: want.batch)
    let exact = ExactStack(
      try DrawnNetwork.model(stack.architecture(shortcuts: want.shortcuts)), blocks: stack.paths)
    let (loss, norms) = exact.run(
      DrawnNetwork.tensor("input", Shape([want.batch, want.width, want.side, want.side])))
    check(.init(seed: nil, loss: loss, norms: norms), loss: want.loss, norms: want.norms)
  }

  @Test(arguments: 0..<2) func `norms of a whole network are those of PyTorch`(index: Int) throws {
    let want = try #require(try Self.fixture().networks.dropFirst(index).first)
    let batch = TrainingBatch(
      capacity: want.images, shape: FeatureShape(channels: 3, height: 16, width: 16))
    batch.targets = (0..<want.images).map { TrainingBatch.Target(label: $0 % 3) }
    let input = DrawnNetwork.tensor("input", Shape([want.images, 3, 16, 16]))
    for image in 0..<want.images {
      batch.withInput(image) { span in
        for index in span.indices {
          span[index] = input.floats[(image * 3 + index % 3) * 256 + index / 3]
        }
      }
    }
    let architecture = Architecture(
      input: Architecture.Input(height: 16, width: 16), stem: .conv3x3(width: 4),
      stages: [
        Architecture.Stage(blocks: 2, width: 4, stride: 1),
        Architecture.Stage(blocks: 2, width: 8, stride: 2),
      ], block: .basic, shortcut: want.shortcuts ? .zeroPad : .none, classes: 3)
    let meter = try GradientMeter(DrawnNetwork.model(architecture), for: batch, pool: WorkerPool(threads: 2))
    #expect(GradientMeter.blocks(of: architecture) == ["layer1.0", "layer1.1", "layer2.0", "layer2.1"])
    check(meter.run(batch, seed: nil), loss: want.loss, norms: want.norms)
  }

  /// The contract: weights, and whole networks, are in single precision here and in double there.
  private func check(_ run: GradientProfile.Run, loss: Double, norms: [Double]) {
    #expect(abs(run.loss - loss) <= 1e-4 * abs(loss), "\(run.loss) for \(loss)")
    #expect(run.norms.count == norms.count)
    for (got, want) in zip(run.norms, norms) {
      #expect(abs(got - want) <= 1e-4 * want, "\(got) for \(want)")
    }
  }
}

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
    let exact = ExactStack(try Self.model(stack.architecture(shortcuts: want.shortcuts)), blocks: stack.paths)
    let (loss, norms) = exact.run(
      Self.drawn("input", Shape([want.batch, want.width, want.side, want.side])))
    check(.init(seed: nil, loss: loss, norms: norms), loss: want.loss, norms: want.norms)
  }

  @Test(arguments: 0..<2) func `norms of a whole network are those of PyTorch`(index: Int) throws {
    let want = try #require(try Self.fixture().networks.dropFirst(index).first)
    let batch = TrainingBatch(
      capacity: want.images, shape: FeatureShape(channels: 3, height: 16, width: 16))
    batch.targets = (0..<want.images).map { TrainingBatch.Target(label: $0 % 3) }
    let input = Self.drawn("input", Shape([want.images, 3, 16, 16]))
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
    let meter = try GradientMeter(Self.model(architecture), for: batch, pool: WorkerPool(threads: 2))
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

  /// A model whose tensors are drawn by name, none of them at its default.
  private static func model(_ architecture: Architecture) throws -> Model {
    var tensors: [String: Tensor] = [:]
    for parameter in try Graph(architecture).parameters {
      let fanIn = Float(max(1, parameter.shape.elementCount / parameter.shape.dimensions[0]))
      tensors[parameter.name] = drawn(parameter.name, parameter.shape) { value in
        switch (parameter.role, parameter.shape.rank) {
        case (.weight, 1): 1 + 0.3 * value
        case (.weight, _): value * (6 / fanIn).squareRoot()
        case (.runningVariance, _): 1 + 0.5 * value
        case (.bias, _), (.runningMean, _): 0.2 * value
        }
      }
    }
    return try Model(
      descriptor: ModelDescriptor(
        architecture: architecture, preprocessing: Preprocessing.usual(for: architecture).record,
        origin: Origin(kind: .imported)), parameters: tensors)
  }

  /// Numbers that a name gives: the generator is seeded by its FNV-1a.
  private static func drawn(
    _ name: String, _ shape: Shape, _ change: (Float) -> Float = { $0 }
  ) -> Tensor {
    var seed: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var noise = Noise(seed)
    return Tensor(shape: shape, floats: noise.floats(shape.elementCount).map(change))
  }
}

import Datasets
import ImageInput
import Inference
import Kernels
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Training

/// Trainings that multiply other numbers than those of single precision: the trained network of `models` with a head for the two
/// classes of the set.
@Suite struct TrainingPrecisionTests {
  private let fixture: TrainerFixture
  private let model: Model

  init() throws {
    fixture = try TrainerFixture()
    let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    model = try Model(contentsOf: folder + "/models/cifar_resnet20.rzoo")
      .replacingHead(nil, labels: ["a", "b"], seed: 1)
  }

  /// Trains the head.
  private func job(
    _ output: String, _ precision: TrainingPrecision, cache: String? = nil,
    change: (inout TrainingOptions) throws -> Void = { _ in }
  ) throws -> TrainingJob {
    var job = try fixture.job(output) {
      $0.selection = try LayerSelection("fc")
      $0.precision = precision
      $0.cache = cache.map { FeatureCacheOptions(folder: fixture.folder.file($0)) }
      try change(&$0)
    }
    job.model = model
    return job
  }

  /// The file that comes of a job, and how many features were computed to be kept.
  private func run(_ job: TrainingJob) throws -> (file: [UInt8], computed: Int) {
    let trainer = try Trainer(job)
    _ = try trainer.run()
    let kept = [trainer.feed, trainer.validationFeed].compactMap { $0?.cached }
    return (readFile(job.output), kept.reduce(0) { $0 + $1.computedCount })
  }

  @Test(arguments: [TrainingPrecision.float32, .bfloat16, .automatic])
  func `features are the bits of inference in the same numbers`(precision: TrainingPrecision) throws {
    let boundary = model.graph.head.lowerBound - 1
    let backbone = try FrozenBackbone(
      model, boundary: boundary, precision: precision.inference, capacity: 2, threads: 1)
    let images = TrainingBatch(capacity: 3, shape: backbone.imageShape)
    TestTraining.fill(images, count: 3, seed: "images", classes: 2)
    let features = TrainingBatch(capacity: 3, shape: backbone.featureShape)
    backbone.run(images, into: features)
    let plan = try InferencePlan(model, precision: precision.inference, outputs: [boundary])
    let session = try InferenceSession(plan: plan, capacity: 3)
    for index in 0..<3 {
      images.withInput(index) { image in
        session.withInput(index) { span in for place in span.indices { span[place] = image[place] } }
      }
    }
    session.run(count: 3)
    for index in 0..<3 {
      let expected = session.withOutput(boundary, of: index) { span in
        span.indices.map { span[$0].bitPattern }
      }
      let found = features.withInput(index) { span in span.indices.map { span[$0].bitPattern } }
      #expect(found == expected)
    }
  }

  @Test func `features of another precision are never taken from the cache`() throws {
    let plain = try run(job("plain", .float32))
    #expect(try run(job("first", .float32, cache: "kept")).file == plain.file)
    let rounded = try run(job("rounded", .bfloat16, cache: "kept"))
    #expect(rounded.computed > 0 && rounded.file != plain.file)
    let again = try run(job("again", .bfloat16, cache: "kept"))
    #expect(again.computed == 0 && again.file == rounded.file)
    #expect(try run(job("none", .bfloat16)).file == rounded.file)
    #expect(try run(job("same", .float32, cache: "kept")).computed == 0)
  }

  @Test func `the recipe has the numbers that were multiplied`() throws {
    for precision in [TrainingPrecision.float32, .bfloat16, .automatic] {
      let job = try job(precision.rawValue, precision)
      _ = try run(job)
      let found = try Model(contentsOf: job.output).descriptor.recipe["precision"]
      let expected =
        precision != .automatic ? precision : InferencePrecision.hasBFloat16 ? .bfloat16 : .float32
      #expect(found == (expected == .float32 ? nil : expected.rawValue))
    }
  }

  @Test func `frozen tensors and the types of trained ones are those of single precision`() throws {
    let job = try job("rounded", .bfloat16)
    _ = try run(job)
    let tuned = try Model(contentsOf: job.output)
    for parameter in model.graph.parameters {
      let before = try #require(model.tensors.stored(parameter.name))
      let after = try #require(tuned.tensors.stored(parameter.name))
      let isSame = Array(copying: before.bytes) == Array(copying: after.bytes)
      #expect(isSame == !parameter.name.hasPrefix("fc."), "\(parameter.name)")
      #expect(before.elementType == after.elementType)
    }
  }

  @Test(arguments: [1, 3, 5]) func `a training that is stopped and goes on ends alike`(steps: Int) throws {
    func change(_ options: inout TrainingOptions) throws {
      options.rule = .adamw()
      options.unfreezings = [.init(selection: try LayerSelection("layer3.2"), epoch: 3)]
    }
    let whole = try run(job("whole", .bfloat16, change: change))
    var cut = try job("cut", .bfloat16, cache: "kept", change: change)
    try fixture.interrupt(cut, after: steps)
    cut.resumption = .resume
    var changed = cut
    changed.options.precision = .float32
    let other = changed
    let error = #expect(throws: TrainingError.self) { try Trainer(other) }
    #expect(error?.code == .state && error?.message.contains("'precision' was bf16") == true)
    #expect(try run(cut).file == whole.file)
  }

  /// Keeps the outline.
  private final class Listener: TrainingObserver {
    var outline: TrainingOutline?
    func didStart(_ outline: TrainingOutline) { self.outline = outline }
  }

  @Test func `an observer is told what other numbers cost`() throws {
    let listener = Listener()
    let job = try job("rounded", .bfloat16)
    _ = try Trainer(job, observers: [listener]).run()
    let cost = try #require(listener.outline?.frozenCost)
    #expect(cost.precision == .bfloat16 && cost.images == 4)
    #expect(cost.secondsPerImage > 0 && cost.referenceSecondsPerImage > 0)
    let boundary = model.graph.head.lowerBound - 1
    let loader = try BatchLoader(
      set: fixture.set, order: [0, 1, 2, 3], preprocessing: model.descriptor.preprocessing,
      augmentation: .none,
      capacity: 4, epoch: 1, seed: 0, workers: 0)
    let images = TrainingBatch(capacity: 4, shape: try model.graph.shapes()[0])
    _ = try loader.next(into: images)
    let features = try [InferencePrecision.bfloat16, .float32].map { precision in
      let backbone = try FrozenBackbone(
        model, boundary: boundary, precision: precision, capacity: 4, threads: 1)
      let features = TrainingBatch(capacity: 4, shape: backbone.featureShape)
      backbone.run(images, into: features)
      return (0..<4).flatMap { index in
        features.withInput(index) { span in span.indices.map { Double(span[$0]) } }
      }
    }
    let difference = zip(features[0], features[1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let expected = (difference / features[1].reduce(0) { $0 + $1 * $1 }).squareRoot()
    // Twenty layers, each of whose numbers is rounded by up to 2⁻⁹.
    #expect(abs(cost.difference - expected) <= 1e-9 && (1e-5..<0.05).contains(expected), "\(expected)")
    _ = try Trainer(self.job("plain", .float32), observers: [listener]).run()
    #expect(listener.outline?.frozenCost == nil)
  }

  @Test func `layers that train multiply bfloat16 numbers too`() throws {
    let rounded = try run(job("all", .bfloat16) { $0.selection = .all })
    let plain = try run(job("plain", .float32) { $0.selection = .all })
    #expect(rounded.file != plain.file)
    let automatic = try run(job("auto", .automatic) { $0.selection = .all })
    #expect(automatic.file == (InferencePrecision.hasBFloat16 ? rounded : plain).file)
  }

  @Test func `gradients of bfloat16 numbers are near those of single precision`() throws {
    func gradients(_ arithmetic: TrainingArithmetic) throws -> [Double] {
      let network = try TrainingNetwork(
        model, selection: .all, capacity: 4, arithmetic: arithmetic, threads: 2)
      let batch = TrainingBatch(capacity: 4, shape: network.inputShape)
      TestTraining.fill(batch, count: 4, seed: "images", classes: 2)
      network.forward(batch, mode: .training(randomness: 1))
      _ = network.backward(CrossEntropy(), batch: batch)
      return network.withGradients { span in span.indices.map { Double(span[$0]) } }
    }
    let (plain, rounded) = (try gradients(.single), try gradients(.bfloat16))
    let difference = zip(plain, rounded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let relative = (difference / plain.reduce(0) { $0 + $1 * $1 }).squareRoot()
    // Of twenty layers only the first and the strided ones round, to 2⁻⁹; with the statistics of four images that moves some values to the other
    // side of a ReLU. Kernels are held to their sums in GradientTests.
    #expect(relative > 1e-5 && relative < 0.3, "\(relative)")
  }
}

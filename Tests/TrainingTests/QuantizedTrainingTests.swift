import Datasets
import Inference
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Training

/// Trainings behind layers that go on to compute with the integers of a quantized network, which
/// `tools/fixtures/make_network_vectors.py` makes.
@Suite struct QuantizedTrainingTests {
  private let fixture: TrainerFixture
  private let base: Model

  init() throws {
    fixture = try TrainerFixture()
    let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    base = try Model(contentsOf: folder + "/spec/vectors/networks/quantized.rzoo")
  }

  private func job(
    _ output: String, train: String = "fc", head: NewHead? = nil,
    change: (inout TrainingOptions) throws -> Void = { _ in }
  ) throws -> TrainingJob {
    var job = try fixture.job(output) {
      $0.selection = try LayerSelection(train)
      $0.precision = .int8
      try change(&$0)
    }
    job.model = try AdaptedModel(
      base, training: fixture.set, validation: nil, head: head, precision: .int8, seed: 1
    ).model
    return job
  }

  /// The trained network.
  private func run(_ job: TrainingJob) throws -> Model {
    _ = try Trainer(job).run()
    return try Model(contentsOf: job.output)
  }

  private func bits(of node: Int, _ model: Model, _ images: TrainingBatch) throws -> [[UInt32]] {
    let session = try InferenceSession(
      plan: InferencePlan(model, outputs: [node]), capacity: images.capacity)
    for index in 0..<images.count {
      images.withInput(index) { image in
        session.withInput(index) { span in for place in span.indices { span[place] = image[place] } }
      }
    }
    session.run(count: images.count)
    return (0..<images.count).map { index in
      session.withOutput(node, of: index) { span in span.indices.map { span[$0].bitPattern } }
    }
  }

  @Test(arguments: ["fc", "layer2,fc", "layer2.1,fc"])
  func `frozen layers put out the bits of the quantized network`(train: String) throws {
    var job = try job("out", train: train)
    try job.settlePrecision()
    let network = try TrainingNetwork(job.model, selection: job.options.selection, capacity: 3)
    let backbone = try FrozenBackbone(job.model, boundary: network.boundary, capacity: 3)
    let images = TrainingBatch(capacity: 3, shape: backbone.imageShape)
    TestTraining.fill(images, count: 3, seed: "images", classes: 2)
    let features = TrainingBatch(capacity: 3, shape: backbone.featureShape)
    backbone.run(images, into: features)
    let expected = try bits(of: network.boundary, base, images)
    for index in 0..<3 {
      #expect(
        features.withInput(index) { span in span.indices.map { span[$0].bitPattern } } == expected[index])
    }
    // They are not those of real numbers.
    #expect(try bits(of: network.boundary, base.dequantized(), images) != expected)
  }

  @Test(arguments: ["fc", "layer2,fc"])
  func `the result has the integers of the base but for what trained`(train: String) throws {
    let job = try job("out", train: train)
    let tuned = try run(job)
    let (before, after) = (try #require(base.quantization), try #require(tuned.quantization))
    let parts = train.split(separator: ",").map(String.init)
    func trains(_ name: String) -> Bool { parts.contains { name == $0 || name.hasPrefix($0 + ".") } }
    #expect(after.layers == before.layers.filter { !trains($0) })
    #expect(!after.layers.isEmpty && after.layers.count < before.layers.count)
    // The maps of the frozen layers stay, the last one among them, which the trained ones read.
    let last = train == "fc" ? "avgpool" : "layer1.0.relu"
    let end = try #require(base.graph.nodes.firstIndex { $0.name == last })
    let frozen = Set(base.graph.nodes[...end].map(\.name))
    #expect(after.maps == before.maps.filter { frozen.contains($0.key) } && after.maps[last] != nil)
    for parameter in base.graph.parameters {
      let name = parameter.name
      let (old, new) = (try #require(base.tensors.stored(name)), try #require(tuned.tensors.stored(name)))
      if trains(name) {
        #expect(new.elementType == .float32)
      } else {
        #expect(old.elementType == new.elementType)
        #expect(Array(copying: old.bytes) == Array(copying: new.bytes), "\(name)")
      }
    }
    #expect(tuned.descriptor.recipe["precision"] == "int8")
    #expect(tuned.descriptor.trace == nil)
  }

  @Test(arguments: [nil, NewHead.mlp]) func `kept features and those computed anew give one file`(
    head: NewHead?
  ) throws {
    let plain = try run(job("plain", head: head))
    let folder = fixture.folder.file("features")
    func cached(_ output: String) throws -> [UInt8] {
      let job = try job(output, head: head) { $0.cache = FeatureCacheOptions(folder: folder) }
      _ = try run(job)
      return readFile(job.output)
    }
    #expect(plain.quantization?.layers.contains { $0.hasPrefix("fc") } == false)
    let file = readFile(fixture.folder.file("plain"))
    #expect(try cached("first") == file && cached("second") == file)
    // Those of real numbers are others.
    var real = try job("real", head: head) {
      $0.cache = FeatureCacheOptions(folder: folder)
      $0.precision = .float32
    }
    real.model = try real.model.dequantized()
    let trainer = try Trainer(real)
    _ = try trainer.run()
    #expect(try #require(trainer.feed.cached).computedCount > 0)
  }

  @Test(arguments: [1, 3, 5]) func `a training that is stopped and goes on ends alike`(steps: Int) throws {
    func change(_ options: inout TrainingOptions) throws {
      options.averaging = 0.9
      options.unfreezings = [.init(selection: try LayerSelection("layer2"), epoch: 3)]
    }
    let whole = try run(job("whole", change: change))
    // What trains only later is of real numbers from the start.
    #expect(whole.quantization?.layers.contains { $0.hasPrefix("layer2") } == false)
    var cut = try job("cut", change: change)
    try fixture.interrupt(cut, after: steps)
    cut.resumption = .resume
    _ = try run(cut)
    #expect(readFile(cut.output) == readFile(fixture.folder.file("whole")))
  }

  @Test func `a resumed training has the precision that it began with`() throws {
    var cut = try job("cut")
    try fixture.interrupt(cut, after: 3)
    cut.resumption = .resume
    cut.options.precision = .float32
    cut.model = try cut.model.dequantized()
    let other = cut
    let error = #expect(throws: TrainingError.self) { try Trainer(other) }
    #expect(error?.code == .state)
  }

  @Test func `the record says why layers are of real numbers`() throws {
    var descriptor = base.descriptor
    descriptor.calibration = Calibration(images: 5, method: .meanSquaredError)
    let model = try Model(descriptor: descriptor, tensors: base.tensors)
    let mixed = try model.dequantized(after: model.graph.head.lowerBound - 1, because: "a reason")
    #expect(mixed.descriptor.calibration?.kept == ["fc": "a reason"])
    #expect(mixed.descriptor.calibration?.images == 5)
    // Nothing is left to change.
    let again = try mixed.dequantized(after: mixed.graph.head.lowerBound - 1, because: "another")
    #expect(again.descriptor == mixed.descriptor)
    #expect(try model.dequantized().descriptor.calibration == nil)
  }

  @Test func `integers cost what they differ from the same weights as real numbers`() throws {
    final class Listener: TrainingObserver {
      var cost: FrozenCost?
      func didStart(_ outline: TrainingOutline) { cost = outline.frozenCost }
    }
    let listener = Listener()
    _ = try Trainer(job("out"), observers: [listener]).run()
    let cost = try #require(listener.cost)
    #expect(cost.precision == .int8 && cost.images == 4 && (0.001..<1).contains(cost.difference), "\(cost)")
  }

  @Test func `what cannot be done is refused with what can`() throws {
    func refusal(
      _ train: String, change: (inout TrainingOptions) throws -> Void = { _ in }
    ) throws -> TrainingError? {
      let job = try job("out", train: train, change: change)
      return #expect(throws: TrainingError.self) { try Trainer(job) }
    }
    let middle = try refusal("layer1")
    #expect(middle?.code == .options)
    #expect(middle?.message.contains("behind one that trains") == true, "\(middle?.message ?? "")")
    #expect(middle?.message.contains("layer1,layer2") == true, "\(middle?.message ?? "")")
    #expect(try refusal("all")?.message.contains("here there are none") == true)
    let later = try refusal("fc") { $0.unfreezings = [.init(selection: .all, epoch: 2)] }
    #expect(later?.message.contains("no layer that stays frozen") == true, "\(later?.message ?? "")")
    let plain = try base.dequantized()
    let error = #expect(throws: TrainingError.self) {
      try AdaptedModel(plain, training: fixture.set, validation: nil, precision: .int8, seed: 1)
    }
    #expect(error?.code == .options && error?.message.contains("is not quantized") == true)
    var changed = try job("plain")
    changed.model = try changed.model.dequantized()
    let real = changed
    let late = #expect(throws: TrainingError.self) { try Trainer(real) }
    #expect(late?.code == .options)
  }
}

import ResZoo
import TestSupport
import Testing

@Suite struct FeatureTests {
  private static let sound = SampleImages.sound.map(SampleImages.path)

  @Test func theHeadsOutputIsTheLogits() throws {
    let model = try sampleModel()
    let extractor = try FeatureExtractor(model, node: "fc")
    #expect(extractor.shape == [4])
    for path in Self.sound {
      let logits = try Classifier(model).classify(path, top: 4).top.sorted { $0.index < $1.index }
      #expect(try extractor.features(of: path).values == logits.map(\.logit))
    }
  }

  @Test func theEmbeddingIsWhatTheHeadReads() throws {
    let model = try sampleModel()
    let extractor = try FeatureExtractor(model)
    #expect(extractor.node == "avgpool")
    #expect(extractor.shape == [64])
    let (weight, bias) = (model.parameter("fc.weight").values, model.parameter("fc.bias").values)
    let embedding = try extractor.features(of: Self.sound[0]).values
    let logits = try FeatureExtractor(model, node: "fc").features(of: Self.sound[0]).values
    for row in 0..<4 {
      let sum = (0..<64).reduce(Double(bias[row])) {
        $0 + Double(weight[row * 64 + $1]) * Double(embedding[$1])
      }
      // A sum of 64 products in single precision.
      #expect(abs(sum - Double(logits[row])) < 1e-5 * max(1, abs(sum)))
    }
  }

  @Test func pooledFeaturesAreTheMeansOfTheMaps() throws {
    let model = try sampleModel()
    let map = try FeatureExtractor(model, node: "layer2.1")
    #expect(map.node == "layer2.1.relu")
    #expect(map.shape == [32, 16, 16])
    let pooled = try FeatureExtractor(model, node: "layer2.1", pools: true)
    #expect(pooled.shape == [32])
    let values = try map.features(of: Self.sound[1]).values
    let means = try pooled.features(of: Self.sound[1]).values
    for channel in 0..<32 {
      let sum = values[channel * 256..<(channel + 1) * 256].reduce(0.0) { $0 + Double($1) }
      #expect(means[channel] == Float(sum / 256))
    }
    // What is pooled last is the embedding.
    let last = try FeatureExtractor(model, node: "layer3", pools: true).features(of: Self.sound[1]).values
    let embedding = try FeatureExtractor(model).features(of: Self.sound[1]).values
    for (a, b) in zip(last, embedding) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b))) }
  }

  @Test func resultsKeepTheOrderAndDoNotDependOnBatchOrThreads() throws {
    let model = try sampleModel()
    let missing = TemporaryFolder().file("none.png")
    let paths = Self.sound + [missing] + Self.sound
    let extractor = try FeatureExtractor(
      model, node: "layer1.0.conv2", options: .init(threads: 1, batch: 1))
    let want = try Self.sound.map { try extractor.features(of: $0) }
    for (threads, batch) in [(1, 8), (2, 3), (4, 1)] {
      var got: [Tensor?] = []
      let extractor = try FeatureExtractor(
        model, node: "layer1.0.conv2", options: .init(threads: threads, batch: batch))
      try extractor.features(files: paths) { result in
        #expect(result.input == paths[got.count])
        if case .failure(let error) = result.outcome { #expect(error.code == .notFound) }
        got.append(try? result.outcome.get())
      }
      #expect(got.map { $0?.values } == want.map(\.values) + [nil] + want.map(\.values))
    }
  }

  @Test func aPathThatLeadsNowhereIsMetWithOthers() throws {
    let model = try sampleModel()
    #expect(throws: FeatureError.unknownPath("layer9", near: model.graph.paths(near: "layer9"))) {
      try FeatureExtractor(model, node: "layer9")
    }
    #expect(throws: FeatureError.unknownPath("layer1.7", near: ["layer1.0", "layer1.1"])) {
      try NodeSurvey(model, nodes: ["layer1", "layer1.7"])
    }
  }

  @Test func statisticsAreThoseOfAllNumbers() throws {
    let model = try sampleModel()
    let nodes = ["input", "conv1", "layer2.1.relu", "avgpool"]
    let survey = try NodeSurvey(model, nodes: nodes, options: .init(threads: 1))
    var failed = 0
    let entries = try survey.measure(files: Self.sound + ["/nowhere.png"]) { _, outcome in
      if case .failure = outcome { failed += 1 }
    }
    #expect(failed == 1)
    #expect(entries.map(\.node.name) == nodes)
    for entry in entries {
      let extractor = try FeatureExtractor(model, node: entry.node.name)
      let values = try Self.sound.flatMap { try extractor.features(of: $0).values.map(Double.init) }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      let statistics = entry.statistics
      #expect(statistics.count == values.count)
      // Double precision either way; what is fused differently differs in the last digits of single precision.
      #expect(abs((statistics.mean ?? .nan) - mean) < 1e-6 * max(1, abs(mean)), "\(entry.node.name)")
      #expect(abs((statistics.standardDeviation ?? .nan) - variance.squareRoot()) < 1e-6)
      let zeros = Double(values.count { $0 == 0 }) / Double(values.count)
      #expect(abs((statistics.zeroShare ?? .nan) - zeros) < 1e-4)
      #expect(abs(Double(statistics.minimum ?? .nan) - (values.min() ?? 0)) < 1e-5)
      #expect(abs(Double(statistics.maximum ?? .nan) - (values.max() ?? 0)) < 1e-5)
    }
    #expect(try #require(entries[2].statistics.zeroShare) > 0.1)
  }

  @Test func statisticsDoNotDependOnTheThreadsAndCoverEveryNode() throws {
    let model = try sampleModel()
    let alone = try NodeSurvey(model, options: .init(threads: 1)).measure(files: Self.sound)
    #expect(alone.map(\.node) == model.graph.nodes)
    #expect(try NodeSurvey(model, options: .init(threads: 3)).measure(files: Self.sound) == alone)
    let none = try NodeSurvey(model, nodes: ["fc"]).measure(files: [])
    #expect(none[0].statistics.mean == nil && none[0].statistics.minimum == nil)
  }
}

extension Tensor {
  fileprivate var values: [Float] { (0..<shape.elementCount).map { floats[$0] } }
}

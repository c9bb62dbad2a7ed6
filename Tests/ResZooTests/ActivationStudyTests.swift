import Foundation
import TestSupport
import Testing

@testable import ResZoo

@Suite struct ActivationStudyTests {
  private static let sound = SampleImages.sound.map { ImageSource.file(path: SampleImages.path($0)) }

  private func study(_ models: Model...) throws -> ActivationStudy {
    try ActivationStudy(
      of: models.enumerated().map { StudySubject(name: "net\($0.offset)", model: $0.element) },
      images: Self.sound)
  }

  /// A network of basic blocks, small enough for every kind.
  private func network(
    _ change: (inout Architecture) -> Void = { _ in }, zeroInitLast: Bool = false
  ) throws -> Model {
    var architecture = Architecture.tiny
    change(&architecture)
    return try Model(untrained: architecture, zeroInitLast: zeroInitLast, seed: 3)
  }

  @Test func `a branch that is zero has a ratio of 0`() throws {
    let profile = try study(network(zeroInitLast: true)).profiles[0]
    #expect(profile.blocks.map(\.path) == ["layer1.0", "layer1.1", "layer2.0", "layer2.1"])
    for block in profile.blocks {
      #expect(block.ratio == 0)
      #expect(block.branch.zeroShare == 1)
      #expect(try #require(block.shortcut?.meanMagnitude) > 0)
    }
  }

  @Test func `the ratio is that of the root mean squares before the sum`() throws {
    let model = try network()
    let block = try study(model).profiles[0].blocks[2]
    func square(_ node: String) throws -> Double {
      let extractor = try FeatureExtractor(model, node: node)
      var sum = 0.0
      try extractor.features(images: Self.sound) { result in
        let tensor = try result.outcome.get()
        for index in 0..<tensor.shape.elementCount {
          sum += Double(tensor.floats[index]) * Double(tensor.floats[index])
        }
      }
      return sum
    }
    let want = try (square("layer2.0.bn2") / square("layer2.0.downsample.1")).squareRoot()
    // What is fused otherwise differs in the last digits of single precision.
    #expect(abs(try #require(block.ratio) - want) < 1e-5 * want)
  }

  @Test func `a plain network has branches alone`() throws {
    let study = try study(network { $0.shortcut = .none })
    for block in study.profiles[0].blocks {
      #expect(block.shortcut == nil && block.ratio == nil)
      // The branch ends before the activation that makes zeros.
      #expect(try #require(block.output.zeroShare) > #require(block.branch.zeroShare))
    }
    #expect(study.conclusions.isEmpty)
  }

  @Test func `responses are those of convolutions after their norm`() throws {
    let profile = try study(network { $0.attention = .efficient(kernels: [3, 3]) }).profiles[0]
    #expect(profile.responses.map(\.path).prefix(3) == ["bn1", "layer1.0.bn1", "layer1.0.bn2"])
    #expect(!profile.layers.contains { $0.path.contains("downsample") || $0.path.contains("se") })
    #expect(profile.layers.last?.kind == .head)
    let preactivated = try study(network { $0.block = .preactivationBasic }).profiles[0]
    #expect(preactivated.responses.map(\.path).prefix(3) == ["conv1", "layer1.0.bn2", "layer1.0.conv2"])
    #expect(preactivated.activations.map(\.path).last == "norm.relu")
  }

  @Test func `numbers do not depend on the threads`() throws {
    let subject = StudySubject(name: "net", model: try network())
    let studies = try [1, 3].map {
      try ActivationStudy(of: [subject], images: Self.sound, options: .init(threads: $0))
    }
    #expect(studies[0].profiles == studies[1].profiles)
  }

  @Test func `an image that cannot be read is named once and counts nowhere`() throws {
    let subjects = [try network(), try network()].enumerated().map {
      StudySubject(name: "net\($0.offset)", model: $0.element)
    }
    let study = try ActivationStudy(of: subjects, images: [.file(path: "/nowhere.png")] + Self.sound)
    #expect(study.errors.map(\.input) == ["/nowhere.png"])
    #expect(study.profiles.map(\.images) == [Self.sound.count, Self.sound.count])
    #expect(study.profiles[0].blocks == study.profiles[1].blocks)
  }

  @Test func `conclusions follow from the numbers`() throws {
    let silent = try study(network(zeroInitLast: true)).profiles[0]
    #expect(
      ActivationStudy.deviation(of: silent)
        == """
        In net0 a branch is 0 times as large as its shortcut in the median block, from 0 in layer1.0 to 0 in layer2.1; 4 of 4 branches \
        are smaller than their shortcut.
        """)
    // Shortcuts that carry little.
    let model = try network()
    var tensors = model.parameters
    for name in tensors.keys where name.hasSuffix("bn2.weight") {
      tensors[name] = Tensor(
        shape: model.parameter(name).shape,
        floats: Array(repeating: 50, count: model.parameter(name).shape.elementCount))
    }
    let loud = try study(Model(descriptor: model.descriptor, parameters: tensors)).profiles[0]
    #expect(try #require(ActivationStudy.deviation(of: loud)).contains("0 of 4 branches are smaller"))
    let both = try #require(ActivationStudy.comparison([loud, silent.renamed("quiet")]))
    let turned = try #require(ActivationStudy.comparison([silent.renamed("quiet"), loud]))
    #expect(both == turned && both.hasSuffix("in net0."), "\(both)")
    #expect(ActivationStudy.comparison([loud]) == nil)
  }

  @Test func `the page needs no other file and the record has all numbers`() throws {
    let folder = TemporaryFolder()
    let study = try study(network(), network { $0.shortcut = .none })
    try study.write(to: folder.file("study"), StudyFacts(command: ["test"]))
    let page = String(decoding: readFile(folder.file("study/index.html")), as: UTF8.self)
    for word in ["Ratio of branch to shortcut", "data:image/png;base64,", "layer2.1", "net1, branch"] {
      #expect(page.contains(word), "\(word)")
    }
    #expect(!page.contains("href") && !page.contains("<script"))
    let record = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(folder.file("study/study.json"))))
        as? [String: Any])
    let networks = try #require((record["numbers"] as? [String: Any])?["networks"] as? [[String: Any]])
    let blocks = try #require(networks[0]["blocks"] as? [[String: Any]])
    for (block, want) in zip(blocks, study.profiles[0].blocks) {
      // Foundation reads the last digit of a number not always as it was written.
      let ratio = try #require(want.ratio)
      #expect(abs(try #require(block["ratio"] as? Double) - ratio) < 1e-12)
      #expect(block["path"] as? String == want.path)
    }
    #expect(blocks.count == 4)
    // A folder of something else is not replaced.
    folder.write([1], to: "file")
    #expect(throws: (any Error).self) { try study.write(to: folder.file("file")) }
  }
}

extension ActivationProfile {
  fileprivate func renamed(_ name: String) -> Self {
    Self(name: name, images: images, layers: layers, blocks: blocks, isUntrained: isUntrained)
  }
}

extension Architecture {
  /// Two stages of two basic blocks for images of 16×16.
  static let tiny = Architecture(
    input: Input(height: 16, width: 16), stem: .conv3x3(width: 8),
    stages: [Stage(blocks: 2, width: 8, stride: 1), Stage(blocks: 2, width: 16, stride: 2)], block: .basic,
    classes: 4)
}

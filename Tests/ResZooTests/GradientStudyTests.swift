import Foundation
import TestSupport
import Testing

@testable import ResZoo

@Suite struct GradientStudyTests {
  private static let stack = GradientStack(blocks: 3, width: 6, side: 4, batch: 2)

  /// Images of four classes.
  private static let set = ImageSet(
    sources: SampleImages.sound.map { .file(path: SampleImages.path($0)) }, labels: ["a", "b", "c", "d"],
    labelOfSource: SampleImages.sound.indices.map { $0 % 4 })

  private func network(_ change: (inout Architecture) -> Void = { _ in }) throws -> Model {
    var architecture = Architecture(
      input: Architecture.Input(height: 8, width: 8), stem: .conv3x3(width: 4),
      stages: [
        Architecture.Stage(blocks: 2, width: 4, stride: 1),
        Architecture.Stage(blocks: 1, width: 8, stride: 2),
      ], block: .basic, shortcut: .zeroPad, classes: 4)
    change(&architecture)
    return try Model(untrained: architecture, seed: 9)
  }

  // Stacks.

  @Test func `a stack is measured with each seed, plain and residual`() throws {
    var done: [Int] = []
    let study = try GradientStudy(of: Self.stack, options: .init(seeds: [3, 4])) { done.append($0) }
    #expect(done.last == 4 && done == done.sorted())
    #expect(study.profiles.map(\.name) == ["plain", "residual"])
    #expect(study.profiles.map(\.hasShortcuts) == [false, true])
    for profile in study.profiles {
      #expect(profile.blocks == ["layer1.0", "layer1.1", "layer1.2"])
      #expect(profile.runs.map(\.seed) == [3, 4] && profile.brokenRuns == 0)
      #expect(profile.runs[0].norms != profile.runs[1].norms)
      #expect(profile.ratios.count == 2)
    }
    #expect(study.profiles[0].runs[0].norms != study.profiles[1].runs[0].norms)
    let alone = try GradientStudy(of: Self.stack, options: .init(seeds: [4]))
    #expect(alone.profiles[0].runs[0] == study.profiles[0].runs[1])
  }

  @Test func `both stacks have the same weights`() throws {
    let stack = Self.stack
    let plain = try Model(untrained: stack.architecture(shortcuts: false), seed: 5)
    let residual = try Model(untrained: stack.architecture(shortcuts: true), seed: 5)
    #expect(plain.graph.parameters.map(\.name) == residual.graph.parameters.map(\.name))
    for name in plain.parameters.keys {
      let (own, other) = (plain.parameter(name), residual.parameter(name))
      #expect((0..<own.shape.elementCount).allSatisfy { own.floats[$0] == other.floats[$0] }, "\(name)")
    }
  }

  @Test func `the input is a normal sample that the seed decides on`() {
    let stack = GradientStack(blocks: 1, width: 16, side: 16, batch: 4)
    let (input, again, other) = (stack.input(seed: 1), stack.input(seed: 1), stack.input(seed: 2))
    #expect(input.shape == [4, 16, 16, 16])
    let count = input.shape.elementCount
    let values = (0..<count).map { Double(input.floats[$0]) }
    #expect((0..<count).allSatisfy { input.floats[$0] == again.floats[$0] })
    #expect((0..<count).contains { input.floats[$0] != other.floats[$0] })
    let mean = values.reduce(0, +) / Double(count)
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(count)
    // Five deviations of the mean and of the mean square of so many numbers.
    #expect(abs(mean) < 5 / Double(count).squareRoot())
    #expect(abs(square - 1) < 5 * (2 / Double(count)).squareRoot())
  }

  @Test func `numbers do not depend on the threads`() throws {
    let studies = try [1, 3].map { try GradientStudy(of: Self.stack, options: .init(threads: $0)) }
    #expect(studies[0].profiles == studies[1].profiles)
  }

  @Test func `impossible stacks and options are refused`() {
    let cases: [(GradientStack, GradientStudy.Options, TrainingError.Code)] = [
      (GradientStack(blocks: 0), .init(), .options), (GradientStack(blocks: 3000), .init(), .options),
      (GradientStack(width: -1), .init(), .options), (GradientStack(side: 0), .init(), .options),
      (GradientStack(batch: 0), .init(), .options), (GradientStack(), .init(seeds: []), .options),
      (GradientStack(blocks: 2048, width: 16384), .init(), .memory),
      (GradientStack(side: 16384, batch: 65536), .init(), .memory),
      // One number of each channel has no variance.
      (GradientStack(blocks: 2, width: 4, side: 1, batch: 1), .init(), .options),
    ]
    for (stack, options, code) in cases {
      #expect {
        _ = try GradientStudy(of: stack, options: options)
      } throws: { error in
        (error as? TrainingError)?.code == code
      }
    }
  }

  // Whole networks.

  @Test func `networks are measured at initialisation and as they are`() throws {
    let model = try network()
    let subjects = [
      StudySubject(name: "r", model: model),
      StudySubject(name: "p", model: try network { $0.shortcut = .none }),
    ]
    let study = try GradientStudy(of: subjects, on: Self.set, options: .init(seeds: [9, 1]))
    #expect(study.images == 7 && study.errors.isEmpty)
    #expect(study.profiles.map(\.weights) == [.initial, .untrained, .initial, .untrained])
    #expect(study.profiles.map(\.hasShortcuts) == [true, true, false, false])
    #expect(study.profiles[0].blocks == ["layer1.0", "layer1.1", "layer2.0"])
    // The first seed is the one that the network itself was drawn with.
    #expect(study.profiles[0].runs[0].norms == study.profiles[1].runs[0].norms)
    #expect(study.profiles[0].runs[0].norms != study.profiles[0].runs[1].norms)
    #expect(study.profiles[1].runs.map(\.seed) == [nil])
  }

  @Test func `nothing is dropped`() throws {
    func norms(_ model: Model) throws -> [Double] {
      let study = try GradientStudy(of: [StudySubject(name: "n", model: model)], on: Self.set)
      return study.profiles[1].runs[0].norms
    }
    let dropping = try network {
      $0.dropout = 0.5
      $0.stochasticDepth = 0.5
      $0.blockDropout = 0.5
    }
    #expect(try norms(dropping) == norms(network()))
  }

  @Test func `networks with other norms and blocks can be measured`() throws {
    for change in [
      { $0.normalization.kind = .group(groups: 2) }, { $0.block = .preactivationBasic },
      { $0.block = .bottleneck },
    ] as [(inout Architecture) -> Void] {
      let study = try GradientStudy(
        of: [
          StudySubject(
            name: "n",
            model: network {
              change(&$0); $0.shortcut = .projection
            })
        ],
        on: Self.set)
      #expect(study.profiles[0].blocks.count == 3 && study.profiles[0].brokenRuns == 0)
    }
  }

  @Test func `images are taken evenly, and one that cannot be read counts nowhere`() throws {
    let subject = StudySubject(name: "n", model: try network())
    let few = try GradientStudy(of: [subject], on: Self.set, options: .init(images: 4))
    #expect(few.images == 4)
    let damaged = ImageSet(
      sources: [.file(path: "/nowhere.png")] + Self.set.sources, labels: Self.set.labels,
      labelOfSource: [0] + Self.set.labelOfSource)
    let study = try GradientStudy(of: [subject, subject], on: damaged)
    #expect(study.images == 7 && study.errors.map(\.input) == ["/nowhere.png"])
    #expect(study.profiles[1] == (try GradientStudy(of: [subject], on: Self.set)).profiles[1])
    let none = damaged.subset([0])
    #expect(throws: TrainingError(.data, "")) { try GradientStudy(of: [subject], on: none) }
  }

  @Test func `networks and images that have no such loss are refused`() throws {
    let features = StudySubject(
      name: "n",
      model: try network {
        $0.head = .none
        $0.classes = 8
      })
    let several = StudySubject(name: "n", model: try network { $0.answer = .several })
    for subject in [features, several] {
      #expect(throws: TrainingError(.network, "")) { try GradientStudy(of: [subject], on: Self.set) }
    }
    let subject = StudySubject(name: "n", model: try network())
    let few = ImageSet(
      sources: Self.set.sources, labels: ["a"], labelOfSource: Self.set.sources.map { _ in 0 })
    #expect(throws: DatasetError.self) { try GradientStudy(of: [subject], on: few) }
    #expect(throws: TrainingError(.options, "")) {
      try GradientStudy(of: [subject], on: Self.set, options: .init(images: 0))
    }
  }
}

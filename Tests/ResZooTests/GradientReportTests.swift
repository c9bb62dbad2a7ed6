import Foundation
import TestSupport
import Testing

@testable import ResZoo

/// What a study of gradients concludes, and what it writes.
@Suite struct GradientReportTests {
  private func profile(
    _ hasShortcuts: Bool, _ weights: GradientProfile.Weights = .initial, _ norms: [Double]...
  ) -> GradientProfile {
    GradientProfile(
      name: hasShortcuts ? "residual" : "plain", hasShortcuts: hasShortcuts, weights: weights,
      blocks: (norms.first ?? []).indices.map { "layer1.\($0)" },
      runs: norms.enumerated().map { .init(seed: UInt64($0.offset), loss: 1, norms: $0.element) })
  }

  @Test func `what becomes of the gradient follows from its numbers`() {
    func course(_ norms: [Double]...) -> String {
      GradientStudy.course(
        of: GradientProfile(
          name: "plain", hasShortcuts: false, weights: .initial, blocks: norms[0].map { "\($0)" },
          runs: norms.map { .init(seed: 0, loss: 1, norms: $0) }), called: "the plain stack")
    }
    #expect(
      course([0.001, 0.1, 1])
        == "In the plain stack, the gradient at the first block is 0.001 times as large as at the last: it shrinks on its way back."
    )
    #expect(course([40, 1, 10]).hasSuffix("is 4 times as large as at the last: it grows on its way back."))
    #expect(course([1.05, 7, 1]).hasSuffix("it keeps its size."))
    #expect(course([4, 1], [1, 1]).contains("is 2 (1 to 4) times"))
    #expect(course([1, 0, 1], [1, 1, 1]).hasSuffix("is 0 or not finite at some block in 1 of 2 runs."))
    #expect(course([.infinity, 1]).hasSuffix("is 0 or not finite at some block."))
    #expect(course([3]).contains("one block"))
  }

  @Test func `the effect of shortcuts is concluded both ways`() throws {
    func compare(_ plain: GradientProfile, _ residual: GradientProfile) -> String? {
      GradientStudy.comparison([plain, residual], .initial)
    }
    let even = try #require(compare(profile(false, .initial, [0.01, 1]), profile(true, .initial, [5, 1])))
    #expect(
      even
        == """
        At initialisation, the gradient changes by a factor of 100 between the first block and the last without shortcuts, and of 5 with \
        them: shortcuts make the change 20 times smaller.
        """)
    let uneven = try #require(compare(profile(false, .initial, [2, 1]), profile(true, .initial, [1, 8])))
    #expect(uneven.contains("the effect does not show; shortcuts make the change 4 times larger"))
    let same = try #require(compare(profile(false, .initial, [2, 1]), profile(true, .initial, [1, 2])))
    #expect(same.hasSuffix("the effect does not show; shortcuts make no difference."))
    let close = try #require(
      compare(profile(false, .initial, [2, 1], [9, 1]), profile(true, .initial, [3, 1], [3, 1])))
    #expect(close.contains("(2 to 9)") && close.hasSuffix("but the ranges overlap."))
    #expect(GradientStudy.comparison([profile(false, .initial, [2, 1])], .initial) == nil)
    #expect(
      GradientStudy.comparison(
        [profile(false, .trained, [2, 1]), profile(true, .initial, [2, 1])], .trained)
        == nil)
  }

  @Test func `the page needs no other file and the record has all numbers`() throws {
    let folder = TemporaryFolder()
    let study = try GradientStudy(
      of: GradientStack(blocks: 3, width: 6, side: 4, batch: 2), options: .init(seeds: [3, 4]))
    try study.write(to: folder.file("study"), StudyFacts(command: ["test"]))
    let page = String(decoding: readFile(folder.file("study/index.html")), as: UTF8.self)
    for word in ["rz-band", "layer1.2", "The blocks of the residual stack", "3, 4"] + study.conclusions {
      #expect(page.contains(word), "\(word)")
    }
    #expect(!page.contains("href") && !page.contains("<script"))
    let record = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(folder.file("study/study.json"))))
        as? [String: Any])
    let numbers = try #require(record["numbers"] as? [String: Any])
    #expect((numbers["stack"] as? [String: Int]) == ["blocks": 3, "width": 6, "size": 4, "batch": 2])
    let networks = try #require(numbers["networks"] as? [[String: Any]])
    for (network, profile) in zip(networks, study.profiles) {
      let runs = try #require(network["runs"] as? [[String: Any]])
      for (run, want) in zip(runs, profile.runs) {
        let norms = try #require(run["norms"] as? [Double])
        // Foundation reads the last digit of a number not always as it was written.
        for (got, want) in zip(norms, want.norms) { #expect(abs(got - want) <= 1e-14 * want) }
        #expect(norms.count == 3)
      }
      #expect(runs.count == 2)
    }
    #expect(networks.count == 2)
    // A folder of something else is not replaced, an earlier study is.
    try study.write(to: folder.file("study"))
    folder.write([1], to: "file")
    #expect(throws: (any Error).self) { try study.write(to: folder.file("file")) }
  }

  @Test func `networks are written with their inputs into a new folder`() throws {
    let folder = TemporaryFolder()
    let stack = GradientStack(blocks: 2, width: 4, side: 3, batch: 2)
    let study = try GradientStudy(of: stack, options: .init(seeds: [7, 8], keepsNetworks: true))
    try study.writeNetworks(to: folder.file("nets"))
    #expect(
      TemporaryFolder.names(in: folder.file("nets")) == ["input.npy", "plain.rzoo", "residual.rzoo"])
    let input = try NPY.decodeFloats(readFile(folder.file("nets/input.npy")))
    let want = stack.input(seed: 7)
    #expect(input.shape == want.shape)
    #expect((0..<want.shape.elementCount).allSatisfy { input.floats[$0] == want.floats[$0] })
    let model = try Model(contentsOf: folder.file("nets/residual.rzoo"))
    #expect(model.descriptor.architecture == stack.architecture(shortcuts: true))
    #expect(throws: (any Error).self) { try study.writeNetworks(to: folder.file("nets")) }
  }
}

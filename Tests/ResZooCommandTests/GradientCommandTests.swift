import Foundation
import TestSupport
import Testing

/// `study gradients`.
@Suite struct GradientCommandTests {
  private let sandbox: Sandbox
  private static let small = ["--blocks", "2", "--width", "4", "--size", "4", "--batch", "2"]

  init() throws {
    sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
  }

  private func run(_ arguments: [String], output: String = "g") throws -> Outcome {
    try sandbox.run(["study", "gradients"] + arguments + ["--output", output])
  }

  private func numbers(_ folder: String = "g") throws -> [String: Any] {
    let data = Data(readFile(sandbox.folder.file(folder + "/study.json")))
    let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require(record["numbers"] as? [String: Any])
  }

  @Test func `stacks are measured without data`() throws {
    let outcome = try run(Self.small + ["--seeds", "2", "--seed", "5", "--quiet"])
    expectQuietSuccess(outcome)
    #expect(outcome.text.contains("In the plain stack, the gradient"))
    #expect(TemporaryFolder.names(in: sandbox.folder.file("g")) == ["index.html", "study.json"])
    let networks = try #require(try numbers()["networks"] as? [[String: Any]])
    let runs = try #require(networks[0]["runs"] as? [[String: Any]])
    #expect(runs.map { $0["seed"] as? Int } == [5, 6])
    // The same study is replaced, another folder is not.
    expectQuietSuccess(try run(Self.small + ["--quiet"]))
    expectFailure(try run(Self.small, output: "set"), code: 73, saying: "set: ")
  }

  @Test func `networks are measured on pictures`() throws {
    let outcome = try run(["net.rzoo", "--pictures", "set", "--save-nets", "n", "--quiet"])
    expectQuietSuccess(outcome)
    #expect(outcome.text.contains("In net after training, the gradient"))
    #expect(
      TemporaryFolder.names(in: sandbox.folder.file("n")) == [
        "initial-1.rzoo", "input-1.npy", "labels-1.npy",
      ])
    #expect(try numbers()["images"] as? Int == 4)
    expectFailure(
      try run(["net.rzoo", "--pictures", "set", "--save-nets", "n"]), code: 73, saying: "n: exists")
    sandbox.add("no image", as: "set/bee/bad.png")
    expectFailure(
      try run(["net.rzoo", "--pictures", "set"]), code: 1, saying: "set/bee/bad.png: is not an image",
      "1 of 5 images could not be read")
  }

  @Test func `the networks and the input of a stack can be kept`() throws {
    expectQuietSuccess(try run(Self.small + ["--save-nets", "n", "--quiet"]))
    #expect(
      TemporaryFolder.names(in: sandbox.folder.file("n")) == ["input.npy", "plain.rzoo", "residual.rzoo"])
    #expect(try sandbox.run("verify", "n/plain.rzoo").status == 0)
  }

  @Test func `bad options are refused`() throws {
    for (options, words) in [
      (["--blocks", "0"], "--blocks is 0; it must be from 1"),
      (["--blocks", "9999"], "--blocks is 9999; it must be from 1 to 2048"),
      (["--width", "0"], "--width is 0"), (["--size", "-1"], "--size is -1"),
      (["--batch", "0"], "--batch is 0"), (["--seeds", "0"], "--seeds is 0; it must be from 1 to 1000"),
      (["--pictures", "set"], "name them first"), (["--count", "8"], "--count goes with networks"),
      (["net.rzoo"], "need --pictures"), (["net.rzoo", "net.rzoo", "--pictures", "set"], "is named twice"),
      (["net.rzoo", "--pictures", "set", "--width", "8"], "--width is for stacks"),
      (["net.rzoo", "--pictures", "set", "--count", "0"], "--count is 0; it must be at least 1"),
      (["--save-nets", "g"], "are the same folder"), (["--threads", "300"], "--threads is 300"),
    ] {
      expectFailure(try run(options), code: 64, saying: words)
    }
    #expect(!sandbox.folder.names.contains("g"))
  }

  @Test func `what cannot be measured is said to be`() throws {
    for name in ["empty", "other", "other/dog"] { _ = sandbox.folder.makeFolder(name) }
    sandbox.addImage("photo.jpg", as: "other/dog/1.jpg")
    sandbox.addImage("photo.jpg", as: "photo.jpg")
    for (options, words) in [
      (["net.rzoo", "--pictures", "other"], "dog"), (["net.rzoo", "--pictures", "empty"], "empty: "),
      (["net.rzoo", "--pictures", "photo.jpg"], "photo.jpg: "),
      (["net.rzoo", "--pictures", "nowhere"], "nowhere: "),
      (["none.rzoo", "--pictures", "set"], "none.rzoo: "),
      (["untrained.rzoo", "--pictures", "set"], "has 3 classes, and the model"),
    ] {
      let outcome = try run(options)
      #expect(outcome.exited && (65...66).contains(outcome.status), "\(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
    let large = try run(["--blocks", "2048", "--width", "16384"])
    #expect(large.exited && large.errors.contains("MiB: take fewer or narrower blocks"), "\(large.errors)")
    #expect(!sandbox.folder.names.contains("g"))
  }
}

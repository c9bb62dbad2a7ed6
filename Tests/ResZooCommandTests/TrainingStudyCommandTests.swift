import Foundation
import TestSupport
import Testing

/// Studies that train two tiny networks on images of one grey.
@Suite struct TrainingStudyCommandTests {
  private let sandbox = Sandbox()

  init() {
    for part in ["set", "set/train", "set/test"] { _ = sandbox.folder.makeFolder(part) }
    for part in ["train", "test"] {
      ImageSamples.write(
        [("set/\(part)/dark", part == "train" ? 6 : 2), ("set/\(part)/light", 6)], to: sandbox.folder)
    }
    for (name, blocks) in [("shallow", 1), ("deep", 2)] {
      sandbox.add(
        """
        {"input": {"channels": 3, "height": 8, "width": 8},
        "stem": {"kind": "conv3x3", "widths": [4], "pool": false},
        "stages": [{"blocks": \(blocks), "width": 4, "stride": 1}], "block": "basic", "shortcut": "none", "classes": 9}
        """, as: "\(name).json")
    }
  }

  private func arguments(_ output: String, _ more: [String]) -> [String] {
    [
      "study", "degradation", "set", "--output", output, "--nets", "shallow.json,deep.json", "--threads", "1",
      "--batch", "4",
    ] + more
  }

  private func study(_ output: String, _ more: String...) throws -> Outcome {
    try sandbox.run(arguments(output, ["--epochs", "3"] + more))
  }

  /// The errors and losses of all epochs in a report.
  private func numbers(_ output: String) throws -> [[Double]] {
    let bytes = readFile(sandbox.folder.file("\(output)/study.json"))
    let record = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    let networks = (record["numbers"] as? [String: Any])?["networks"] as? [[String: Any]] ?? []
    return networks.flatMap { $0["runs"] as? [[String: Any]] ?? [] }.map { run in
      (run["epochs"] as? [[String: Any]] ?? []).flatMap { epoch in
        ["training_loss", "training_error", "test_loss", "test_error"].compactMap { epoch[$0] as? Double }
      }
    }
  }

  @Test func `a study says how it trains, how it goes on, and what follows`() throws {
    let outcome = try study("out")
    #expect(outcome.exited && outcome.status == 0, "\(outcome.errors)")
    for words in [
      "set: trains on set/train", "set: tests with set/test", "images are scaled",
      "net 1/2 shallow seed 0  epoch 1/3  training error ", "net 2/2 deep seed 0  epoch 3/3", "Degradation",
      "out: the page and the numbers. The trained networks are in out.training",
    ] { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
    #expect(try numbers("out").map(\.count) == [12, 12])
    let trained = try sandbox.run("evaluate", "out.training/deep-seed0.rzoo", "set", "--format", "json")
    let top1 = try #require(try trained.json["top1"] as? Double)
    #expect(try abs(1 - top1 - numbers("out")[1][11]) < 1e-9)
    let again = try study("out", "--seeds", "2")
    #expect(again.errors.contains("net 3/4 shallow seed 1") && !again.errors.contains("net 1/4"))
  }

  @Test func `a study that is killed goes on to the same numbers`() throws {
    #expect(try study("whole").status == 0)
    for (signal, network) in [(SIGKILL, "shallow"), (SIGINT, "deep")] {
      let state = sandbox.folder.file("cut.training/\(network)-seed0.rzoo.training")
      let cut = try sandbox.run(
        arguments("cut", ["--epochs", "3"]), sending: signal,
        once: { FileManager.default.fileExists(atPath: state) })
      // A fast machine may have ended.
      if !cut.exited, signal == SIGINT { #expect(cut.errors.contains("Run the same command to continue")) }
    }
    #expect(try study("cut").status == 0)
    #expect(try numbers("cut") == numbers("whole"))
  }

  @Test func `another recipe is refused by its options`() throws {
    #expect(try study("out").status == 0)
    expectFailure(
      try study("out", "--lr", "0.05", "--pictures", "4"), code: 65, saying: "--lr was 0.1 and is 0.05",
      "--pictures was 12 and is 4", "--restart")
    let restarted = try study("out", "--pictures", "4", "--restart")
    #expect(restarted.status == 0, "\(restarted.errors)")
    #expect(restarted.errors.contains("4 of 12 images to train on, the same number of each class"))
  }

  @Test func `inputs that cannot be are named`() throws {
    expectFailure(try study("out", "--pictures", "1"), code: 64, saying: "fewer than the 2 classes")
    expectFailure(try study("out", "--milestones", "many"), code: 64, saying: "--milestones")
    expectFailure(
      try sandbox.run("study", "degradation", "nothing", "--output", "out"), code: 66, saying: "nothing")
    _ = sandbox.folder.makeFolder("taken")
    sandbox.add("text", as: "taken/letter.txt")
    expectFailure(try study("taken"), code: 73, saying: "taken", "earlier study of degradation")
  }

  @Test func `shortcuts are a study too`() throws {
    let outcome = try sandbox.run(
      "study", "shortcuts", "set", "--output", "out", "--of", "init", "--pictures", "4", "--epochs", "1")
    #expect(outcome.exited && outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("net 2/2 cifar_resnet20-xavier seed 0"))
    #expect(try numbers("out").count == 2)
    let page = String(decoding: readFile(sandbox.folder.file("out/index.html")), as: UTF8.self)
    #expect(page.contains("Xavier") && page.contains("study shortcuts set --output out"))
  }
}

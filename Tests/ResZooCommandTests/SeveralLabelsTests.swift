import Foundation
import TestSupport
import Testing

/// Trainings of networks that answer with several classes at once, or with yes or no.
@Suite struct SeveralLabelsTests {
  private let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    for number in 1...4 { sandbox.addImage("photo.jpg", as: "set/cat/\(number + 4).jpg") }
    sandbox.add(
      """
      {"input_size": [3, 8, 8], "resize": 8, "crop": 8, "crop_mode": "center", "interpolation": "bilinear",
      "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
      """, as: "small.json")
    #expect(try sandbox.run("edit", "net.rzoo", "--preset", "small.json").status == 0)
    sandbox.add(
      """
      path,labels
      set/ant/1.png,red|round
      set/ant/2.jpg,green
      set/bee/1.jpg,red|green|round
      set/cat/1.png,
      """, as: "several.csv")
  }

  private func inspect(_ name: String) throws -> [String: Any] {
    try sandbox.run("inspect", name, "--json").json
  }

  @Test func `a network learns several labels at once`() throws {
    let arguments = [
      "finetune", "net.rzoo", "several.csv", "--answer", "several", "--validation", "several.csv", "--output",
      "out.rzoo", "--epochs", "3", "--batch", "2", "--log", "log.jsonl", "--report", "report",
      "--tensorboard", "board",
      "--mixup", "0.2", "--label-smoothing", "0.1", "--pos-weight", "balanced",
    ]
    let outcome = try sandbox.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("mAP "), "\(outcome.errors)")
    let record = try inspect("out.rzoo")
    #expect((record["architecture"] as? [String: Any])?["answer"] as? String == "several")
    #expect(record["labels"] as? [String] == ["green", "red", "round"])
    let recipe = try #require(record["recipe"] as? [String: String])
    #expect(recipe["answer"] == "several" && recipe["pos-weight"] == "balanced")
    let metrics = try #require(record["metrics"] as? [String: Double])
    for name in ["mAP", "f1_micro", "f1_macro", "loss"] { #expect(metrics[name] != nil) }
    let log = String(decoding: readFile(sandbox.folder.file("log.jsonl")), as: UTF8.self)
    #expect(log.contains("\"validation_map\""))
    // The same by the recipe of the file.
    let again = try sandbox.run(
      "finetune", "net.rzoo", "several.csv", "--validation", "several.csv", "--config", "out.rzoo",
      "--output",
      "again.rzoo")
    #expect(again.status == 0, "\(again.errors)")
    #expect(readFile(sandbox.folder.file("out.rzoo")) == readFile(sandbox.folder.file("again.rzoo")))
  }

  @Test func `a network learns yes or no`() throws {
    let outcome = try sandbox.run(
      "finetune", "net.rzoo", "set", "--answer", "binary", "--positive", "cat", "--validation", "set",
      "--output",
      "out.rzoo", "--epochs", "2", "--batch", "4", "--report", "report")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try inspect("out.rzoo")
    let architecture = try #require(record["architecture"] as? [String: Any])
    #expect(architecture["answer"] as? String == "binary" && architecture["classes"] as? Int == 1)
    #expect(record["labels"] as? [String] == ["cat"])
    // The same network goes on, and knows what it affirms.
    let more = try sandbox.run(
      "train", "set", "--from", "out.rzoo", "--output", "more.rzoo", "--epochs", "1", "--batch", "4", "--lr",
      "0.001")
    #expect(more.status == 0, "\(more.errors)")
    #expect(try inspect("more.rzoo")["labels"] as? [String] == ["cat"])
  }

  @Test func `classes of one each can be learned by themselves`() throws {
    let outcome = try sandbox.run(
      "train", "set", "--from", "net.rzoo", "--output", "out.rzoo", "--epochs", "1", "--batch", "4", "--lr",
      "0.01",
      "--loss", "bce")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try inspect("out.rzoo")
    #expect((record["architecture"] as? [String: Any])?["answer"] == nil)
    #expect((record["recipe"] as? [String: String])?["loss"] == "bce")
  }

  @Test(arguments: [
    (["set", "--answer", "binary"], "none is known as the one that the network affirms"),
    (["several.csv", "--answer", "several", "--loss", "cross-entropy"], "must be bce"),
    (["several.csv", "--answer", "several", "--balance-loss"], "--pos-weight"),
    (["several.csv", "--answer", "several", "--balance-classes"], "--pos-weight"),
    (["set", "--pos-weight", "2"], "goes with the loss bce"),
    (["set", "--loss", "bce", "--pos-weight", "0"], "above 0"),
    (["set", "--positive", "cat"], "--positive is for --answer binary"),
    (["set", "--label-separator", ";"], "--label-separator is for --answer several"),
  ])
  func `what does not fit the answer is refused`(arguments: [String], words: String) throws {
    let outcome = try sandbox.run(
      ["finetune", "net.rzoo"] + arguments + ["--output", "out.rzoo", "--epochs", "1", "--batch", "2"])
    #expect(outcome.exited && [64, 65].contains(outcome.status), "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test func `changes of images are drawn as the training makes them`() throws {
    for more in [[String](), ["--seed", "1"]] {
      let outcome = try sandbox.run(
        ["augment", "set", "--from", "net.rzoo", "--output", "sheet\(more.count).png", "--variants", "3"]
          + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("changes: cifar"), "\(outcome.errors)")
    }
    let sheets = [0, 2].map { readFile(sandbox.folder.file("sheet\($0).png")) }
    #expect(sheets[0].starts(with: [0x89, 0x50, 0x4E, 0x47]) && sheets[0] != sheets[1])
    let plain = try sandbox.run(
      "augment", "set/ant/2.jpg", "--from", "net.rzoo", "--output", "plain.png", "--augment", "none",
      "--variants", "1")
    #expect(plain.status == 0, "\(plain.errors)")
    expectFailure(
      try sandbox.run("augment", "set", "--from", "net.rzoo", "--output", "x.png", "--augment", "blur"),
      code: 64,
      saying: "--augment: 'blur' is no augmentation")
  }
}

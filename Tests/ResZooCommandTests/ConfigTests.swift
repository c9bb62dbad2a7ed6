import Foundation
import TestSupport
import Testing

/// `--config` and `--save-config` of trainings.
@Suite struct ConfigTests {
  private let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    for label in ["ant", "bee", "cat"] {
      for number in 5..<8 { sandbox.addImage("photo.jpg", as: "set/\(label)/\(number).jpg") }
    }
    sandbox.add(
      """
      {"input_size": [3, 8, 8], "resize": 8, "crop": 8, "crop_mode": "center", "interpolation": "bilinear",
      "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
      """, as: "small.json")
    #expect(try sandbox.run("edit", "net.rzoo", "--preset", "small.json").status == 0)
  }

  private func bytes(_ name: String) -> [UInt8] { readFile(sandbox.folder.file(name)) }

  private func recipe(_ name: String) throws -> [String: String] {
    try #require(try sandbox.run("inspect", name, "--json").json["recipe"] as? [String: String])
  }

  @Test func `settings of a file count unless the command line has others`() throws {
    sandbox.add(
      """
      {"from": "net.rzoo", "dataset": "set", "batch": 2, "lr": 0.01, "epochs": 3, "no-augment": true,
       "schedule": "multistep", "milestones": [1, 2], "nesterov": false, "log": null}
      """, as: "run.json")
    let outcome = try sandbox.run("train", "--config", "run.json", "--output", "a.rzoo", "--epochs", "2")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("run.json: the command line replaces epochs\n"))
    let recipe = try recipe("a.rzoo")
    let wanted = [
      "batch": "2", "lr": "0.01", "epochs": "2", "augment": "none", "milestones": "1,2", "dataset": "set",
      "images": "13",
    ]
    for (name, value) in wanted { #expect(recipe[name] == value) }
    // Another schedule has no use for milestones.
    #expect(
      try sandbox.run(
        "train", "set", "--config=run.json", "--output", "b.rzoo", "--epochs", "1", "--schedule", "cosine"
      ).status == 0)
    #expect(
      try sandbox.run(
        "train", "--config", "run.json", "--output", "c.rzoo", "--epochs", "1", "--augment", "cifar"
      ).status == 0)
    #expect(try self.recipe("c.rzoo")["augment"] == "cifar")
  }

  @Test func `the initialisation is a setting that a recipe keeps`() throws {
    let common = ["--batch", "4", "--epochs", "1", "--threads", "1", "--lr", "0.01"]
    let start = ["train", "set", "--arch", "small_resnet18"] + common
    #expect(try sandbox.run(start + ["--output", "k.rzoo"]).status == 0)
    let outcome = try sandbox.run(start + ["--init", "xavier", "--output", "x.rzoo"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try recipe("x.rzoo")["init"] == "xavier" && recipe("k.rzoo")["init"] == nil)
    let again = try sandbox.run("train", "set", "--config", "x.rzoo", "--output", "y.rzoo", "--threads", "1")
    #expect(again.status == 0, "\(again.errors)")
    #expect(bytes("y.rzoo") == bytes("x.rzoo") && bytes("k.rzoo") != bytes("x.rzoo"))
  }

  @Test func `settings that are none are refused with what is close`() throws {
    let cases = [
      (#"{"learning_rate": 1}"#, "'learning_rate' is no option of 'reszoo train'"),
      (#"{"weight_decay": 1}"#, "close to it: weight-decay"),
      (#"{"nesterov": 3}"#, "'nesterov' must be true or false"),
      (#"{"lr": true}"#, "'lr' must be a text or a number"), (#"{"resume": true}"#, "'resume' is no option"),
      (#"{"lr": {"head": 1}}"#, "'lr' must be a text"), (#"{"lr": 1, "lr": 2}"#, "names a member twice"),
      (#"["lr"]"#, "run.json"), (#"{"recipe": 3}"#, "has no recipe"), (#"{"recipe": {}}"#, "has no recipe"),
    ]
    for (text, words) in cases {
      sandbox.add(text, as: "run.json")
      let outcome = try sandbox.run(
        "train", "set", "--from", "net.rzoo", "--output", "a.rzoo", "--config", "run.json")
      #expect(outcome.exited && [64, 65].contains(outcome.status), "\(text): \(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(text): \(outcome.errors)")
    }
    expectFailure(
      try sandbox.run("train", "set", "--arch", "resnet18", "--output", "a.rzoo", "--config", "no.json"),
      code: 66, saying: "no.json")
  }

  @Test func `a report repeats its training to the same bytes`() throws {
    let first = try sandbox.run(
      "train", "set", "--from", "net.rzoo", "--output", "a.rzoo", "--batch", "3", "--lr", "0.02", "--epochs",
      "2",
      "--validation-split", "0.3", "--report", "report", "--mixup", "0.2", "--seed", "4", "--ema", "0.9")
    #expect(first.status == 0, "\(first.errors)")
    let again = try sandbox.run("train", "--config", "report/report.json", "--output", "b.rzoo")
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("repeats the training of report/report.json"))
    #expect(!bytes("a.rzoo").isEmpty && bytes("a.rzoo") == bytes("b.rzoo"))
    let other = try sandbox.run(
      "train", "--config", "report/report.json", "--output", "c.rzoo", "--lr", "0.03")
    #expect(
      other.errors.contains("differs from the training of report/report.json: lr is 0.03, there 0.02\n"),
      "\(other.errors)")
  }

  @Test(arguments: ["report.json", "recipe.json"])
  func `a recipe names no files to write`(file: String) throws {
    let recipe =
      #"{"lr": "0.02", "log": "log.jsonl", "report": "report", "tensorboard": "board", "output": "x.rzoo", "cache": "cache", "batch": "3", "dataset": "set"}"#
    sandbox.add(
      #"{"format": "reszoo training report", "options": \#(recipe), "operands": {"dataset": "set", "log": "log.jsonl"}}"#,
      as: "report.json")
    sandbox.add(#"{"recipe": \#(recipe)}"#, as: "recipe.json")
    let mine = sandbox.folder.write([1, 2, 3], to: "log.jsonl")
    let names = Set(sandbox.folder.names)
    let outcome = try sandbox.run(
      "train", "set", "--from", "net.rzoo", "--config", file, "--output", "a.rzoo", "--epochs", "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.contains(
        "its recipe names files, which only the command line does; not taken: cache, log, output, report, tensorboard"
      ),
      "\(outcome.errors)")
    #expect(readFile(mine) == [1, 2, 3])
    #expect(Set(sandbox.folder.names) == names.union(["a.rzoo"]))
  }

  @Test func `a file of settings says what it writes, and one in a report's place names nothing`() throws {
    let text = #"{"batch": 3, "log": "log.jsonl", "cache": "store", "tensorboard": "board"}"#
    let train = ["train", "set", "--from", "net.rzoo", "--epochs", "1"]
    sandbox.add(text, as: "run.json")
    let outcome = try sandbox.run(train + ["--config", "run.json", "--output", "a.rzoo"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let said = "run.json: names what is written: --cache store, --log log.jsonl, --tensorboard board\n"
    #expect(outcome.errors.contains(said), "\(outcome.errors)")
    #expect(sandbox.folder.names.contains("log.jsonl"))
    let names = Set(sandbox.folder.names)
    let log = bytes("log.jsonl")
    sandbox.add(text, as: "report.json")
    let other = try sandbox.run(train + ["--config", "report.json", "--output", "b.rzoo"])
    #expect(other.status == 0, "\(other.errors)")
    #expect(
      other.errors.contains(
        "this report.json names files, which only the command line does; not taken: cache, log, tensorboard"),
      "\(other.errors)")
    #expect(try recipe("b.rzoo")["batch"] == "3")
    #expect(bytes("log.jsonl") == log)
    #expect(Set(sandbox.folder.names) == names.union(["b.rzoo", "report.json"]))
  }

  @Test(arguments: [
    [], ["--no-cache"], ["--train", "all"], ["--patience", "0", "--no-exempt-norms", "--warmup-epochs", "0"],
  ])
  func `a fine-tuned file repeats its training to the same bytes`(more: [String]) throws {
    let first = try sandbox.run(
      ["finetune", "net.rzoo", "set", "--output", "a.rzoo", "--epochs", "2", "--cache-limit", "1"].filter {
        !more.contains("--no-cache") || !($0 == "--cache-limit" || $0 == "1")
      } + more)
    #expect(first.status == 0, "\(first.errors)")
    let again = try sandbox.run("finetune", "net.rzoo", "set", "--config", "a.rzoo", "--output", "b.rzoo")
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("repeats the training of a.rzoo"), "\(again.errors)")
    #expect(!bytes("a.rzoo").isEmpty && bytes("a.rzoo") == bytes("b.rzoo"))
    // The same by what is printed of the file.
    #expect(
      try sandbox.shell("exec \"$@\" > recipe.json", "inspect", "a.rzoo", "--json").status == 0)
    #expect(
      try sandbox.run("finetune", "net.rzoo", "set", "--config", "recipe.json", "--output", "c.rzoo").status
        == 0)
    #expect(bytes("a.rzoo") == bytes("c.rzoo"))
  }

  @Test func `saved settings are those of the command line`() throws {
    let first = try sandbox.run(
      "train", "set", "--from", "net.rzoo", "--output", "a.rzoo", "--batch", "3", "--lr", "0.02", "--epochs",
      "1",
      "--no-shuffle", "--save-config", "run.json")
    #expect(first.status == 0, "\(first.errors)")
    let saved = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes("run.json"))) as? [String: Any])
    #expect(saved["lr"] as? Double == 0.02 && saved["no-shuffle"] as? Bool == true)
    #expect(saved["dataset"] as? String == "set" && saved["save-config"] == nil)
    let network = bytes("a.rzoo")
    #expect(try sandbox.run("train", "--config", "run.json", "--output", "b.rzoo").status == 0)
    // Settings are an input, too.
    let before = readFile(sandbox.folder.file("run.json"))
    let outcome = try sandbox.run(
      "train", "--config", "run.json", "--output", "c.rzoo", "--save-config", "run.json", "--force")
    expectFailure(outcome, code: 64, saying: "run.json: it is read by this command")
    #expect(readFile(sandbox.folder.file("run.json")) == before)
    #expect(!network.isEmpty && bytes("b.rzoo") == network)
  }
}

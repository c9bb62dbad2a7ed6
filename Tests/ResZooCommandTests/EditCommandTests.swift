import Foundation
import Platform
import TestSupport
import Testing

/// `edit`, and `verify --run` with the traces that it records.
@Suite struct EditCommandTests {
  @Test func `every field can be edited without changing the content root`() throws {
    let sandbox = try Sandbox.withNetworks()
    let before = try sandbox.run("inspect", "net.rzoo", "--json").json
    expectQuietSuccess(
      try sandbox.run(
        "edit", "net.rzoo", "--label", "1=wasp", "--note", "A note.", "--license", "MIT", "--metric",
        "acc@1=0.5",
        "--metric", "loss=-1e-3", "--recipe", "optimizer=sgd", "--recipe", "lr=0.1=x", "--trace", "3"))
    let after = try sandbox.run("inspect", "net.rzoo", "--json").json
    #expect(after["labels"] as? [String] == ["ant", "wasp", "cat"])
    #expect(after["notes"] as? String == "A note.")
    #expect((after["origin"] as? [String: Any])?["license"] as? String == "MIT")
    #expect((after["metrics"] as? [String: Double])?["loss"] == -1e-3)
    #expect(after["recipe"] as? [String: String] == ["optimizer": "sgd", "lr": "0.1=x"])
    #expect((after["trace"] as? [String: Any])?["seed"] as? Int == 3)
    #expect(after["content_root"] as? String == before["content_root"] as? String)
    // No metric looks like a fact of the file.
    expectQuietSuccess(
      try sandbox.run("edit", "net.rzoo", "--metric", "signed by 12=1", "--output", "named.rzoo"))
    let facts = try sandbox.run("inspect", "named.rzoo").text
    #expect(facts.contains("metric acc@1") && facts.contains("metric 'signed by 12'"), "\(facts)")
    #expect(!facts.contains("\nsigned by"))
    let replayed = try sandbox.run("verify", "net.rzoo", "--run")
    expectQuietSuccess(replayed)
    #expect(replayed.text.contains("golden trace replayed, off by "))
    expectQuietSuccess(
      try sandbox.run(
        ["edit", "net.rzoo"]
          + ["notes", "metrics", "recipe", "trace", "labels"].flatMap { ["--remove", $0] }))
    let bare = try sandbox.run("inspect", "net.rzoo", "--json").json
    for name in ["notes", "recipe", "trace", "labels"] { #expect(bare[name] == nil, "\(name)") }
    sandbox.add("x\ny\nz\n", as: "labels.txt")
    expectQuietSuccess(
      try sandbox.run(
        "edit", "net.rzoo", "--labels", "labels.txt", "--preset", "cifar10", "--output", "other.rzoo"))
    let other = try sandbox.run("inspect", "other.rzoo", "--json").json
    #expect(other["labels"] as? [String] == ["x", "y", "z"])
    #expect(try sandbox.run("inspect", "net.rzoo", "--json").json["labels"] == nil)
  }

  @Test func `a senseless edit is refused and leaves the file`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.add("x\ny\n", as: "two.txt")
    let before = readFile(sandbox.folder.file("net.rzoo"))
    let names = sandbox.folder.names
    for (arguments, code, words): ([String], Int32, String) in [
      ([], 64, "Say what to change"), (["--label", "3=x"], 64, "the classes are numbered from 0 to 2"),
      (["--label=-1=x"], 64, "invalid"), (["--label", "1="], 65, "labels[1]"),
      (["--metric", "a=x"], 64, "invalid"),
      (["--metric", "a=nan"], 64, "invalid"), (["--recipe", "=x"], 64, "invalid"),
      (["--labels", "two.txt"], 65, "two.txt: holds 2 labels, and net.rzoo has 3 classes"),
      (["--preset", "none"], 64, "no preset"),
      (["--labels", "none.txt"], 66, "does not exist"), (["--remove", "weights"], 64, "invalid"),
      (["--note", "x", "--output", "none/x"], 73, "folder does not exist"),
      (["--note", "x", "--output", "two.txt", "--labels", "two.txt"], 64, "would be replaced"),
    ] {
      expectFailure(try sandbox.run(["edit", "net.rzoo"] + arguments), code: code, saying: words)
      #expect(readFile(sandbox.folder.file("net.rzoo")) == before)
    }
    #expect(sandbox.folder.names == names)
    expectFailure(
      try sandbox.run("edit", "untrained.rzoo", "--label", "1=x"), code: 65, saying: "has no labels to change"
    )
    expectFailure(
      try sandbox.run("verify", "net.rzoo", "--run"), code: 65, saying: "has no golden trace to replay")
  }

  @Test func `a damaged file is not rewritten`() throws {
    let sandbox = try Sandbox.withNetworks()
    var bytes = readFile(sandbox.folder.file("untrained.rzoo"))
    bytes[bytes.count / 2] ^= 1
    sandbox.folder.write(bytes, to: "untrained.rzoo")
    expectFailure(
      try sandbox.run("edit", "untrained.rzoo", "--note", "x"), code: 65, saying: "untrained.rzoo: ",
      "is damaged")
    #expect(readFile(sandbox.folder.file("untrained.rzoo")) == bytes)
    #expect(sandbox.folder.names == ["net.rzoo", "untrained.rzoo"])
  }

  @Test func `a delta is edited without its base`() throws {
    let sandbox = try Sandbox.withNetworks()
    #expect(try sandbox.run("init", "small_resnet18", "--seed", "2", "--output", "two.rzoo").status == 0)
    #expect(try sandbox.run("diff", "untrained.rzoo", "two.rzoo", "--output", "delta.rzoo").status == 0)
    _ = sandbox.folder.makeFolder("away")
    sandbox.folder.write(readFile(sandbox.folder.file("delta.rzoo")), to: "away/delta.rzoo")
    expectQuietSuccess(try sandbox.run("edit", "away/delta.rzoo", "--note", "x"))
    expectFailure(
      try sandbox.run("edit", "away/delta.rzoo", "--trace", "1"), code: 65,
      saying: "name that file with --base")
    expectQuietSuccess(try sandbox.run("edit", "away/delta.rzoo", "--trace", "1", "--base", "untrained.rzoo"))
    expectQuietSuccess(try sandbox.run("verify", "away/delta.rzoo", "--run", "--base", "untrained.rzoo"))
    #expect(try sandbox.run("inspect", "away/delta.rzoo").text.contains("\nnotes           x\n"))
  }

  /// Killed at whatever moment, `edit` leaves the old file or the new one.
  @Test func `a killed edit leaves a whole file`() throws {
    let sandbox = Sandbox()
    #expect(try sandbox.run("init", "resnet18", "--seed", "1", "--output", "net.rzoo").status == 0)
    let folder = sandbox.folder
    for round in 0..<4 {
      _ = try sandbox.run(
        ["edit", "net.rzoo", "--note", "round \(round)"], sending: SIGKILL,
        once: { folder.names.contains { $0.hasSuffix(".tmp") } })
      expectQuietSuccess(try sandbox.run("verify", "net.rzoo"))
    }
  }
}

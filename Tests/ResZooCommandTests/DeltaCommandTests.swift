import Foundation
import TestSupport
import Testing

/// `diff` and `merge`, and every command on a delta.
@Suite struct DeltaCommandTests {
  /// `untrained.rzoo`, `net.rzoo` (8×8 images), `changed.rzoo`, which is `net.rzoo` with a head of other numbers, and its
  /// `delta.rzoo`.
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    _ = sandbox.folder.makeFolder("export")
    for (name, change) in [("manifest.json", 0), ("weights.bin", 1)] {
      var bytes = readFile(Samples.export("tiny/" + name))
      // The last tensor's last number is one of the head's.
      if change == 1 { bytes[bytes.count - 2] ^= 0x40 }
      sandbox.folder.write(bytes, to: "export/" + name)
    }
    let converted = try sandbox.run("convert", "export", "--output", "changed.rzoo")
    #expect(converted.status == 0, "\(converted.errors)")
    let made = try sandbox.run("diff", "net.rzoo", "changed.rzoo", "--output", "delta.rzoo")
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.errors.contains("delta.rzoo: 1 of "))
    return sandbox
  }

  static let readers: [[String]] = [
    ["classify", "", "photo.jpg", "--format", "csv"], ["evaluate", "", "set", "--format", "json"],
    ["run", "", "--input", "x.npy", "--output", "y.npy"], ["export", "", "--output", "y.safetensors"],
  ]

  @Test func `every command takes a delta like the whole model`() throws {
    let sandbox = try sandbox()
    sandbox.addImage("photo.jpg")
    sandbox.addDataSet()
    sandbox.folder.write(Array32.zeros([1, 3, 8, 8]), to: "x.npy")
    for command in Self.readers {
      let output = command.firstIndex(of: "--output").map { command[$0 + 1] }
      let answers = try ["changed.rzoo", "delta.rzoo", "net.rzoo"].map { name in
        let outcome = try sandbox.run(command.map { $0.isEmpty ? name : $0 })
        #expect(outcome.status == 0, "\(outcome.errors)")
        return output.map { readFile(sandbox.folder.file($0)) } ?? outcome.output
      }
      #expect(answers[0] == answers[1], "\(command)")
      if output != nil { #expect(answers[0] != answers[2], "\(command)") }
    }
    for command in [
      ["bench", "delta.rzoo", "--open"], ["bench", "delta.rzoo", "--load"], ["verify", "delta.rzoo"],
    ] {
      #expect(try sandbox.run(command).status == 0)
    }
    expectQuietSuccess(try sandbox.run("preprocess", "delta.rzoo", "photo.jpg", "--output", "y.npy"))
  }

  @Test func `merging gives the whole file back`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run("merge", "delta.rzoo", "--base", "net.rzoo", "--output", "merged.rzoo")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(readFile(sandbox.folder.file("merged.rzoo")) == readFile(sandbox.folder.file("changed.rzoo")))
    expectFailure(
      try sandbox.run("merge", "net.rzoo", "--output", "x.rzoo"), code: 65,
      saying: "net.rzoo: is complete already")
    for output in ["delta.rzoo", "net.rzoo"] {
      expectFailure(
        try sandbox.run("merge", "delta.rzoo", "--output", output), code: 64, saying: "would be replaced")
      expectFailure(
        try sandbox.run("diff", "net.rzoo", "delta.rzoo", "--output", output), code: 64,
        saying: "would be replaced")
    }
  }

  @Test func `inspect shows the base and works without it`() throws {
    let sandbox = try sandbox()
    let root = try #require(try sandbox.run("inspect", "net.rzoo", "--json").json["content_root"] as? String)
    let found = try sandbox.run("inspect", "delta.rzoo")
    expectQuietSuccess(found)
    #expect(found.text.contains("\ndelta of        \(root)\n"))
    #expect(found.text.contains("\nbase            net.rzoo\n"))
    _ = sandbox.folder.makeFolder("away")
    sandbox.folder.write(readFile(sandbox.folder.file("delta.rzoo")), to: "away/delta.rzoo")
    let missing = try sandbox.run("inspect", "away/delta.rzoo")
    expectQuietSuccess(missing)
    #expect(missing.text.contains("not found here"))
    let record = try sandbox.run("inspect", "away/delta.rzoo", "--json", "--tensors").json
    #expect((record["base"] as? [String: Any])?["content_root"] as? String == root)
    #expect((record["tensors"] as? [Any])?.count == 1)
    expectFailure(
      try sandbox.run("inspect", "away/delta.rzoo", "--base", "untrained.rzoo"), code: 65, saying: root)
  }

  @Test func `a missing or wrong base is named with the places`() throws {
    let sandbox = try sandbox()
    sandbox.addImage("photo.jpg")
    _ = sandbox.folder.makeFolder("away")
    _ = sandbox.folder.makeFolder("cache")
    sandbox.folder.write(readFile(sandbox.folder.file("delta.rzoo")), to: "away/delta.rzoo")
    let root = try #require(try sandbox.run("inspect", "net.rzoo", "--json").json["content_root"] as? String)
    let cache = sandbox.folder.file("cache")
    let script = #"RESZOO_CACHE="\#(cache)" exec "$@""#
    for command in [["classify", "away/delta.rzoo", "photo.jpg"], ["verify", "away/delta.rzoo"]] {
      expectFailure(
        try sandbox.shell(script, command), code: 65, saying: "reszoo: away/delta.rzoo: ", root,
        "away (1 .rzoo file",
        cache, "--base")
      expectFailure(
        try sandbox.shell(script, command + ["--base", "untrained.rzoo"]), code: 65, saying: root,
        "untrained.rzoo holds ")
      expectFailure(
        try sandbox.shell(script, command + ["--base", "none.rzoo"]), code: 66,
        saying: "none.rzoo: does not exist")
      expectQuietSuccess(try sandbox.shell(script, command + ["--base", "net.rzoo"]))
    }
    sandbox.folder.write(readFile(sandbox.folder.file("net.rzoo")), to: "cache/0123.rzoo")
    expectQuietSuccess(try sandbox.shell(script, "verify", "away/delta.rzoo"))
    let other = #"unset RESZOO_CACHE; XDG_CACHE_HOME="\#(sandbox.folder.path)/x" exec "$@""#
    expectFailure(try sandbox.shell(other, "verify", "away/delta.rzoo"), code: 65, saying: "/x/reszoo (0")
    _ = sandbox.folder.makeFolder("x")
    _ = sandbox.folder.makeFolder("x/reszoo")
    sandbox.folder.write(readFile(sandbox.folder.file("net.rzoo")), to: "x/reszoo/0123.rzoo")
    expectQuietSuccess(try sandbox.shell(other, "verify", "away/delta.rzoo"))
  }

  @Test func `a damaged copy of the base does not hide a sound one`() throws {
    let sandbox = try sandbox()
    sandbox.addImage("photo.jpg")
    var damaged = readFile(sandbox.folder.file("net.rzoo"))
    damaged[damaged.count - 100] ^= 1
    sandbox.folder.write(damaged, to: "another.rzoo")
    for command in [["verify", "delta.rzoo"], ["classify", "delta.rzoo", "photo.jpg"]] {
      expectQuietSuccess(try sandbox.run(command + ["--quiet"]))
    }
    #expect(try sandbox.run("merge", "delta.rzoo", "--output", "whole.rzoo").status == 0)
    #expect(try sandbox.run("verify", "whole.rzoo").status == 0)
    sandbox.folder.write(damaged, to: "net.rzoo")
    expectFailure(
      try sandbox.run("verify", "delta.rzoo"), code: 65, saying: "its base another.rzoo: ")
  }

  @Test func `a delta of an unrelated network is warned of`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.run("diff", "untrained.rzoo", "net.rzoo", "--output", "delta.rzoo")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("delta.rzoo: shares no tensor with untrained.rzoo"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("the others are those"))
  }

  /// A new head for other classes: the descriptor is the model's own, and the head's tensors have other shapes.
  @Test func `a delta with a new head takes kilobytes`() throws {
    let sandbox = try Sandbox.withNetworks()
    #expect(
      try sandbox.run("init", "small_resnet18", "--seed", "1", "--num-classes", "3", "--output", "three.rzoo")
        .status
        == 0)
    let outcome = try sandbox.run("diff", "untrained.rzoo", "three.rzoo", "--output", "delta.rzoo")
    #expect(outcome.errors.contains("2 of 77 tensors"), "\(outcome.errors)")
    #expect(readFile(sandbox.folder.file("delta.rzoo")).count < 2500)
    let verified = try sandbox.run("verify", "delta.rzoo")
    #expect(
      verified.text == "delta.rzoo: sound, small_resnet18, 174,803 parameters, delta of untrained.rzoo\n")
    expectFailure(
      try sandbox.run("diff", "three.rzoo", "delta.rzoo", "--output", "x.rzoo"), code: 65,
      saying: "same tensors as three.rzoo")
  }
}

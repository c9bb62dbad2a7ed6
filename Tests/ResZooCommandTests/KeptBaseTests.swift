import Foundation
import TestSupport
import Testing

/// No command replaces a file that it reads, found or named, under whatever name, also with `--force`.
@Suite struct KeptBaseTests {
  /// Each command that reads a delta and writes a file, with the file's name left out.
  static let writers: [[String]] = [
    ["sign", "delta.rzoo", "--key", "key.pem", "--output", ""],
    ["edit", "delta.rzoo", "--note", "new", "--output", ""],
    ["edit", "delta.rzoo", "--trace", "1", "--output", ""],
    ["convert", "delta.rzoo", "--output", ""],
    ["convert", "delta.rzoo", "--codec", "none", "--output", ""],
    ["convert", "delta.rzoo", "--dtype", "f16", "--output", ""],
    ["diff", "delta.rzoo", "third.rzoo", "--output", ""],
    ["diff", "third.rzoo", "delta.rzoo", "--output", ""],
    ["merge", "delta.rzoo", "--output", ""],
    ["export", "delta.rzoo", "--format", "safetensors", "--output", ""],
    ["export", "delta.rzoo", "--format", "onnx", "--output", ""],
    ["inspect", "delta.rzoo", "--graph", "--format", "svg", "--output", ""],
    ["classify", "delta.rzoo", "photo.jpg", "--output", ""],
    ["evaluate", "delta.rzoo", "set", "--predictions", ""],
    ["features", "delta.rzoo", "photo.jpg", "--output", ""],
    ["features", "delta.rzoo", "photo.jpg", "--sheet", ""],
    ["features", "delta.rzoo", "photo.jpg", "--statistics", "--plot", ""],
    ["preprocess", "delta.rzoo", "photo.jpg", "--output", ""],
    ["run", "delta.rzoo", "--input", "x.npy", "--output", ""],
    ["lr-find", "set", "--from", "delta.rzoo", "--steps", "10", "--chart", ""],
    ["lr-find", "set", "--from", "delta.rzoo", "--steps", "10", "--save-config", ""],
    ["train", "set", "--from", "delta.rzoo", "--epochs", "1", "--output", ""],
    ["finetune", "delta.rzoo", "set", "--epochs", "1", "--cache-limit", "0", "--output", ""],
    ["finetune", "delta.rzoo", "set", "--epochs", "1", "--cache-limit", "0", "--delta", "--output", ""],
    [
      "finetune", "delta.rzoo", "set", "--epochs", "1", "--cache-limit", "0", "--output", "o.rzoo",
      "--save-config", "",
    ],
  ]

  /// `base.rzoo`, `delta.rzoo` of it, `third.rzoo`, and all that the writers read. The base is found beside the delta.
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withDelta()
    #expect(try sandbox.run("keygen", "--key", "key.pem", "--public-key", "key.pub").status == 0)
    return sandbox
  }

  @Test(arguments: writers.indices) func `the base of a delta is never replaced`(_ writer: Int) throws {
    let sandbox = try sandbox()
    let base = sandbox.folder.file("base.rzoo")
    let ending = Self.writers[writer].contains("--predictions") ? ".csv" : ""
    try FileManager.default.linkItem(atPath: base, toPath: sandbox.folder.file("hard\(ending)"))
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.folder.file("soft\(ending)"), withDestinationPath: "base.rzoo")
    let before = readFile(base)
    let names = sandbox.folder.names
    let outputs = ending.isEmpty ? ["base.rzoo", "hard", "soft"] : ["hard\(ending)", "soft\(ending)"]
    for output in outputs {
      for force in [[], ["--force"]] {
        let outcome = try sandbox.run(Self.writers[writer].map { $0.isEmpty ? output : $0 } + force)
        expectFailure(
          outcome, code: 64, saying: "reszoo: \(output): it ",
          "is read by this command and would be replaced; name another output")
        #expect(readFile(base) == before, "\(output) \(force)")
        #expect(sandbox.folder.names == names, "\(output) \(force)")
      }
    }
  }

  @Test func `a base in a folder that is written is not replaced`() throws {
    let sandbox = try sandbox()
    let folder = sandbox.folder.makeFolder("out")
    #expect(try sandbox.run("export", "base.rzoo", "--output", "out").status == 0)
    sandbox.folder.write(readFile(sandbox.folder.file("base.rzoo")), to: "out/weights.bin")
    try FileManager.default.removeItem(atPath: sandbox.folder.file("base.rzoo"))
    let outcome = try sandbox.run(
      "export", "delta.rzoo", "--base", "out/weights.bin", "--output", "out", "--force")
    expectFailure(outcome, code: 64, saying: "reszoo: out/weights.bin: it is read by this command")
    #expect(TemporaryFolder.names(in: folder) == ["manifest.json", "weights.bin"])
    #expect(try sandbox.run("verify", "delta.rzoo", "--base", "out/weights.bin").status == 0)
  }

  /// Files that the named source leads to.
  @Test func `a base that was named and is not needed is not replaced`() throws {
    let sandbox = try sandbox()
    let before = readFile(sandbox.folder.file("third.rzoo"))
    for line in [
      ["convert", "delta.rzoo", "--output", "third.rzoo"],
      ["classify", "delta.rzoo", "photo.jpg", "--output", "third.rzoo"],
    ] {
      let named = ["--base", "base.rzoo", "--base", "third.rzoo", "--force"]
      expectFailure(try sandbox.run(line + named), code: 64, saying: "third.rzoo: it is read")
      #expect(readFile(sandbox.folder.file("third.rzoo")) == before)
    }
  }

  @Test func `a shard is not replaced`() throws {
    let sandbox = try sandbox()
    // A name that promises nothing: others are refused as the name of a checkpoint.
    let shard = "shard-1"
    #expect(try sandbox.run("export", "base.rzoo", "--output", "all.safetensors").status == 0)
    let before = readFile(sandbox.folder.file("all.safetensors"))
    sandbox.folder.write(before, to: shard)
    // The header is JSON behind its length of 8 bytes, all but two of them 0 here.
    let header = before[8..<8 + Int(before[0]) + Int(before[1]) << 8]
    let tensors = try #require(try JSONSerialization.jsonObject(with: Data(header)) as? [String: Any])
    let map = tensors.keys.filter { $0 != "__metadata__" }.map { "\"\($0)\": \"\(shard)\"" }
    sandbox.add(
      "{\"weight_map\": {\(map.joined(separator: ", "))}}", as: "model.safetensors.index.json")
    let outcome = try sandbox.run("convert", "model.safetensors.index.json", "--output", shard, "--force")
    expectFailure(outcome, code: 64, saying: "reszoo: \(shard): it is read by this command")
    #expect(readFile(sandbox.folder.file(shard)) == before)
  }

  @Test func `a file is edited and signed in place, through a link too`() throws {
    let sandbox = try sandbox()
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.folder.file("link.rzoo"), withDestinationPath: "delta.rzoo")
    for line in [
      ["sign", "delta.rzoo", "--key", "key.pem"],
      ["sign", "delta.rzoo", "--key", "key.pem", "--output", "link.rzoo"],
      ["edit", "delta.rzoo", "--note", "one", "--drop-signature"],
      ["edit", "link.rzoo", "--note", "two"], ["edit", "base.rzoo", "--note", "three"],
    ] {
      let outcome = try sandbox.run(line)
      #expect(outcome.status == 0, "\(line) \(outcome.errors)")
    }
    #expect(try sandbox.run("verify", "delta.rzoo", "base.rzoo").status == 0)
  }
}

import Foundation
import TestSupport
import Testing

/// Files that say in their header which model they hold, over other weights.
@Suite struct ProvenBaseTests {
  /// `base.rzoo`, `changed.rzoo`, `delta.rzoo` of the base, which is signed by `key.pem`, and `third.rzoo`, of the same shapes.
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withDelta()
    for name in ["key", "other"] {
      #expect(try sandbox.run("keygen", "--key", "\(name).pem", "--public-key", "\(name).pub").status == 0)
    }
    #expect(try sandbox.run("sign", "delta.rzoo", "--key", "key.pem").status == 0)
    return sandbox
  }

  /// A copy of a file whose header claims the model of another one.
  private func forge(_ sandbox: Sandbox, _ name: String, of weights: String, claiming model: String) {
    sandbox.folder.write(
      claimingRoot(
        of: readFile(sandbox.folder.file(model)), readFile(sandbox.folder.file(weights))), to: name)
  }

  static let users: [[String]] = [
    ["classify", "delta.rzoo", "photo.jpg", "--format", "csv"],
    ["evaluate", "delta.rzoo", "set", "--format", "json"],
    ["features", "delta.rzoo", "photo.jpg", "--output", "out"],
    ["run", "delta.rzoo", "--input", "x.npy", "--output", "out"],
    ["verify", "delta.rzoo", "--public-key", "key.pub"],
    ["merge", "delta.rzoo", "--output", "out"],
    ["convert", "delta.rzoo", "--dtype", "f16", "--output", "out"],
    ["export", "delta.rzoo", "--format", "safetensors", "--output", "out"],
    ["diff", "third.rzoo", "delta.rzoo", "--output", "out"],
    ["train", "set", "--from", "delta.rzoo", "--epochs", "1", "--batch", "2", "--output", "out"],
    [
      "finetune", "delta.rzoo", "set", "--epochs", "1", "--batch", "2", "--cache-limit", "0", "--output",
      "out",
    ],
  ]

  @Test(arguments: users.indices) func `a planted base is not taken for the true one`(_ user: Int) throws {
    let sandbox = try sandbox()
    let line = Self.users[user]
    func result(_ outcome: Outcome) throws -> [UInt8] {
      #expect(outcome.status == 0, "\(outcome.errors)")
      guard line.contains("out") else { return outcome.output }
      let bytes = readFile(sandbox.folder.file("out"))
      try FileManager.default.removeItem(atPath: sandbox.folder.file("out"))
      return bytes
    }
    let honest = try result(try sandbox.run(line))
    // One with the right shapes, one with others, and one that needs a base itself.
    forge(sandbox, "aaa.rzoo", of: "third.rzoo", claiming: "base.rzoo")
    forge(sandbox, "aab.rzoo", of: "untrained.rzoo", claiming: "base.rzoo")
    #expect(try sandbox.run("diff", "untrained.rzoo", "third.rzoo", "--output", "d.rzoo").status == 0)
    forge(sandbox, "aac.rzoo", of: "d.rzoo", claiming: "base.rzoo")
    #expect(try result(try sandbox.run(line)) == honest)
    // Without the true one, all that claimed to be it are named.
    try FileManager.default.removeItem(atPath: sandbox.folder.file("base.rzoo"))
    let names = sandbox.folder.names
    expectFailure(
      try sandbox.run(line), code: 65, saying: "its base aaa.rzoo: the tensors' content root is ",
      "its base aab.rzoo: ", "its base aac.rzoo: ")
    #expect(sandbox.folder.names == names)
  }

  @Test(arguments: [
    ["finetune", "evil.rzoo", "set", "--train", "fc", "--epochs", "1", "--batch", "2", "--output", "out"],
    ["train", "set", "--from", "evil.rzoo", "--epochs", "1", "--batch", "2", "--output", "out"],
    ["convert", "evil.rzoo", "--dtype", "f16", "--output", "out"],
    ["export", "evil.rzoo", "--format", "safetensors", "--output", "out"],
    ["classify", "evil.rzoo", "photo.jpg", "--output", "out.jsonl"],
    ["classify", "evil.rzoo", "photo.jpg", "--output", "out.csv"],
  ]) func `nothing is made of weights that are not those of their content root`(_ line: [String]) throws {
    let sandbox = try sandbox()
    forge(sandbox, "evil.rzoo", of: "third.rzoo", claiming: "base.rzoo")
    let names = sandbox.folder.names
    expectFailure(try sandbox.run(line), code: 65, saying: "the tensors' content root is ")
    #expect(sandbox.folder.names == names)
    let honest = try sandbox.run(line.map { $0 == "evil.rzoo" ? "base.rzoo" : $0 })
    #expect(honest.status == 0, "\(honest.errors)")
  }

  @Test func `augment checks the key and the bases that it is given`() throws {
    let sandbox = try sandbox()
    func augment(_ model: String, _ more: String...) throws -> Outcome {
      try sandbox.run(["augment", "set", "--from", model, "--output", "sheet.png"] + more)
    }
    expectFailure(try augment("third.rzoo", "--public-key", "key.pub"), code: 65, saying: "is not signed")
    expectFailure(try augment("delta.rzoo", "--public-key", "other.pub"), code: 65, saying: "not by the key")
    expectFailure(try augment("third.rzoo", "--public-key", "none.pub"), code: 66, saying: "none.pub")
    expectFailure(try augment("third.rzoo", "--public-key", "photo.jpg"), code: 65, saying: "photo.jpg")
    expectFailure(try augment("delta.rzoo", "--base", "third.rzoo"), code: 65, saying: "third.rzoo")
    #expect(!sandbox.folder.names.contains("sheet.png"))
    #expect(try augment("delta.rzoo", "--public-key", "key.pub", "--base", "base.rzoo").status == 0)
    #expect(try augment("delta.rzoo", "--public-key", "key.pub").status == 0)
    // Without either, what is drawn needs no weights.
    try FileManager.default.removeItem(atPath: sandbox.folder.file("base.rzoo"))
    #expect(try augment("delta.rzoo").status == 0)
  }

  @Test func `of several named bases the true one is used, whatever the order`() throws {
    let sandbox = try sandbox()
    let classify = ["classify", "delta.rzoo", "photo.jpg", "--public-key", "key.pub"]
    let honest = try sandbox.run(classify + ["--base", "base.rzoo"]).output
    forge(sandbox, "aaa.rzoo", of: "third.rzoo", claiming: "base.rzoo")
    for bases in [["aaa.rzoo", "base.rzoo"], ["base.rzoo", "aaa.rzoo"]] {
      for key in [["--public-key", "key.pub"], []] {
        let outcome = try sandbox.run(Array(classify[..<3]) + key + bases.flatMap { ["--base", $0] })
        #expect(outcome.status == 0 && outcome.output == honest, "\(bases) \(key): \(outcome.errors)")
        #expect(outcome.errors == "reszoo: delta.rzoo: base: base.rzoo\n")
      }
    }
    expectFailure(
      try sandbox.run(classify + ["--base", "aaa.rzoo", "--base", "aaa.rzoo"]), code: 65,
      saying: "its base aaa.rzoo: the tensors' content root is ")
  }

  @Test func `what is said of many planted bases is short`() throws {
    let sandbox = try sandbox()
    for number in 0..<20 {
      forge(sandbox, "planted\(number).rzoo", of: "third.rzoo", claiming: "base.rzoo")
    }
    try FileManager.default.removeItem(atPath: sandbox.folder.file("base.rzoo"))
    let outcome = try sandbox.run("verify", "delta.rzoo")
    expectFailure(
      outcome, code: 65, saying: "its base planted0.rzoo: ", "and 12 files more are no base of it")
    #expect(outcome.errors.utf8.count < 8 * 400)
  }

  @Test func `the base that was taken is said, unless it was named`() throws {
    let sandbox = try sandbox()
    let classify = ["classify", "delta.rzoo", "photo.jpg"]
    #expect(try sandbox.run(classify).errors == "reszoo: delta.rzoo: base: base.rzoo\n")
    expectQuietSuccess(try sandbox.run(classify + ["--quiet"]))
    expectQuietSuccess(try sandbox.run(classify + ["--base", "base.rzoo"]))
    expectQuietSuccess(try sandbox.run("classify", "changed.rzoo", "photo.jpg"))
  }

  @Test func `the base of a delta is found where pull puts it`() throws {
    let sandbox = try sandbox()
    for name in ["cache", "cache/models", "lone"] { _ = sandbox.folder.makeFolder(name) }
    for (from, to) in [("base.rzoo", "cache/models/base.rzoo"), ("delta.rzoo", "lone/delta.rzoo")] {
      sandbox.folder.write(readFile(sandbox.folder.file(from)), to: to)
    }
    let script = #"RESZOO_CACHE="\#(sandbox.folder.file("cache"))" exec "$@""#
    expectQuietSuccess(try sandbox.shell(script, "verify", "lone/delta.rzoo"))
    try FileManager.default.removeItem(atPath: sandbox.folder.file("cache/models/base.rzoo"))
    expectFailure(
      try sandbox.shell(script, "verify", "lone/delta.rzoo"), code: 65, saying: "cache/models (0 .rzoo",
      "cache (0")
  }

  /// Weights that are written on get a content root of their own, and would be sound.
  @Test(arguments: [
    ["convert", "", "--dtype", "f16", "--output", "out"],
    ["export", "", "--format", "onnx", "--output", "out"],
    ["train", "set", "--from", "", "--epochs", "1", "--output", "out"],
    ["finetune", "", "set", "--epochs", "1", "--cache-limit", "0", "--output", "out"],
    ["edit", "", "--trace", "1", "--drop-signature", "--output", "out"],
  ]) func `weights under a foreign root are not written on`(_ line: [String]) throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("merge", "delta.rzoo", "--output", "signed.rzoo").status == 0)
    forge(sandbox, "liar.rzoo", of: "third.rzoo", claiming: "base.rzoo")
    // A signed file with other weights: its last float has another sign, its checksum is right.
    #expect(try sandbox.run("sign", "third.rzoo", "--key", "key.pem").status == 0)
    forge(sandbox, "forged.rzoo", of: "third.rzoo", claiming: "signed.rzoo")
    let names = sandbox.folder.names
    expectFailure(
      try sandbox.run(line.map { $0.isEmpty ? "delta.rzoo" : $0 } + ["--base", "liar.rzoo"]), code: 65,
      saying: "content root")
    expectFailure(
      try sandbox.run(line.map { $0.isEmpty ? "forged.rzoo" : $0 }), code: 65, saying: "forged.rzoo: ")
    #expect(sandbox.folder.names == names)
  }

  @Test(arguments: users.indices) func `a model is used only with the signature that is asked for`(
    _ user: Int
  ) throws {
    let sandbox = try sandbox()
    let line = Self.users[user]
    guard !["verify", "merge", "diff"].contains(line[0]) else { return }
    let names = sandbox.folder.names
    for (file, key) in [("delta.rzoo", "other.pub"), ("changed.rzoo", "key.pub"), ("delta.rzoo", "none.pub")]
    {
      let verified = try sandbox.run("verify", file, "--public-key", key)
      let used = try sandbox.run(
        line.map { $0 == "delta.rzoo" ? file : $0 } + ["--public-key", key, "--quiet"])
      #expect(verified.status != 0 && used.status == verified.status)
      #expect(used.errors == verified.errors)
      #expect(sandbox.folder.names == names)
    }
    if let output = line.firstIndex(of: "out") {
      var line = line
      line[output] = "key.pub"
      expectFailure(
        try sandbox.run(line + ["--public-key", "key.pub", "--force"]), code: 64,
        saying: "key.pub: it is read by this command")
    }
    let good = try sandbox.run(line + ["--public-key", "key.pub"])
    #expect(good.status == 0, "\(good.errors)")
  }

  @Test func `a public key is for checkpoints`() throws {
    let sandbox = try sandbox()
    expectFailure(
      try sandbox.run("convert", "export", "--public-key", "key.pub", "--output", "out"), code: 64,
      saying: "--public-key")
    expectFailure(
      try sandbox.run(
        "train", "set", "--arch", "small_resnet18", "--public-key", "key.pub", "--output", "out"),
      code: 64, saying: "--public-key is for --from")
  }
}

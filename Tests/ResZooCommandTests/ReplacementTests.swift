import TestSupport
import Testing

/// A file that holds a checkpoint is not replaced unless `--force` is given, whatever its name.
@Suite struct ReplacementTests {
  /// Each option that writes a file, with the file's name left out.
  static let writers: [[String]] =
    BadOutputTests.writers + [
      ["convert", "net.rzoo", "--output", ""], ["export", "net.rzoo", "--output", ""],
      ["diff", "untrained.rzoo", "net.rzoo", "--output", ""], ["merge", "delta.rzoo", "--output", ""],
      ["edit", "net.rzoo", "--note", "new", "--output", ""],
      ["sign", "net.rzoo", "--key", "key.pem", "--output", ""],
      ["train", "set", "--from", "net.rzoo", "--epochs", "1", "--output", ""],
      ["finetune", "net.rzoo", "set", "--epochs", "1", "--cache-limit", "0", "--output", ""],
      ["lr-find", "set", "--from", "net.rzoo", "--steps", "10", "--chart", ""],
    ]

  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addDataSet()
    sandbox.folder.write(Array32.zeros([1, 3, 8, 8]), to: "x.npy")
    let treasure = try Samples.untrained.get()
    for name in ["treasure.onnx", "treasure.safetensors", "treasure.bin"] {
      sandbox.folder.write(treasure, to: name)
    }
    return sandbox
  }

  @Test(arguments: writers.indices) func `a checkpoint is replaced only when asked for`(_ writer: Int) throws
  {
    let sandbox = try sandbox()
    let line = Self.writers[writer]
    if line[0] == "merge" {
      #expect(try sandbox.run("init", "small_resnet18", "--seed", "1", "--output", "base.rzoo").status == 0)
      #expect(try sandbox.run("init", "small_resnet18", "--seed", "2", "--output", "other.rzoo").status == 0)
      #expect(
        try sandbox.run("diff", "base.rzoo", "other.rzoo", "--output", "delta.rzoo").status == 0)
    }
    if line[0] == "sign" {
      _ = try sandbox.run("keygen", "--key", "key.pem", "--public-key", "key.pub.pem")
    }
    let output =
      line.contains("onnx") ? "treasure.onnx" : line[0] == "export" ? "treasure.safetensors" : "treasure.bin"
    let before = sandbox.folder.names
    let full = line.map { $0.isEmpty ? output : $0 }
    expectFailure(
      try sandbox.run(full), code: 73,
      saying:
        "reszoo: \(output): holds a checkpoint and is not replaced; name another output, or give --force")
    #expect(readFile(sandbox.folder.file(output)) == (try Samples.untrained.get()))
    #expect(sandbox.folder.names == before)
    let forced = try sandbox.run(full + ["--force"])
    #expect(forced.status == 0, "\(forced.errors)")
    #expect(readFile(sandbox.folder.file(output)) != (try Samples.untrained.get()))
  }

  @Test(arguments: writers.indices) func `weights and images are replaced only when asked for`(
    _ writer: Int
  ) throws {
    let sandbox = try sandbox()
    let line = Self.writers[writer]
    guard line[0] != "merge", line[0] != "sign", line[0] != "export" else { return }
    let files = ["weights": readFile(Samples.export("pytorch/zip.pth")), "image": ImageSamples.grayPNG(7)]
    for (name, bytes) in files {
      sandbox.folder.write(bytes, to: name)
      let outcome = try sandbox.run(line.map { $0.isEmpty ? name : $0 })
      expectFailure(outcome, code: 73, saying: "\(name): holds ", "and is not replaced")
      #expect(readFile(sandbox.folder.file(name)) == bytes)
    }
  }

  @Test func `results, logs and settings as JSON may be made again, and an index of shards may not`() throws {
    let sandbox = try sandbox()
    for line in [
      ["classify", "net.rzoo", "photo.jpg", "--output", "a.jsonl"],
      ["classify", "net.rzoo", "photo.jpg", "--output", "a.json"],
      ["inspect", "net.rzoo", "--graph", "--format", "json", "--output", "graph.json"],
      ["evaluate", "net.rzoo", "set", "--predictions", "p.jsonl"],
    ] {
      for _ in 0..<2 {
        let outcome = try sandbox.run(line)
        #expect(outcome.status == 0, "\(line) \(outcome.errors)")
      }
    }
    let index = #"{"metadata": {}, "weight_map": {"a": "model-1.safetensors"}}"#
    sandbox.add(index, as: "index.json")
    expectFailure(
      try sandbox.run("classify", "net.rzoo", "photo.jpg", "--output", "index.json"), code: 73,
      saying: "index.json: holds weights and is not replaced")
  }

  @Test func `an export is made again, and weights that others wrote stay`() throws {
    let sandbox = try sandbox()
    for name in ["own.safetensors", "own.onnx"] {
      for _ in 0..<2 {
        let outcome = try sandbox.run("export", "net.rzoo", "--output", name)
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
    }
    let header =
      #"{"__metadata__":{"a":"as \",\"reszoo.origin\": says"},"mine":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let count = UInt64(header.utf8.count)
    let foreign: [String: [UInt8]] = [
      "mine.safetensors": (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8)
        + [0, 0, 0, 0],
      "mine.onnx": [8, 8, 0x12, 7] + Array("pytorch".utf8) + [0x1A, 1, 0x32],
    ]
    for (name, bytes) in foreign {
      sandbox.folder.write(bytes, to: name)
      expectFailure(
        try sandbox.run("export", "net.rzoo", "--output", name), code: 73,
        saying: "\(name): holds weights and is not replaced")
      #expect(readFile(sandbox.folder.file(name)) == bytes)
      #expect(try sandbox.run("export", "net.rzoo", "--output", name, "--force").status == 0)
    }
  }

  /// What lies where a training keeps its state, and lines of JSON that another program's log has.
  @Test func `a training takes up no file of others`() throws {
    let sandbox = try sandbox()
    let line = ["finetune", "net.rzoo", "set", "--epochs", "1", "--cache-limit", "0", "--output", "out.rzoo"]
    for bytes in [Array("precious".utf8), readFile(sandbox.folder.file("net.rzoo"))] {
      sandbox.folder.write(bytes, to: "out.rzoo.training")
      for more in [[], ["--restart"], ["--resume"], ["--restart", "--force"]] {
        expectFailure(
          try sandbox.run(line + more), code: 65,
          saying: "out.rzoo.training: is no state of a training", "name another --output")
        #expect(readFile(sandbox.folder.file("out.rzoo.training")) == bytes)
      }
    }
    _ = try sandbox.shell("rm out.rzoo.training")
    let log = "{\"epoch\":1,\"mymetric\":2.5}\n{\"epoch\":2}\n"
    sandbox.add(log, as: "other.jsonl")
    expectFailure(
      try sandbox.run(line + ["--log", "other.jsonl"]), code: 74,
      saying: "other.jsonl: exists and is no log of a training")
    #expect(readFile(sandbox.folder.file("other.jsonl")) == Array(log.utf8))
  }

  @Test(arguments: writers.indices) func `a name that promises another kind of file is refused`(
    _ writer: Int
  ) throws {
    let sandbox = try sandbox()
    let line = Self.writers[writer]
    guard line[0] != "merge", line[0] != "sign", line[0] != "export" else { return }
    let before = sandbox.folder.names
    let outcome = try sandbox.run(line.map { $0.isEmpty ? "new.pth" : $0 })
    expectFailure(outcome, code: 64, saying: "new.pth: its name promises another kind of file")
    #expect(sandbox.folder.names == before)
  }

  @Test func `a checkpoint is edited in place without more words`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("edit", "net.rzoo", "--note", "one").status == 0)
    #expect(try sandbox.run("edit", "net.rzoo", "--note", "two", "--output", "./net.rzoo").status == 0)
    #expect(try sandbox.run("inspect", "net.rzoo").text.contains("two"))
  }

  @Test func `a finished training is complete, and not resumed with other settings`() throws {
    let sandbox = try sandbox()
    let train = ["train", "set", "--from", "net.rzoo", "--batch", "2", "--output", "out.rzoo"]
    #expect(try sandbox.run(train + ["--epochs", "1"]).status == 0)
    let first = readFile(sandbox.folder.file("out.rzoo"))
    let again = try sandbox.run(train + ["--epochs", "1", "--resume"])
    #expect(again.status == 0 && again.errors.contains("out.rzoo: complete"), "\(again.errors)")
    expectFailure(
      try sandbox.run(train + ["--epochs", "2", "--resume"]), code: 65, saying: "nothing to resume")
    #expect(readFile(sandbox.folder.file("out.rzoo")) == first)
  }

  @Test func `a training that is resumed replaces no other checkpoint`() throws {
    let sandbox = try sandbox()
    let train = [
      "train", "set", "--from", "net.rzoo", "--batch", "2", "--epochs", "1", "--output", "out.rzoo",
    ]
    #expect(try sandbox.run(train + ["--keep-state"]).status == 0)
    let own = try sandbox.run(train + ["--keep-state", "--resume"])
    #expect(own.status == 0, "\(own.errors)")
    sandbox.folder.write(try Samples.untrained.get(), to: "out.rzoo")
    expectFailure(try sandbox.run(train + ["--resume"]), code: 73, saying: "out.rzoo: holds a checkpoint")
    #expect(try sandbox.run(train + ["--resume", "--force"]).status == 0)
  }
}

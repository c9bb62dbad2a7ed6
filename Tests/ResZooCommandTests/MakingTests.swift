import Foundation
import TestSupport
import Testing

/// `convert` and `init`: commands that make checkpoints.
@Suite struct MakingTests {
  @Test func `convert prints its assumptions`() throws {
    let sandbox = Sandbox()
    let outcome = try sandbox.run("convert", Samples.export("parallel"), "--output", "net.rzoo")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
    for note in [
      "names: 'module.' was dropped from each", "preprocessing: cifar10, assumed as the usual one",
      "net.rzoo: ",
      " of the raw floats",
    ] {
      #expect(outcome.errors.contains(note), "\(outcome.errors)")
    }
    expectQuietSuccess(try sandbox.run("verify", "net.rzoo"))
  }

  @Test func `converting twice gives the same bytes`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.run("convert", Samples.export("tiny"), "--output", "again.rzoo")
    #expect(outcome.status == 0)
    #expect(readFile(sandbox.folder.file("again.rzoo")) == readFile(sandbox.folder.file("net.rzoo")))
  }

  @Test func `the codec changes the bytes and not the content`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.run(
      "convert", Samples.export("tiny"), "--output", "raw.rzoo", "--codec", "none")
    #expect(outcome.status == 0)
    #expect(readFile(sandbox.folder.file("raw.rzoo")) != readFile(sandbox.folder.file("net.rzoo")))
    let roots = try ["raw.rzoo", "net.rzoo"].map { name in
      try #require(try sandbox.run("inspect", name, "--json").json["content_root"] as? String)
    }
    #expect(roots[0] == roots[1])
  }

  @Test func `labels come as lines or as JSON`() throws {
    let sandbox = Sandbox()
    for (name, text) in [
      ("lines.txt", "x\ny z\nü\n"), ("windows.txt", "\u{FEFF}x\r\ny z\r\nü\r\n"),
      ("labels.json", #"  ["x", "y z", "ü"]"#), ("numbers.json", #"{"1": "y z", "0": "x", "2": "ü"}"#),
      ("config.json", #"{"id2label": {"0": "x", "1": "y z", "2": "ü"}}"#),
    ] {
      sandbox.add(text, as: name)
      let outcome = try sandbox.run(
        "convert", Samples.export("tiny"), "--output", "net.rzoo", "--labels", name, "--force")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let record = try sandbox.run("inspect", "net.rzoo", "--json").json
      #expect(record["labels"] as? [String] == ["x", "y z", "ü"], "\(name)")
    }
  }

  @Test func `labels that do not fit are refused`() throws {
    let sandbox = Sandbox()
    sandbox.add("x\ny\n", as: "two.txt")
    sandbox.add("x\n\nz\n", as: "gap.txt")
    sandbox.add("[1, 2, 3]", as: "numbers.json")
    sandbox.folder.write([0xFF, 0xFE, 0x0A], to: "binary.txt")
    for (name, words) in [
      ("two.txt", "2 labels for 3 classes"), ("gap.txt", "gap.txt: line 2 is empty"),
      ("numbers.json", "numbers.json: [0]: must be a string"),
      ("binary.txt", "binary.txt: this is not UTF-8"),
    ] {
      let outcome = try sandbox.run(
        "convert", Samples.export("tiny"), "--output", "net.rzoo", "--labels", name, "--force")
      expectFailure(outcome, code: 65, saying: words)
    }
    let missing = try sandbox.run(
      "convert", Samples.export("tiny"), "--output", "net.rzoo", "--labels", "none.txt")
    expectFailure(missing, code: 66, saying: "reszoo: none.txt: does not exist")
    let made = try sandbox.run("init", "small_resnet18", "--labels", "two.txt", "--output", "net.rzoo")
    expectFailure(made, code: 65, saying: "reszoo: two.txt: 2 labels for 10 classes")
    #expect(!sandbox.folder.names.contains("net.rzoo"))
  }

  @Test func `presets come by name or as a file`() throws {
    let sandbox = Sandbox()
    sandbox.add(
      #"{"input_size":[3,8,8],"resize":10,"crop":8,"crop_mode":"center","interpolation":"bicubic","#
        + #""mean":[0,0,0],"std":[1,1,1],"exif":"ignore"}"#, as: "p.json")
    func converted(_ preset: String) throws -> [String: Any] {
      let outcome = try sandbox.run(
        "convert", Samples.export("tiny"), "--output", "net.rzoo", "--preset", preset, "--force")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let record = try sandbox.run("inspect", "net.rzoo", "--json").json
      return try #require(record["preprocessing"] as? [String: Any])
    }
    let own = try converted("p.json")
    #expect(own["resize"] as? Int == 10)
    #expect(own["interpolation"] as? String == "bicubic")
    #expect(own["exif"] as? String == "ignore")
    #expect(try converted("imagenet")["crop"] as? Int == 224)
    #expect(try converted("imagenet-v2")["resize"] as? Int == 232)
    #expect(try converted("cifar10")["input_size"] as? [Int] == [3, 32, 32])
  }

  @Test func `unknown and broken presets are refused`() throws {
    let sandbox = Sandbox()
    sandbox.add("{", as: "broken.json")
    sandbox.add(#"{"input_size":[3,8,8],"colour":"blue"}"#, as: "unknown.json")
    func convert(_ preset: String) throws -> Outcome {
      try sandbox.run(
        "convert", Samples.export("tiny"), "--output", "net.rzoo", "--preset", preset, "--force")
    }
    expectFailure(try convert("nope"), code: 64, saying: "no preset 'nope'", "imagenet, ", "cifar10")
    expectFailure(try convert("none.json"), code: 66, saying: "reszoo: none.json: does not exist")
    expectFailure(try convert("broken.json"), code: 65, saying: "reszoo: broken.json: ")
    expectFailure(try convert("unknown.json"), code: 65, saying: "reszoo: unknown.json: ", "colour")
    #expect(!sandbox.folder.names.contains("net.rzoo"))
  }

  @Test func `another architecture or number of classes is refused`() throws {
    let sandbox = Sandbox()
    func convert(_ options: String...) throws -> Outcome {
      try sandbox.run(["convert", Samples.export("tiny"), "--output", "net.rzoo"] + options)
    }
    expectFailure(try convert("--arch", "resnet19"), code: 64, saying: "'resnet19'", "close to it: resnet18")
    expectFailure(
      try convert("--arch", "cifar_resnet20"), code: 65, saying: "missing:", "of another shape:",
      "leave --arch or --descriptor out, as the tensors are exactly those of")
    expectFailure(
      try convert("--num-classes", "4"), code: 65, saying: "4 classes asked for", "has 3 rows",
      "--num-classes 3, or leave the number of classes out")
    #expect(try convert("--num-classes", "3").status == 0)
    expectFailure(try convert("--num-classes", "0"), code: 64, saying: "--num-classes is 0")
    expectFailure(try convert("--arch", "resnet18", "--descriptor", "x.json"), code: 64, saying: "not both")
    expectFailure(try convert("--codec", "zip"), code: 64, saying: "'zip'", "auto")
  }

  @Test func `broken exports are refused`() throws {
    let sandbox = try Sandbox.withNetworks()
    for name in ["empty", "half", "cut"] { _ = sandbox.folder.makeFolder(name) }
    sandbox.folder.write(readFile(Samples.export("tiny/manifest.json")), to: "half/manifest.json")
    sandbox.folder.write(readFile(Samples.export("tiny/manifest.json")), to: "cut/manifest.json")
    sandbox.folder.write(readFile(Samples.export("tiny/weights.bin")).dropLast(), to: "cut/weights.bin")
    for (source, code, words) in [
      ("none", 66, "reszoo: none: does not exist"),
      ("empty", 66, "reszoo: empty: the folder holds no weights"),
      ("half", 66, "reszoo: half/weights.bin: does not exist"), ("cut", 65, "cut/"),
    ] {
      let outcome = try sandbox.run("convert", source, "--output", "out.rzoo")
      expectFailure(outcome, code: Int32(code), saying: words)
      #expect(!sandbox.folder.names.contains("out.rzoo"))
    }
  }

  @Test func `the same seed gives the same file`() throws {
    let sandbox = Sandbox()
    let files = try [("1", "2"), ("1", "2"), ("2", "2"), ("1", "3")].map { seed, classes in
      let outcome = try sandbox.run(
        "init", "small_resnet18", "--seed", seed, "--num-classes", classes, "--output", "net.rzoo", "--force")
      #expect(outcome.status == 0)
      #expect(outcome.errors.contains("UNTRAINED"))
      return readFile(sandbox.folder.file("net.rzoo"))
    }
    #expect(files[0] == files[1])
    #expect(Set(files).count == 3)
  }

  @Test func `an initialisation is chosen by name`() throws {
    let sandbox = Sandbox()
    let files = try [[], ["--init", "kaiming"], ["--init", "xavier"]].map { more in
      let outcome = try sandbox.run(["init", "small_resnet18", "--output", "net.rzoo", "--force"] + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return readFile(sandbox.folder.file("net.rzoo"))
    }
    #expect(files[0] == files[1] && files[1] != files[2])
  }

  @Test func `a network that cannot be made is refused by name`() throws {
    let sandbox = Sandbox()
    func make(_ arguments: String...) throws -> Outcome {
      try sandbox.run(["init", "--output", "net.rzoo"] + arguments)
    }
    expectFailure(try make("resnet19"), code: 64, saying: "'resnet19'", "reszoo architectures")
    expectFailure(try make("small_resnet18", "--num-classes", "0"), code: 64, saying: "--num-classes is 0")
    expectFailure(try make("small_resnet18", "--num-classes", "-3"), code: 64, saying: "--num-classes is -3")
    expectFailure(
      try make("small_resnet18", "--num-classes", "9223372036854775807"), code: 64, saying: "classes")
    expectFailure(try make("small_resnet18", "--seed", "-1"), code: 64, saying: "--seed")
    expectFailure(try make(), code: 64, saying: "Name an architecture")
    expectFailure(try make("sknet50"), code: 64, saying: "'sknet50' is not supported: selective kernels")
    #expect(sandbox.folder.names.isEmpty)
  }

  @Test func `broken descriptors are refused`() throws {
    let sandbox = Sandbox()
    for (name, text, words) in [
      ("empty.json", "", "empty.json: "), ("text.json", "hello", "text.json: "),
      ("list.json", "[]", "list.json: "), ("few.json", "{}", "few.json: "),
      ("more.json", #"{"classes":2,"colour":1}"#, "colour"),
    ] {
      sandbox.add(text, as: name)
      let outcome = try sandbox.run("init", "--descriptor", name, "--output", "net.rzoo")
      expectFailure(outcome, code: 65, saying: "reszoo: \(name): ", words)
    }
    let missing = try sandbox.run("init", "--descriptor", "none.json", "--output", "net.rzoo")
    expectFailure(missing, code: 66, saying: "reszoo: none.json: does not exist")
    #expect(!sandbox.folder.names.contains("net.rzoo"))
  }
}

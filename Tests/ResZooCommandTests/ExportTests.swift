import TestSupport
import Testing

/// `export`: what the output's name and the options ask for.
@Suite struct ExportTests {
  @Test func `the ending chooses the format`() throws {
    let sandbox = try Sandbox.withNetworks()
    for (output, options) in [
      ("a.safetensors", []), ("b.ONNX", []), ("c.bin", ["--format", "onnx"]), ("d", []), ("e-1.5", []),
      ("f.d/", []), ("g.parts", ["--format", "raw"]),
    ] {
      let outcome = try sandbox.run(["export", "net.rzoo", "--output", output] + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("reszoo: \(output): "), "\(outcome.errors)")
    }
    let names = sandbox.folder.names
    #expect(
      names.filter { $0.count < 14 && !$0.hasSuffix("rzoo") } == [
        "a.safetensors", "b.ONNX", "c.bin", "d", "e-1.5", "f.d", "g.parts",
      ])
    #expect(readFile(sandbox.folder.file("b.ONNX")) == readFile(sandbox.folder.file("c.bin")))
    for folder in ["d", "e-1.5", "f.d", "g.parts"] {
      #expect(readFile(sandbox.folder.file(folder + "/manifest.json")).first == UInt8(ascii: "{"))
    }
  }

  @Test func `a hub's folder is written and read`() throws {
    let sandbox = Sandbox()
    for command in [
      ["init", "test_resnet", "--num-classes", "3", "--output", "net.rzoo"],
      ["export", "net.rzoo", "--output", "hub", "--format", "hub"],
      ["convert", "hub", "--output", "back.rzoo"],
    ] {
      let outcome = try sandbox.run(command)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(sandbox.folder.names == ["back.rzoo", "hub", "net.rzoo"])
    // The weights that are read are never replaced.
    expectFailure(
      try sandbox.run("convert", "hub", "--output", "hub/config.json"), code: 64, saying: "would be replaced")
    let plain = try sandbox.run(
      "export", "net.rzoo", "--output", "t", "--format", "hub", "--names", "transformers")
    expectFailure(plain, code: 65, saying: "plain ResNets alone", "use --names timm")
  }

  @Test func `folding leaves fewer tensors`() throws {
    let sandbox = try Sandbox.withNetworks()
    func sizes(_ options: String...) throws -> String {
      let outcome = try sandbox.run(["export", "net.rzoo", "--output", "x.onnx"] + options)
      #expect(outcome.status == 0)
      return outcome.errors
    }
    // 27 tensors and five lists of the zero-padded shortcut; folded, each of five norms leaves one of its four.
    #expect(try sizes().hasPrefix("reszoo: x.onnx: 32 tensors, "))
    #expect(try sizes("--fold").hasPrefix("reszoo: x.onnx: 17 tensors, "))
  }

  @Test(arguments: [
    (
      ["--output", "x.pth"],
      "--output ends in .pth, which is not a known form; the endings are .safetensors and .onnx"
    ),
    (["--output", "x.safetensor"], "the endings are .safetensors and .onnx"),
    (["--output", "x.onnx", "--names", "source"], "an ONNX file has torchvision's"),
    (["--output", "x", "--format", "hub", "--names", "source"], "timm's names or transformers'"),
    (["--output", "x.safetensors", "--fold"], "--fold is for ONNX files"),
    (["--output", "x", "--fold"], "--fold is for ONNX files; raw keeps"),
    (["--output", "x.onnx", "--format", "pickle"], "'pickle'"),
    (["--output", "net.rzoo", "--format", "onnx"], "net.rzoo: it is read by this command"),
  ])
  func `impossible exports are refused`(options: [String], words: String) throws {
    let sandbox = try Sandbox.withNetworks()
    let before = sandbox.folder.names
    expectFailure(try sandbox.run(["export", "net.rzoo"] + options), code: 64, saying: words)
    #expect(sandbox.folder.names == before)
  }
}

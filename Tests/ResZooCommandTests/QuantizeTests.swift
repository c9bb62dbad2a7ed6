import Foundation
import TestSupport
import Testing

/// Networks that the command makes of integers. The images are those that other commands are tested with.
@Suite struct QuantizeTests {
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    return sandbox
  }

  @Test func `the file says what it is, runs by itself and is the same for the same images`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run("quantize", "net.rzoo", "set", "--output", "q.rzoo")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.text.hasPrefix("images  4, ranges by mse\nint8    "), "\(outcome.text)")
    #expect(try sandbox.run("verify", "q.rzoo").status == 0)
    #expect(try sandbox.run("inspect", "q.rzoo").text.contains("layers in int8"))
    let answers = try sandbox.run("classify", "q.rzoo", "set", "--format", "json")
    #expect(answers.status == 0, "\(answers.errors)")
    let again = try sandbox.run("quantize", "net.rzoo", "set", "--output", "again.rzoo", "--threads", "1")
    #expect(again.status == 0)
    #expect(readFile(sandbox.folder.file("q.rzoo")) == readFile(sandbox.folder.file("again.rzoo")))
  }

  @Test func `what is kept computes in floats, and the record says why`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run(
      "quantize", "net.rzoo", "set", "--output", "q.rzoo", "--keep", "conv1,fc", "--method", "minmax_mean",
      "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try outcome.json
    #expect(record["layers_in_floats"] as? [String] == ["conv1", "fc"])
    #expect(record["method"] as? String == "minmax_mean" && record["images"] as? Int == 4)
    #expect(try sandbox.run("inspect", "q.rzoo").text.contains("asked for"))
  }

  @Test func `with a data set it says what is lost, and keeps that within bounds`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run(
      "quantize", "net.rzoo", "set", "--output", "q.rzoo", "--validation", "set", "--max-drop", "0", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let effect = try #require(try outcome.json["effect"] as? [String: Any])
    #expect(effect["images"] as? Int == 4)
    #expect(try #require(effect["drop"] as? Double) <= 0)
    #expect(try #require(effect["mcnemar_p"] as? Double) <= 1)
  }

  @Test func `bad options and images are refused, and nothing is written`() throws {
    let sandbox = try sandbox()
    _ = sandbox.folder.makeFolder("broken")
    sandbox.folder.write([1, 2, 3], to: "broken/a.jpg")
    for (arguments, code, text) in [
      (["broken"], 66, "no image could be read"),
      (["set", "--keep", "layer9"], 64, "'layer9' is no convolution or linear layer"),
      (["set", "--max-drop", "0.1"], 64, "--max-drop needs --validation"),
      (["set", "--validation", "set", "--max-drop", "-1"], 64, "--max-drop is -1.0"),
      (["set", "--pictures", "0"], 64, "--pictures is 0"),
      (["nowhere"], 66, "nowhere"),
    ] {
      expectFailure(
        try sandbox.run(["quantize", "net.rzoo"] + arguments + ["--output", "q.rzoo"]), code: Int32(code),
        saying: text)
      #expect(!FileManager.default.fileExists(atPath: sandbox.folder.file("q.rzoo")))
    }
    #expect(try sandbox.run("quantize", "net.rzoo", "set", "--output", "q.rzoo").status == 0)
    let image =
      sandbox.folder.file("set/ant/")
      + (try #require(
        FileManager.default.contentsOfDirectory(atPath: sandbox.folder.file("set/ant")).sorted().first))
    let bytes = readFile(image)
    for arguments in [["--pictures", "1"], ["--validation", "set"]] {
      expectFailure(
        try sandbox.run(["quantize", "net.rzoo", "set", "--output", image, "--force"] + arguments), code: 64,
        saying: "set/ant/")
    }
    #expect(readFile(image) == bytes)
    expectFailure(
      try sandbox.run("quantize", "q.rzoo", "set", "--output", "r.rzoo"), code: 65,
      saying: "is quantized already")
    expectFailure(
      try sandbox.run("quantize", "net.rzoo", "set", "--output", "net.rzoo", "--force"), code: 64,
      saying: "net.rzoo")
  }
}

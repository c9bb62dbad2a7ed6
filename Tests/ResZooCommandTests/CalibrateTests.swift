import Foundation
import TestSupport
import Testing

/// The probabilities of a network, measured and set right.
@Suite struct CalibrateTests {
  /// The tiny network with a data set on which it makes mistakes but knows something: each image stands in the folder of the class that
  /// it is called, except for every third.
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    for name in ["set", "set/ant", "set/bee", "set/cat"] { _ = sandbox.folder.makeFolder(name) }
    let names = ["photo.jpg", "gray.jpg", "rgb8.png", "palette.png", "alpha.png", "interlaced.png"]
    for (index, name) in names.enumerated() where !Samples.image(name).isEmpty {
      sandbox.addImage(name, as: "loose-\(name)")
      let outcome = try sandbox.run("classify", "net.rzoo", "loose-\(name)", "--format", "json")
      guard outcome.status == 0, let results = try outcome.json["results"] as? [[String: Any]],
        let top = results.first?["top"] as? [[String: Any]]
      else { continue }
      let place = index % 3 == 2 ? 1 : 0
      let label = try #require(top[place]["label"] as? String)
      sandbox.addImage(name, as: "set/\(label)/\(name)")
    }
    return sandbox
  }

  private func probabilities(_ sandbox: Sandbox, _ model: String) throws -> [[Double]] {
    let outcome = try sandbox.run("classify", model, "set", "--top", "all", "--format", "json")
    let results = try #require(try outcome.json["results"] as? [[String: Any]])
    return try results.map { result in
      let top = try #require(result["top"] as? [[String: Any]])
      return top.compactMap { $0["probability"] as? Double }
    }
  }

  @Test func `the temperature goes into the file, changes probabilities and nothing else`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run(
      "calibrate", "net.rzoo", "set", "--output", "c.rzoo", "--format", "json", "--resamples", "50")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try outcome.json
    let temperature = try #require(record["temperature"] as? Double)
    #expect(temperature > 0.01 && temperature < 100 && temperature != 1)
    let (before, after) = (
      try #require(record["nll"] as? Double), try #require(record["nll_calibrated"] as? Double)
    )
    #expect(after < before)
    // Content and answers are the same; the probabilities of the set have the likelihood that was promised.
    let root = try sandbox.run("inspect", "net.rzoo", "--json").json["content_root"] as? String
    let inspection = try sandbox.run("inspect", "c.rzoo", "--json").json
    #expect(inspection["content_root"] as? String == root)
    let written = try #require(inspection["temperature"] as? [String: Any])
    #expect(written["value"] as? Double == temperature)
    #expect(try sandbox.run("inspect", "c.rzoo").text.contains("temperature"))
    let evaluation = try sandbox.run("evaluate", "c.rzoo", "set", "--format", "json").json
    #expect((try #require(evaluation["loss"] as? Double) - after).magnitude < 1e-9)
    let plain = try sandbox.run("evaluate", "net.rzoo", "set", "--format", "json").json
    #expect((try #require(plain["loss"] as? Double) - before).magnitude < 1e-9)
    #expect(plain["correct"] as? Int == evaluation["correct"] as? Int)
    for (one, other) in zip(try probabilities(sandbox, "net.rzoo"), try probabilities(sandbox, "c.rzoo")) {
      #expect(one != other && other == other.sorted(by: >))
      #expect((other.reduce(0, +) - 1).magnitude < 1e-9)
      // log p differences shrink by the temperature.
      #expect((log(other[0] / other[1]) - log(one[0] / one[1]) / temperature).magnitude < 1e-6)
    }
    let classified = try sandbox.run("classify", "c.rzoo", "set", "--format", "json")
    #expect(try classified.json["temperature"] as? Double == temperature)
    #expect(classified.errors.contains("at the temperature"))
    // Calibrating again leaves the temperature aside, and finds the same.
    let again = try sandbox.run("calibrate", "c.rzoo", "set", "--format", "json", "--resamples", "0").json
    #expect(again["temperature"] as? Double == temperature)
    #expect(again["nll"] as? Double == before)
    let removed = try sandbox.run("edit", "c.rzoo", "--remove", "temperature", "--output", "plain.rzoo")
    #expect(removed.status == 0)
    #expect(try probabilities(sandbox, "plain.rzoo") == probabilities(sandbox, "net.rzoo"))
  }

  @Test func `what changes logits drops the temperature, and says so`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("calibrate", "net.rzoo", "set", "--output", "c.rzoo").status == 0)
    let quantized = try sandbox.run("quantize", "c.rzoo", "set", "--output", "q.rzoo")
    #expect(
      quantized.status == 0 && quantized.errors.contains("without the temperature"), "\(quantized.errors)")
    #expect(try sandbox.run("inspect", "q.rzoo", "--json").json["temperature"] == nil)
    let exported = try sandbox.run("export", "c.rzoo", "--output", "c.safetensors")
    #expect(exported.errors.contains("divide the logits by"), "\(exported.errors)")
    let tuned = try sandbox.run(
      "finetune", "c.rzoo", "set", "--output", "t.rzoo", "--train", "fc", "--epochs", "1", "--quiet")
    #expect(tuned.status == 0, "\(tuned.errors)")
    #expect(try sandbox.run("inspect", "t.rzoo", "--json").json["temperature"] == nil)
  }

  @Test func `the report is a page of its own and its figures`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run("calibrate", "net.rzoo", "set", "--report", "r", "--resamples", "20")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for line in outcome.text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    let page = String(decoding: readFile(sandbox.folder.file("r/index.html")), as: UTF8.self)
    #expect(page.contains("Are the probabilities true?") && page.contains("<svg"))
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(sandbox.folder.file("r/report.json"))))
        as? [String: Any])
    #expect(report["format"] as? String == "reszoo calibration report")
  }

  @Test func `bad input is refused, and nothing is written`() throws {
    let sandbox = try sandbox()
    sandbox.addDataSet()
    _ = sandbox.folder.makeFolder("right")
    for (arguments, code, text) in [
      (["set", "--bins", "0"], 64, "--bins is 0"), (["set", "--coverage", "1"], 64, "--coverage is 1.0"),
      (["set", "--target", "nan"], 64, "--target is nan"), (["set", "--resamples", "-1"], 64, "--resamples"),
      (["nowhere"], 66, "nowhere"), (["right"], 65, "right"),
    ] {
      expectFailure(
        try sandbox.run(["calibrate", "net.rzoo"] + arguments + ["--output", "c.rzoo"]), code: Int32(code),
        saying: text)
      #expect(!FileManager.default.fileExists(atPath: sandbox.folder.file("c.rzoo")))
    }
    expectFailure(
      try sandbox.run("calibrate", "net.rzoo", "set", "--output", "untrained.rzoo"), code: 73,
      saying: "--force")
    expectFailure(
      try sandbox.run("calibrate", "set", "net.rzoo"), code: 64, saying: "the model comes first")
  }
}

import Foundation
import TestSupport
import Testing

/// The probabilities of a network, measured and set right.
@Suite struct CalibrateTests {
  /// A trained network as `cifar.rzoo`, with a data set on which it makes a mistake: each image stands in the folder of the class that it is
  /// called, except for one.
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "models")
    sandbox.folder.write(readFile(models.appending(path: "cifar_resnet20.rzoo").path), to: "cifar.rzoo")
    _ = sandbox.folder.makeFolder("set")
    let names = ["photo.jpg", "420.jpg", "gray.jpg", "exact.png", "filtered.png", "gray-16.png", "cmyk.jpg"]
    for name in names { sandbox.addImage(name) }
    let outcome = try sandbox.run(["classify", "cifar.rzoo"] + names + ["--format", "json"])
    let results = try #require(try outcome.json["results"] as? [[String: Any]])
    var folders: Set<String> = []
    for (index, name) in names.enumerated() {
      let top = try #require(results[index]["top"] as? [[String: Any]])
      let label = try #require(top[index == 2 ? 1 : 0]["label"] as? String)
      if folders.insert(label).inserted { _ = sandbox.folder.makeFolder("set/" + label) }
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
      "calibrate", "cifar.rzoo", "set", "--output", "c.rzoo", "--format", "json", "--resamples", "50")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try outcome.json
    let temperature = try #require(record["temperature"] as? Double)
    #expect(temperature > 0.01 && temperature < 100 && temperature != 1)
    let (before, after) = (
      try #require(record["nll"] as? Double), try #require(record["nll_calibrated"] as? Double)
    )
    #expect(after < before)
    // Content and answers are the same; the probabilities of the set have the likelihood that was promised.
    let root = try sandbox.run("inspect", "cifar.rzoo", "--json").json["content_root"] as? String
    let inspection = try sandbox.run("inspect", "c.rzoo", "--json").json
    #expect(inspection["content_root"] as? String == root)
    let written = try #require(inspection["temperature"] as? [String: Any])
    #expect(written["value"] as? Double == temperature)
    #expect(try sandbox.run("inspect", "c.rzoo").text.contains("temperature"))
    let evaluation = try sandbox.run("evaluate", "c.rzoo", "set", "--format", "json").json
    #expect((try #require(evaluation["loss"] as? Double) - after).magnitude < 1e-9)
    let plain = try sandbox.run("evaluate", "cifar.rzoo", "set", "--format", "json").json
    #expect((try #require(plain["loss"] as? Double) - before).magnitude < 1e-9)
    #expect(plain["correct"] as? Int == evaluation["correct"] as? Int)
    for (one, other) in zip(try probabilities(sandbox, "cifar.rzoo"), try probabilities(sandbox, "c.rzoo")) {
      #expect(one != other && other == other.sorted(by: >))
      #expect((other.reduce(0, +) - 1).magnitude < 1e-9)
      // log p differences shrink by the temperature.
      #expect((log(other[0] / other[1]) - log(one[0] / one[1]) / temperature).magnitude < 1e-6)
    }
    let classified = try sandbox.run("classify", "c.rzoo", "set", "--format", "json")
    #expect(try classified.json["temperature"] as? Double == temperature)
    #expect(classified.errors.contains("at the temperature"))
    // Calibrating again leaves the temperature aside, and finds the same.
    let again = try sandbox.run("calibrate", "c.rzoo", "set", "--format", "json", "--resamples", "20").json
    #expect(again["temperature"] as? Double == temperature)
    #expect(again["nll"] as? Double == before)
    // What classify prints is measured too: the file as it is, on whatever images.
    let own = try #require(again["own"] as? [String: Any])
    #expect(own["temperature"] as? Double == temperature && own["nll"] as? Double == after)
    #expect(record["own"] == nil)
    let text = try sandbox.run("calibrate", "c.rzoo", "set", "--resamples", "20").text
    #expect(text.contains("as the model is, with its temperature"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    let removed = try sandbox.run("edit", "c.rzoo", "--remove", "temperature", "--output", "plain.rzoo")
    #expect(removed.status == 0)
    #expect(try probabilities(sandbox, "plain.rzoo") == probabilities(sandbox, "cifar.rzoo"))
  }

  @Test func `what changes logits drops the temperature, and says so`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("calibrate", "cifar.rzoo", "set", "--output", "c.rzoo").status == 0)
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
    let outcome = try sandbox.run("calibrate", "cifar.rzoo", "set", "--report", "r", "--resamples", "20")
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
    // Weights of another network than the header says.
    sandbox.folder.write(
      claimingRoot(
        of: readFile(sandbox.folder.file("net.rzoo")), readFile(sandbox.folder.file("cifar.rzoo"))),
      to: "forged.rzoo")
    #expect(try sandbox.run("calibrate", "forged.rzoo", "set", "--output", "out.rzoo").status == 65)
    #expect(!sandbox.folder.names.contains("out.rzoo"))
    _ = sandbox.folder.makeFolder("right")
    for (arguments, code, text) in [
      (["set", "--bins", "0"], 64, "--bins is 0"), (["set", "--coverage", "1"], 64, "--coverage is 1.0"),
      (["set", "--target", "nan"], 64, "--target is nan"), (["set", "--resamples", "0"], 64, "--resamples"),
      (["nowhere"], 66, "nowhere"), (["right"], 65, "right"),
    ] {
      expectFailure(
        try sandbox.run(["calibrate", "cifar.rzoo"] + arguments + ["--output", "c.rzoo"]), code: Int32(code),
        saying: text)
      #expect(!FileManager.default.fileExists(atPath: sandbox.folder.file("c.rzoo")))
    }
    expectFailure(
      try sandbox.run("calibrate", "cifar.rzoo", "set", "--output", "untrained.rzoo"), code: 73,
      saying: "--force")
    expectFailure(
      try sandbox.run("calibrate", "set", "cifar.rzoo"), code: 64, saying: "the model comes first")
  }
}

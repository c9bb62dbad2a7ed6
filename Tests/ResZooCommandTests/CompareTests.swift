import Foundation
import TestSupport
import Testing

/// Networks compared on the same images.
@Suite struct CompareTests {
  /// The tiny network, and another whose answers differ: one class's bias is large.
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
    #expect(try sandbox.run("export", "net.rzoo", "--output", "raw").status == 0)
    let path = sandbox.folder.file("raw/manifest.json")
    let manifest = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(path))) as? [String: Any])
    let tensors = try #require(manifest["tensors"] as? [[String: Any]])
    let bias = try #require(tensors.first { $0["name"] as? String == "fc.bias" }?["offset"] as? Int)
    var weights = readFile(sandbox.folder.file("raw/weights.bin"))
    // The bias of ant becomes 1000.
    let pattern = Float(1000).bitPattern
    for index in 0..<4 { weights[bias + index] = UInt8(truncatingIfNeeded: pattern >> (8 * index)) }
    sandbox.folder.write(weights, to: "raw/weights.bin")
    #expect(try sandbox.run("convert", "raw", "--output", "ants.rzoo").status == 0)
    return sandbox
  }

  @Test func `both networks are counted as evaluate counts them, and flips are listed`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run("compare", "net.rzoo", "ants.rzoo", "set", "--format", "json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try outcome.json
    #expect(record["images"] as? Int == 4)
    var correct: [Int] = []
    for (name, model) in [("a", "net.rzoo"), ("b", "ants.rzoo")] {
      let one = try #require(record[name] as? [String: Any])
      let alone = try sandbox.run("evaluate", model, "set", "--format", "json").json
      #expect(one["correct"] as? Int == alone["correct"] as? Int)
      correct.append(try #require(one["correct"] as? Int))
      #expect((one["accuracy_interval"] as? [Double])?.count == 2)
      #expect(try #require(one["ms_per_image"] as? Double) > 0)
      #expect(one["bytes"] as? Int == readFile(sandbox.folder.file(model)).count)
    }
    // All of the two ants.
    #expect(correct[1] == 2)
    let (onlyA, onlyB) = (record["only_a_right"] as? Int ?? -1, record["only_b_right"] as? Int ?? -1)
    #expect(onlyB - onlyA == correct[1] - correct[0])
    #expect((record["flips"] as? [[String: Any]])?.count == onlyA + onlyB)
    #expect(record["difference"] as? Double == Double(correct[1] - correct[0]) / 4)
    #expect(try #require(record["mcnemar_p"] as? Double) <= 1)
    #expect((record["classes"] as? [[String: Any]])?.count == 3)
  }

  @Test func `a network differs in nothing from itself`() throws {
    let sandbox = try sandbox()
    let record = try sandbox.run("compare", "net.rzoo", "net.rzoo", "set", "--format", "json", "--no-speed")
      .json
    #expect(record["agreement"] as? Double == 1 && record["mcnemar_p"] as? Double == 1)
    #expect((record["flips"] as? [Any])?.isEmpty == true)
    #expect((record["a"] as? [String: Any])?["ms_per_image"] == nil)
  }

  @Test func `of more than two networks each pair is compared`() throws {
    let sandbox = try sandbox()
    let outcome = try sandbox.run(
      "compare", "net.rzoo", "ants.rzoo", "net.rzoo", "set", "--no-speed", "--format", "json", "--report", "r"
    )
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try outcome.json
    #expect((record["models"] as? [Any])?.count == 3)
    let pairs = try #require(record["pairs"] as? [[String: Any]])
    #expect(pairs.map { $0["pair"] as? [Int] } == [[0, 1], [0, 2], [1, 2]])
    for pair in pairs {
      let (plain, holm) = (pair["mcnemar_p"] as? Double ?? 0, pair["holm_p"] as? Double ?? 0)
      #expect(holm >= plain)
    }
    let page = String(decoding: readFile(sandbox.folder.file("r/index.html")), as: UTF8.self)
    #expect(page.contains("On the same images"))
    let text = try sandbox.run("compare", "net.rzoo", "ants.rzoo", "set", "--no-speed").text
    for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    #expect(text.contains("With so many images a difference of about"))
  }

  @Test func `broken images count nowhere, and bad input is refused`() throws {
    let sandbox = try sandbox()
    expectFailure(
      try sandbox.run("compare", "net.rzoo", "set"), code: 64, saying: "two models and a data set")
    expectFailure(
      try sandbox.run("compare", "set", "net.rzoo", "ants.rzoo"), code: 64, saying: "the data set comes last")
    expectFailure(
      try sandbox.run("compare", "net.rzoo", "untrained.rzoo", "set"), code: 65, saying: "classes")
    sandbox.add("not an image", as: "set/bee/0.png")
    let outcome = try sandbox.run("compare", "net.rzoo", "ants.rzoo", "set", "--format", "json", "--no-speed")
    #expect(outcome.status == 1)
    #expect(try outcome.json["images"] as? Int == 4)
    #expect((try outcome.json["errors"] as? [Any])?.count == 1)
    _ = sandbox.folder.makeFolder("broken")
    for name in ["ant", "bee", "cat"] {
      _ = sandbox.folder.makeFolder("broken/" + name)
      sandbox.add("not an image", as: "broken/\(name)/0.png")
    }
    expectFailure(
      try sandbox.run("compare", "net.rzoo", "ants.rzoo", "broken", "--no-speed"), code: 66,
      saying: "no image has an answer of all models")
  }
}

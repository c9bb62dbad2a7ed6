import Foundation
import TestSupport
import Testing

@Suite struct InspectVerifyTests {
  @Test func `the text shows contents and origin`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.run("inspect", "net.rzoo")
    expectQuietSuccess(outcome)
    let lines = outcome.text.split(separator: "\n").map(String.init)
    #expect(
      Array(lines.prefix(10)) == [
        "architecture    custom",
        "classes         3",
        "parameters      385",
        "multiply-adds   11,532",
        "input           3×8×8",
        "preprocessing   8×8; other sizes are resized, bilinear",
        "mean            0.5 0.5 0.5",
        "std             0.25 0.25 0.25",
        "policies        EXIF orientation: apply, 16-bit grey: scale",
        "labels          ant, bee, cat",
      ])
    #expect(lines.contains("origin          imported"))
    #expect(lines.contains("source          tiny.pth"))
    #expect(lines.contains("licence         CC0-1.0"))
    let untrained = try sandbox.run("inspect", "untrained.rzoo")
    #expect(untrained.text.contains("\norigin          UNTRAINED\n"))
    #expect(untrained.text.contains("\nseed            1\n"))
  }

  @Test func `JSON parses and agrees with the text`() throws {
    let sandbox = try Sandbox.withNetworks()
    let record = try sandbox.run("inspect", "untrained.rzoo", "--json").json
    #expect(record["parameters"] as? Int == 175_258)
    #expect(record["file_bytes"] as? Int == readFile(sandbox.folder.file("untrained.rzoo")).count)
    #expect((record["architecture"] as? [String: Any])?["name"] as? String == "small_resnet18")
    #expect((record["origin"] as? [String: Any])?["kind"] as? String == "untrained")
    #expect(record["tensors"] == nil)
    let root = try #require(record["content_root"] as? String)
    #expect(root.count == 64)
    #expect(try sandbox.run("inspect", "untrained.rzoo").text.contains("content root    \(root)\n"))
  }

  @Test func `tensors are listed on demand`() throws {
    let sandbox = try Sandbox.withNetworks()
    let text = try sandbox.run("inspect", "net.rzoo", "--tensors")
    expectQuietSuccess(text)
    #expect(text.text.contains("\nconv1.weight "))
    let record = try sandbox.run("inspect", "net.rzoo", "--tensors", "--json").json
    let tensors = try #require(record["tensors"] as? [[String: Any]])
    #expect(tensors.count == record["tensor_count"] as? Int)
    let first = try #require(tensors.first { $0["name"] as? String == "conv1.weight" })
    #expect(first["shape"] as? [Int] == [2, 3, 3, 3])
    #expect(first["bytes"] as? Int == 216)
  }

  @Test func `the descriptor that inspect prints makes the same network`() throws {
    let sandbox = try Sandbox.withNetworks()
    let record = try sandbox.run("inspect", "untrained.rzoo", "--json").json
    let architecture = try JSONSerialization.data(withJSONObject: try #require(record["architecture"]))
    sandbox.folder.write(Array(architecture), to: "net.json")
    let outcome = try sandbox.run("init", "--descriptor", "net.json", "--seed", "1", "--output", "again.rzoo")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let again = try sandbox.run("inspect", "again.rzoo", "--json").json
    #expect(again["content_root"] as? String == record["content_root"] as? String)
  }

  @Test func `sound files pass verification`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.run("verify", "net.rzoo", "untrained.rzoo")
    expectQuietSuccess(outcome)
    #expect(
      outcome.text == """
        net.rzoo: sound, custom architecture, 385 parameters
        untrained.rzoo: sound, small_resnet18, 175,258 parameters

        """)
  }

  @Test func `every unsound file is named and the others are verified`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.folder.write(try Samples.imported.get().dropLast(), to: "cut.rzoo")
    let outcome = try sandbox.run("verify", "cut.rzoo", "net.rzoo", "none.rzoo")
    expectFailure(
      outcome, code: 1, saying: "reszoo: cut.rzoo: ", "reszoo: none.rzoo: does not exist",
      "2 of 3 files are not sound")
    #expect(outcome.text == "net.rzoo: sound, custom architecture, 385 parameters\n")
    expectFailure(try sandbox.run("verify", "cut.rzoo"), code: 65, saying: "reszoo: cut.rzoo: ")
  }
}

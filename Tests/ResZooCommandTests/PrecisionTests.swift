import Foundation
import TestSupport
import Testing

/// `--precision` on the commands that run networks.
@Suite struct PrecisionTests {
  private static let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  private static let model = folder + "/models/cifar_resnet20.rzoo"
  private static let images = ["airplane", "automobile", "ship"].map { folder + "/Examples/images/\($0).png" }

  @Test(arguments: ["bf16", "auto"])
  func `a trained network names the same classes first`(precision: String) throws {
    let sandbox = Sandbox()
    func top(_ options: String...) throws -> [[[String: Any]]] {
      let outcome = try sandbox.run(
        ["classify", Self.model] + Self.images + ["--format", "json", "--top", "3"] + options)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let results = try #require(try outcome.json["results"] as? [[String: Any]])
      return try results.map { try #require($0["top"] as? [[String: Any]]) }
    }
    let (usual, rounded) = (try top(), try top("--precision", precision))
    for (a, b) in zip(usual, rounded) {
      #expect(a[0]["label"] as? String == b[0]["label"] as? String)
      let (logit, other) = (try #require(a[0]["logit"] as? Double), try #require(b[0]["logit"] as? Double))
      // Twenty layers, each of whose numbers is rounded by up to 2⁻⁹.
      #expect(abs(logit - other) <= 0.05 * abs(logit))
    }
  }

  @Test func `bench says what ran`() throws {
    let sandbox = Sandbox()
    func record(_ options: String...) throws -> [String: Any] {
      try sandbox.run(["bench", Self.model, "--seconds", "0.01", "--threads", "1", "--json"] + options).json
    }
    #expect(try record()["precision"] as? String == "f32")
    #expect(try record("--precision", "bf16")["precision"] as? String == "bf16")
  }

  @Test func `without the instructions bf16 runs with a remark, and auto is f32`() throws {
    let sandbox = Sandbox()
    func outcome(_ precision: String, _ options: String...) throws -> Outcome {
      try sandbox.shell(
        "RESZOO_KERNELS=portable exec \"$@\"",
        [
          "bench", Self.model, "--seconds", "0.01", "--threads", "1", "--batch", "1", "--json", "--precision",
          precision,
        ]
          + options)
    }
    let emulated = try outcome("bf16")
    #expect(try emulated.json["precision"] as? String == "bf16")
    #expect(
      emulated.errors.contains("no instructions for bfloat16 here")
        && emulated.errors.contains("--precision auto"))
    #expect(emulated.errors.split(separator: "\n").count == 1)
    expectQuietSuccess(try outcome("bf16", "--quiet"))
    let automatic = try outcome("auto")
    expectQuietSuccess(automatic)
    #expect(try automatic.json["precision"] as? String == "f32")
  }

  @Test func `an interrupted run goes on in the precision that it began with`() throws {
    let sandbox = Sandbox()
    func classify(_ options: String...) throws -> Outcome {
      try sandbox.run(["classify", Self.model] + Self.images + ["--output", "rows.jsonl"] + options)
    }
    #expect(try classify("--precision", "bf16").status == 0)
    let rows = sandbox.folder.file("rows.jsonl")
    let whole = try String(contentsOfFile: rows, encoding: .utf8)
    #expect(whole.split(separator: "\n").count == Self.images.count)
    #expect(try classify("--force").status == 0)
    #expect(try String(contentsOfFile: rows, encoding: .utf8) != whole)
  }
}

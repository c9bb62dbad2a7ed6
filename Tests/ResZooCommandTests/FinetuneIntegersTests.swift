import Foundation
import TestSupport
import Testing

/// `finetune --precision int8` on the trained network of `models`, which `quantize` makes one of integers.
@Suite struct FinetuneIntegersTests {
  private static let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  private static let model = folder + "/models/cifar_resnet20.rzoo"
  private static let images = folder + "/Examples/vehicles"
  private let sandbox = Sandbox()

  init() throws {
    let made = try sandbox.run("quantize", Self.model, Self.images + "/train", "--output", "q.rzoo")
    #expect(made.status == 0, "\(made.errors)")
  }

  private func finetune(_ more: String..., base: String = "q.rzoo") throws -> Outcome {
    try sandbox.run(
      [
        "finetune", base, Self.images + "/train", "--validation", Self.images + "/val", "--train", "fc",
        "--epochs", "3", "--patience", "3", "--output", "out.rzoo", "--cache", "features", "--precision",
        "int8",
        "--force",
      ] + more)
  }

  private func record(_ name: String) throws -> [String: Any] {
    try sandbox.run("inspect", name, "--json").json
  }

  private func quantization(_ name: String) throws -> (layers: [String], maps: NSDictionary) {
    let architecture = try #require(try record(name)["architecture"] as? [String: Any])
    let quantization = try #require(architecture["quantization"] as? [String: Any])
    return (
      try #require(quantization["layers"] as? [String]),
      try #require(quantization["maps"] as? [String: Any]) as NSDictionary
    )
  }

  @Test func `the result is a quantized network whose answers are those of the validation`() throws {
    let outcome = try finetune()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("frozen layers in int8: features differ by "), "\(outcome.errors)")
    #expect(!outcome.errors.contains("starts from its weights as real numbers"))
    let (before, after) = (try quantization("q.rzoo"), try quantization("out.rzoo"))
    #expect(
      after.layers == before.layers.filter { $0 != "fc" } && after.layers.count + 1 == before.layers.count)
    #expect(after.maps == before.maps)
    let text = try sandbox.run("inspect", "out.rzoo").text
    #expect(text.contains("fc: trained in single precision\n"), "\(text)")
    #expect(text.contains("recipe precision"))
    expectQuietSuccess(try sandbox.run("verify", "out.rzoo"))
    let metrics = try #require(try record("out.rzoo")["metrics"] as? [String: Double])
    let evaluated = try sandbox.run("evaluate", "out.rzoo", Self.images + "/val", "--format", "json").json
    #expect(evaluated["top1"] as? Double == metrics["acc@1"], "\(evaluated)")
    let (loss, expected) = (try #require(evaluated["loss"] as? Double), try #require(metrics["loss"]))
    // The head's sums are added in another order.
    #expect(abs(loss - expected) <= 1e-5 * expected)
  }

  @Test func `a delta has the head alone`() throws {
    #expect(try finetune("--delta", "--output", "delta.rzoo").status == 0)
    #expect(try finetune().status == 0)
    #expect(
      try sandbox.run("merge", "delta.rzoo", "--base", "q.rzoo", "--output", "merged.rzoo").status == 0)
    let (merged, whole) = (try record("merged.rzoo"), try record("out.rzoo"))
    #expect(merged["content_root"] as? String == whole["content_root"] as? String)
    #expect(try quantization("merged.rzoo").layers == quantization("out.rzoo").layers)
    let sizes = ["delta.rzoo", "out.rzoo"].map { readFile(sandbox.folder.file($0)).count }
    #expect(sizes[0] * 5 < sizes[1])
  }

  @Test func `a network of real numbers is refused with the way to one of integers`() throws {
    expectFailure(
      try finetune(base: Self.model), code: 64, saying: "is not quantized", "'reszoo quantize'")
    expectFailure(
      try finetune("--train", "layer1,fc"), code: 64, saying: "--precision int8", "behind one that trains",
      "--train layer1,fc,layer2,layer3")
    expectFailure(try finetune("--train", "all"), code: 64, saying: "here there are none")
    let real = try finetune("--precision", "f32", "--epochs", "1")
    #expect(
      real.status == 0 && real.errors.contains("--precision int8 would leave frozen layers as they are"))
  }

  @Test func `train goes on with a network of integers too`() throws {
    #expect(try finetune("--epochs", "1", "--output", "mine.rzoo").status == 0)
    let outcome = try sandbox.run(
      "train", Self.images + "/train", "--from", "mine.rzoo", "--train", "fc", "--epochs", "1", "--batch",
      "8",
      "--precision", "int8", "--output", "more.rzoo")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try quantization("more.rzoo").layers == quantization("mine.rzoo").layers)
  }
}

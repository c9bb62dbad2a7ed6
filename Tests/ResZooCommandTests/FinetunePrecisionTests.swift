import Foundation
import TestSupport
import Testing

/// `--precision` of `finetune`, `train` and `lr-find`, on the trained network of `models`.
@Suite struct FinetunePrecisionTests {
  private static let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  private static let model = folder + "/models/cifar_resnet20.rzoo"
  private let sandbox = Sandbox()

  init() { sandbox.addDataSet() }

  private func finetune(_ more: String...) throws -> Outcome {
    try sandbox.run(Self.arguments + more)
  }

  private static let arguments = [
    "finetune", model, "set", "--train", "fc", "--epochs", "2", "--batch", "2", "--validation", "set",
    "--output", "out.rzoo", "--cache", "features", "--force",
  ]

  private func recipe(_ name: String = "out.rzoo") throws -> [String: String] {
    try #require(try sandbox.run("inspect", name, "--json").json["recipe"] as? [String: String])
  }

  @Test func `the recipe and inspect have the precision`() throws {
    let plain = try finetune("--precision", "f32")
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(try recipe()["precision"] == nil)
    let file = readFile(sandbox.folder.file("out.rzoo"))
    #expect(!plain.errors.contains("features differ"))
    let rounded = try finetune("--precision", "bf16", "--report", "report")
    #expect(rounded.status == 0, "\(rounded.errors)")
    for words in ["precision bf16", "frozen layers in bf16: features differ by ", "on 4 training images"] {
      #expect(rounded.errors.contains(words), "\(rounded.errors)")
    }
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(readFile(sandbox.folder.file("report/report.json"))))
        as? [String: Any])
    let frozen = try #require(report["frozen"] as? [String: Any])
    #expect(frozen["precision"] as? String == "bf16" && frozen["images"] as? Int == 4)
    #expect((frozen["difference"] as? Double).map { (1e-5..<0.05).contains($0) } == true)
    #expect(frozen["seconds_per_image"] is Double && frozen["f32_seconds_per_image"] is Double)
    let page = String(decoding: readFile(sandbox.folder.file("report/index.html")), as: UTF8.self)
    #expect(page.contains("bf16: features differ by"))
    #expect(try recipe()["precision"] == "bf16")
    #expect(try sandbox.run("inspect", "out.rzoo").text.contains("recipe precision"))
    #expect(readFile(sandbox.folder.file("out.rzoo")) != file)
    // The recipe of a file repeats its training.
    let first = readFile(sandbox.folder.file("out.rzoo"))
    #expect(try finetune("--config", "out.rzoo", "--output", "again.rzoo").status == 0)
    #expect(readFile(sandbox.folder.file("again.rzoo")) == first)
  }

  @Test func `a training goes on in the precision that it began with alone`() throws {
    #expect(try finetune("--precision", "bf16", "--keep-state").status == 0)
    let first = readFile(sandbox.folder.file("out.rzoo"))
    expectFailure(
      try finetune("--resume"), code: 65, saying: "--precision was bf16 and is not given")
    #expect(try finetune("--resume", "--precision", "bf16").status == 0)
    #expect(readFile(sandbox.folder.file("out.rzoo")) == first)
  }

  @Test func `layers that train multiply bfloat16 numbers, and auto says where it does not`() throws {
    #expect(try finetune("--precision", "bf16", "--train", "all", "--epochs", "1").status == 0)
    #expect(try recipe()["precision"] == "bf16")
    let first = readFile(sandbox.folder.file("out.rzoo"))
    let plain = try finetune("--train", "all", "--epochs", "1")
    #expect(plain.status == 0 && readFile(sandbox.folder.file("out.rzoo")) != first)
    let automatic = try sandbox.shell(
      "RESZOO_KERNELS=portable exec \"$@\"",
      Self.arguments + ["--precision", "auto", "--train", "all", "--epochs", "1"])
    #expect(automatic.status == 0, "\(automatic.errors)")
    #expect(automatic.errors.contains("--precision auto: single precision here"))
    expectFailure(try finetune("--precision", "f16"), code: 64, saying: "'bf16'")
  }

  @Test func `without the instructions bf16 trains with a remark, and auto is f32`() throws {
    func portable(_ more: String...) throws -> Outcome {
      try sandbox.shell("RESZOO_KERNELS=portable exec \"$@\"", Self.arguments + ["--epochs", "1"] + more)
    }
    let emulated = try portable("--precision", "bf16")
    #expect(emulated.status == 0, "\(emulated.errors)")
    #expect(emulated.errors.contains("no instructions for bfloat16 here"), "\(emulated.errors)")
    #expect(try recipe()["precision"] == "bf16")
    let automatic = try portable("--precision", "auto")
    #expect(automatic.status == 0 && !automatic.errors.contains("no instructions"))
    #expect(try recipe()["precision"] == nil)
  }

  @Test func `a rate is looked for behind the same features`() throws {
    func search(_ precision: String) throws -> Outcome {
      try sandbox.run(
        "lr-find", "set", "--from", Self.model, "--train", "fc", "--batch", "2", "--steps", "10",
        "--precision", precision, "--format", "json")
    }
    let (plain, rounded) = (try search("f32"), try search("bf16"))
    #expect(plain.status == 0 && rounded.status == 0, "\(rounded.errors)")
    #expect(plain.text != rounded.text)
  }
}

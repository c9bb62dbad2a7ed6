import Foundation
import TestSupport
import Testing

/// `inspect` and `convert --json` on other programs' files of weights; those are made by `tools/fixtures/make_pytorch_fixtures.py`
/// and `tools/fixtures/make_safetensors_fixtures.py`.
@Suite struct WeightFileTests {
  @Test func `a PyTorch file is inspected`() throws {
    let sandbox = Sandbox()
    let outcome = try sandbox.run("inspect", Samples.export("pytorch/nested.pth"))
    expectQuietSuccess(outcome)
    for line in [
      "kind          a zip archive", "state dict    'model.state_dict'",
      "other tables  --state-dict-key model_ema", "architecture  custom", "classes       3",
      "no dilation", "state dict: 'model'. Use --state-dict-key for another: model_ema.",
      "suspicious    nothing: all names are on the list",
      "torch._utils._rebuild_tensor_v2, interpreted, at byte ",
    ] {
      #expect(outcome.text.contains(line), "\(outcome.text)")
    }
    let table = try sandbox.run("inspect", Samples.export("pytorch/nested.pth"), "--tensors")
    #expect(table.text.contains("\nconv1.weight "))
  }

  @Test(arguments: ["pytorch/zip.pth", "pytorch/tar.pth", "plain.safetensors", "tiny"])
  func `every form is inspected as JSON`(name: String) throws {
    let sandbox = Sandbox()
    let outcome = try sandbox.run("inspect", Samples.export(name), "--json", "--tensors")
    expectQuietSuccess(outcome)
    let record = try outcome.json
    let tensors = try #require(record["tensors"] as? [[String: Any]])
    #expect(tensors.count == record["tensor_count"] as? Int)
    #expect(
      tensors.contains { $0["mapped"] as? String == "fc.weight" && ($0["shape"] as? [Int])?.first == 3 })
    #expect((record["architecture"] as? [String: Any])?["classes"] as? Int == 3)
    #expect(record["problem"] == nil && record["refusal"] == nil)
  }

  @Test(arguments: ["pytorch/zip.pth", "plain.safetensors"])
  func `weights in place of a checkpoint are to be converted, whatever their name`(name: String) throws {
    let sandbox = Sandbox()
    try FileManager.default.copyItem(atPath: Samples.export(name), toPath: sandbox.folder.file("net.bin"))
    sandbox.add("no weights", as: "net.ckpt")
    let weights = try sandbox.run("bench", "net.bin")
    #expect(weights.status == 65 && weights.errors.contains("reszoo convert net.bin --output NAME.rzoo"))
    let others = try sandbox.run("bench", "net.ckpt")
    #expect(others.status == 65 && !others.errors.contains("reszoo convert net.ckpt"))
  }

  /// A pickle that calls `os.system`, in the legacy stream's container.
  private static let hostile: [UInt8] = {
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
    let system: [UInt8] = [0x80, 2, 0x7D, 0x2E]
    let call = Array("cos\nsystem\n".utf8) + [0x58, 6, 0, 0, 0] + Array("id > x".utf8) + [0x85, 0x52]
    return magic + version + system + [0x80, 2] + call + [0x2E] + [0x80, 2, 0x5D, 0x2E]
  }()

  @Test func `a hostile file is shown and refused`() throws {
    let sandbox = Sandbox()
    sandbox.folder.write(Self.hostile, to: "evil.pth")
    let outcome = try sandbox.run("inspect", "evil.pth")
    expectFailure(outcome, code: 65, saying: "evil.pth: ", "asks for 'os.system'", "do not trust this file")
    #expect(outcome.text.contains("NOT ON THE LIST  os.system, refused, at byte 27 of object"))
    #expect(outcome.text.contains("REDUCE at byte 50 of object: calls 'os.system'"), "\(outcome.text)")
    let record = try sandbox.run("inspect", "evil.pth", "--json").json
    #expect((record["problem"] as? [String: Any])?["code"] as? String == "forbiddenGlobal")
    #expect(sandbox.folder.names == ["evil.pth"])
  }

  @Test func `files without weights are refused`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.add("<!DOCTYPE html>", as: "page.pth")
    expectFailure(try sandbox.run("inspect", "page.pth"), code: 65, saying: "page.pth: this is an HTML page")
    expectFailure(try sandbox.run("inspect", "none.pth"), code: 66, saying: "none.pth: does not exist")
    _ = sandbox.folder.makeFolder("empty")
    expectFailure(
      try sandbox.run("inspect", "empty"), code: 66, saying: "empty: the folder holds no weights")
    let classified = try sandbox.run("classify", "empty", "image.png")
    expectFailure(classified, code: 66, saying: "empty: is a directory")
    #expect(!classified.errors.contains("reszoo convert"), "nothing in it can be converted")
    let outcome = try sandbox.run("inspect", "net.rzoo", "--state-dict-key", "model")
    expectFailure(outcome, code: 64, saying: "--state-dict-key is for PyTorch files")
  }

  @Test func `convert reports as JSON`() throws {
    let sandbox = Sandbox()
    let outcome = try sandbox.run(
      "convert", Samples.export("pytorch/zip.pth"), "--output", "net.rzoo", "--json")
    expectQuietSuccess(outcome)
    let record = try outcome.json
    let tensors = try #require(record["tensors"] as? [String: Any])
    #expect(
      tensors["read"] as? Int == (try #require(tensors["mapped"] as? [Any])).count
        + (try #require(tensors["skipped"] as? [Any])).count)
    let fidelity = try #require(record["fidelity"] as? [String: Any])
    #expect(fidelity["faithful"] as? Bool == true)
    #expect(fidelity["identical"] as? Int == 27)
    let inspection = try sandbox.run("inspect", "net.rzoo", "--json").json
    #expect(record["content_root"] as? String == inspection["content_root"] as? String)
    #expect(record["sha256"] as? String == (inspection["origin"] as? [String: Any])?["sha256"] as? String)
    let assumptions = try #require(record["assumptions"] as? [[String: String]])
    let recorded = try #require(inspection["assumptions"] as? [[String: String]])
    // How to change one matters for the conversion alone.
    #expect(assumptions.map { $0.filter { $0.key != "change" } } == recorded)
    #expect(assumptions.contains { $0["what"] == "no dilation" && $0["evidence"]?.isEmpty == false })
    #expect(record["bytes"] as? Int == readFile(sandbox.folder.file("net.rzoo")).count)
    for key in ["source", "container", "architecture", "preprocessing", "notes", "output", "ratio"] {
      #expect(record[key] != nil, "\(key)")
    }
  }

  @Test func `convert reports a bit by bit comparison`() throws {
    let sandbox = Sandbox()
    let outcome = try sandbox.run("convert", Samples.export("f16.safetensors"), "--output", "net.rzoo")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("reszoo: read: 32 tensors (27 F16, 5 I64), "), "\(outcome.errors)")
    #expect(outcome.errors.contains("; 27 mapped, 5 left out\n"))
    #expect(outcome.errors.contains("reszoo: assumed (in brackets the setting that changes it):"))
    #expect(
      outcome.errors.contains(
        "reszoo: compared: 27 tensors compared with the source: 27 have the same bits\n"
      ))
    #expect(outcome.errors.split(separator: "\n").count <= 18)
    #expect(try sandbox.run("inspect", "net.rzoo").text.contains("no anti-aliasing before strides"))
  }
}

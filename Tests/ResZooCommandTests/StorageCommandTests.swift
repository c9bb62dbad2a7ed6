import Foundation
import TestSupport
import Testing

/// `convert --dtype`, and what other commands make of its files.
@Suite struct StorageCommandTests {
  /// The types of a checkpoint's tensors, by their names.
  private func types(_ name: String, in sandbox: Sandbox) throws -> [String: String] {
    let record = try sandbox.run("inspect", name, "--tensors", "--json").json
    let tensors = try #require(record["tensors"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: tensors.compactMap { tensor in
        guard let name = tensor["name"] as? String, let type = tensor["type"] as? String else { return nil }
        return (name, type)
      })
  }

  @Test(arguments: ["f16", "bf16", "i8"])
  func `weights are stored as asked and the cost is reported`(type: String) throws {
    let sandbox = Sandbox()
    let outcome = try sandbox.run("convert", Samples.export("tiny"), "--dtype", type, "--output", "net.rzoo")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.contains("reszoo: compared: 27 tensors compared with the source: 27 have the same bits"))
    #expect(outcome.errors.contains(" tensors became \(type)"))
    // The fixture's weights are numbers that f16 and bf16 have.
    #expect(outcome.errors.contains("logits: off by at most ") == (type == "i8"))
    let types = try types("net.rzoo", in: sandbox)
    #expect(types["conv1.weight"] == type && types["fc.weight"] == type)
    #expect(types["fc.bias"] == "f32" && types["bn1.running_var"] == "f32")
    expectQuietSuccess(try sandbox.run("verify", "net.rzoo"))
    #expect(try sandbox.run("inspect", "net.rzoo").text.contains(" \(type), "))
  }

  @Test func `the cost is listed for each tensor in JSON`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.run("convert", "net.rzoo", "--dtype", "i8", "--output", "i8.rzoo", "--json")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let storage = try #require(try outcome.json["storage"] as? [String: Any])
    let tensors = try #require(storage["tensors"] as? [[String: Any]])
    #expect(storage["dtype"] as? String == "i8")
    #expect(tensors.count == (try types("i8.rzoo", in: sandbox)).values.count { $0 == "i8" })
    for tensor in tensors {
      let largest = try #require(tensor["largest"] as? Double)
      #expect(largest >= 0 && largest <= 0.5001 / 127)
    }
    let logits = try #require(storage["logits"] as? [String: Any])
    #expect(logits["inputs"] as? Int == 4)
    let largest = try #require(logits["largest"] as? Double)
    #expect(largest > 0 && largest < 0.2)
  }

  @Test func `a checkpoint changes its types and nothing else`() throws {
    let sandbox = try Sandbox.withNetworks()
    func record(_ name: String) throws -> [String: Any] {
      var record = try sandbox.run("inspect", name, "--json").json
      for key in ["file", "content_root", "file_bytes", "index_bytes", "tensor_bytes", "stored_bytes"] {
        record[key] = nil
      }
      return record
    }
    for (source, type, name) in [
      ("net.rzoo", "f16", "f16.rzoo"), ("f16.rzoo", "f32", "wide.rzoo"), ("wide.rzoo", "f16", "again.rzoo"),
      ("net.rzoo", "i8", "i8.rzoo"), ("i8.rzoo", "i8", "i8-again.rzoo"),
      ("i8.rzoo", "source", "i8-copy.rzoo"),
    ] {
      let outcome = try sandbox.run("convert", source, "--dtype", type, "--output", name)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(NSDictionary(dictionary: try record(name)).isEqual(to: try record("net.rzoo")), "\(name)")
    }
    #expect(readFile(sandbox.folder.file("again.rzoo")) == readFile(sandbox.folder.file("f16.rzoo")))
    for name in ["i8-again.rzoo", "i8-copy.rzoo"] {
      #expect(readFile(sandbox.folder.file(name)) == readFile(sandbox.folder.file("i8.rzoo")))
    }
  }

  @Test func `a trace is of the weights as they are stored`() throws {
    let sandbox = try Sandbox.withNetworks()
    for arguments in [
      ["convert", "net.rzoo", "--dtype", "i8"], ["convert", Samples.export("tiny"), "--dtype", "bf16"],
      ["convert", Samples.export("tiny")], ["convert", "net.rzoo", "--codec", "none"],
      ["init", "small_resnet18", "--num-classes", "3"],
    ] {
      let outcome = try sandbox.run(arguments + ["--trace", "5", "--output", "traced.rzoo", "--force"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(!outcome.errors.contains("left out"))
      let replayed = try sandbox.run("verify", "traced.rzoo", "--run")
      expectQuietSuccess(replayed)
      #expect(replayed.text.contains("trace"), "\(replayed.text)")
    }
    let outcome = try sandbox.run("convert", "traced.rzoo", "--dtype", "bf16", "--output", "untraced.rzoo")
    #expect(outcome.errors.contains("left out (--trace records one)"))
  }

  @Test func `signatures stay with unchanged tensors and are dropped with a note`() throws {
    let sandbox = try Sandbox.withNetworks()
    #expect(try sandbox.run("keygen", "--key", "a.pem", "--public-key", "a.pub").status == 0)
    #expect(try sandbox.run("sign", "net.rzoo", "--key", "a.pem").status == 0)
    let copied = try sandbox.run("convert", "net.rzoo", "--codec", "none", "--output", "copy.rzoo")
    #expect(copied.status == 0 && !copied.errors.contains("dropped"))
    expectQuietSuccess(try sandbox.run("verify", "copy.rzoo", "--public-key", "a.pub"))
    let narrowed = try sandbox.run("convert", "net.rzoo", "--dtype", "bf16", "--output", "narrow.rzoo")
    #expect(narrowed.status == 0 && narrowed.errors.contains("narrow.rzoo: signatures dropped: 1"))
    expectFailure(
      try sandbox.run("verify", "narrow.rzoo", "--public-key", "a.pub"), code: 65, saying: "is not signed")
  }

  @Test func `impossible conversions of a checkpoint are refused`() throws {
    let sandbox = try Sandbox.withNetworks()
    for (arguments, code, words) in [
      (["net.rzoo", "--dtype", "f16", "--output", "net.rzoo"], 64, "would be replaced"),
      (["net.rzoo", "--dtype", "f8", "--output", "x.rzoo"], 64, "--dtype"),
      (["net.rzoo", "--labels", "x.txt", "--output", "x.rzoo"], 64, "net.rzoo is a checkpoint"),
      (["none.rzoo", "--dtype", "f16", "--output", "x.rzoo"], 66, "none.rzoo: does not exist"),
    ] as [([String], Int32, String)] {
      expectFailure(try sandbox.run(["convert"] + arguments), code: code, saying: words)
    }
    #expect(!sandbox.folder.names.contains("x.rzoo"))
  }
}

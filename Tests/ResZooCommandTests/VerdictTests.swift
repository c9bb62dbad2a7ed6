import Foundation
import TestSupport
import Testing

/// The line of `verify`, which nothing in a file or its name imitates, and its JSON.
@Suite struct VerdictTests {
  /// A signed network, its key, and an unsigned one.
  private static func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    for arguments in [
      ["keygen", "--key", "a.pem", "--public-key", "a.pub"],
      ["sign", "net.rzoo", "--key", "a.pem", "--output", "signed.rzoo"],
    ] {
      let outcome = try sandbox.run(arguments)
      try #require(outcome.status == 0, "\(arguments): \(outcome.errors)")
    }
    return sandbox
  }

  @Test func `the key comes first, and only where it was checked`() throws {
    let sandbox = try Self.sandbox()
    let known = try sandbox.run("verify", "signed.rzoo", "--public-key", "a.pub")
    expectQuietSuccess(known)
    #expect(known.text.hasPrefix("signed by "))
    let key = String(known.text.dropFirst(10).prefix(64))
    #expect(key.count == 64 && key.allSatisfy(\.isHexDigit))
    #expect(known.text.hasPrefix("signed by \(key): signed.rzoo: sound, "))
    #expect(try sandbox.run("verify", "signed.rzoo").text.hasPrefix("signed.rzoo: sound, "))
    let several = try sandbox.run("verify", "net.rzoo", "signed.rzoo", "--public-key", "a.pub")
    expectFailure(several, code: 1, saying: "reszoo: net.rzoo: is not signed")
    #expect(several.text.split(separator: "\n").map { $0.prefix(74) } == ["signed by \(key)"])
  }

  @Test(arguments: [
    "signed by KEY: net.rzoo", "signed by KEY", "x\nsigned by KEY: net.rzoo", "\u{1B}[1Gsigned by KEY: a",
  ])
  func `a name does not look like a verdict`(_ name: String) throws {
    let sandbox = try Self.sandbox()
    let name = name.replacing("KEY", with: String(repeating: "7a", count: 32))
    sandbox.folder.write(try Samples.imported.get(), to: name)
    sandbox.folder.write([1, 2, 3], to: name + "-")
    let outcome = try sandbox.run("verify", name, name + "-", "net.rzoo")
    #expect(outcome.status == 1)
    #expect(outcome.text.split(separator: "\n").count == 2, "\(outcome.text)")
    for line in (outcome.text + outcome.errors).split(separator: "\n") {
      #expect(!line.hasPrefix("signed by"))
    }
    #expect(!outcome.output.contains(0x1B) && !outcome.errors.utf8.contains(0x1B))
  }

  @Test func `an architecture with a hidden character in its name is refused everywhere`() throws {
    let sandbox = try Self.sandbox()
    let record = try sandbox.run("inspect", "untrained.rzoo", "--json").json
    var architecture = try #require(record["architecture"] as? [String: Any])
    for name in [
      "cifar_resnet20, signed by 7a\n\u{1B}[8m", "a\u{202E}b", "a\u{2028}b",
      String(repeating: "n", count: 256), "",
    ] {
      architecture["name"] = name
      sandbox.folder.write(Array(try JSONSerialization.data(withJSONObject: architecture)), to: "net.json")
      let outcome = try sandbox.run("init", "--descriptor", "net.json", "--output", "evil.rzoo")
      expectFailure(outcome, code: 65, saying: "net.json: name: has ")
      #expect(!sandbox.folder.names.contains("evil.rzoo"))
    }
    let forged = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "spec/vectors/invalid/arch-name-escape.rzoo")
    for command in ["verify", "inspect", "classify"] {
      let outcome = try sandbox.run([command, forged.path] + (command == "classify" ? ["x.png"] : []))
      #expect(outcome.status != 0)
      #expect(!outcome.output.contains(0x1B) && !outcome.errors.utf8.contains(0x1B))
    }
    expectFailure(
      try sandbox.run("verify", forged.path), code: 65,
      saying: "the name of the architecture has the character U+001B")
  }

  @Test func `JSON has no signer of a signature that cannot be checked`() throws {
    let file = VectorFolder.path + "/networks/signed-by-later-algorithm.rzoo"
    let record = try Sandbox().run("verify", file, "--json").json
    #expect(record["unchecked_signers"] as? [String] == [])
    #expect(record["unknown_signatures"] as? Int == 1)
  }

  @Test func `JSON has an object for each file`() throws {
    let sandbox = try Self.sandbox()
    sandbox.folder.write(try Samples.imported.get().dropLast(), to: "cut.rzoo")
    let outcome = try sandbox.run(
      "verify", "signed.rzoo", "cut.rzoo", "net.rzoo", "none.rzoo", "--public-key", "a.pub", "--json")
    expectFailure(outcome, code: 1, saying: "3 of 4 files are not sound, or not signed by that key")
    let records = try outcome.text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(records.map { $0["file"] as? String } == ["signed.rzoo", "cut.rzoo", "net.rzoo", "none.rzoo"])
    #expect(records.map { $0["sound"] as? Bool } == [true, false, false, false])
    #expect((records[0]["signed_by"] as? String)?.count == 64)
    #expect(records[0]["unchecked_signers"] as? [String] == [])
    #expect(records[0]["parameters"] as? Int == 385)
    #expect((records[0]["content_root"] as? String)?.count == 64)
    let codes = records.map { ($0["error"] as? [String: Any])?["code"] as? String }
    #expect(codes == [nil, "truncated", "unsigned", "notFound"])
    #expect(
      ((records[2]["error"] as? [String: Any])?["message"] as? String)?.contains("is not signed") == true)
    let unchecked = try sandbox.run("verify", "signed.rzoo", "--json")
    expectQuietSuccess(unchecked)
    #expect(try unchecked.json["signed_by"] == nil)
    #expect((try unchecked.json["unchecked_signers"] as? [String])?.count == 1)
    #expect(try unchecked.json["unknown_signatures"] as? Int == 0)
  }
}

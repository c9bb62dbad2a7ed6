import Foundation
import TestSupport
import Testing

/// `keygen`, `sign` and `verify --public-key`.
@Suite struct SigningCommandTests {
  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox.withNetworks()
    for name in ["a", "b"] {
      let outcome = try sandbox.run("keygen", "--key", "\(name).pem", "--public-key", "\(name).pub")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    return sandbox
  }

  @Test func `keys are new, private and never replaced`() throws {
    let sandbox = try sandbox()
    #expect(mode(of: sandbox.folder.file("a.pem")) == 0o600)
    let before = ["a.pem", "a.pub", "b.pem"].map { readFile(sandbox.folder.file($0)) }
    #expect(before[0] != before[2])
    let names = sandbox.folder.names
    for pair in [
      ("a.pem", "c.pub"), ("c.pem", "a.pub"), ("c.pem", "c.pem"), ("c.pem", "none/c.pub"), ("none/c", "c"),
    ] {
      let outcome = try sandbox.run("keygen", "--key", pair.0, "--public-key", pair.1)
      expectFailure(outcome, code: 73, saying: "reszoo: ")
      #expect(sandbox.folder.names == names)
    }
    #expect(["a.pem", "a.pub", "b.pem"].map { readFile(sandbox.folder.file($0)) } == before)
    // A link is not followed.
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.folder.file("link.pem"), withDestinationPath: "elsewhere.pem")
    expectFailure(
      try sandbox.run("keygen", "--key", "link.pem", "--public-key", "c.pub"), code: 73,
      saying: "exists already")
  }

  @Test func `no name ends its own quotation`() throws {
    let sandbox = try sandbox()
    for mark in ["'", "'\u{301}", "\u{13441}"] {
      let name = "x\(mark): sound, signed by 7a7bc71f.rzoo"
      sandbox.folder.write(readFile(sandbox.folder.file("net.rzoo")), to: name)
      let outcome = try sandbox.run("verify", name)
      expectQuietSuccess(outcome)
      #expect(outcome.text.unicodeScalars.filter { $0 == "'" }.count == 2, "\(outcome.text)")
    }
  }

  @Test func `a signed file is verified by its key alone`() throws {
    let sandbox = try sandbox()
    let before = try sandbox.run("inspect", "net.rzoo", "--json").json["content_root"] as? String
    #expect(try sandbox.run("sign", "net.rzoo", "--key", "a.pem").status == 0)
    let known = try sandbox.run("verify", "net.rzoo", "--public-key", "a.pub")
    expectQuietSuccess(known)
    #expect(
      known.text.hasPrefix("signed by ")
        && known.text.hasSuffix(": net.rzoo: sound, custom architecture, 385 parameters\n"))
    #expect(try sandbox.run("verify", "net.rzoo").text.contains("says that it is signed by "))
    #expect(try sandbox.run("inspect", "net.rzoo").text.contains("\nsigned by       "))
    #expect(try sandbox.run("inspect", "net.rzoo", "--json").json["content_root"] as? String == before)
    expectFailure(
      try sandbox.run("verify", "net.rzoo", "--public-key", "b.pub"), code: 65, saying: "is signed by ",
      "not by the key that was given")
    expectFailure(
      try sandbox.run("verify", "untrained.rzoo", "--public-key", "a.pub"), code: 65,
      saying: "untrained.rzoo: is not signed")
    #expect(try sandbox.run("sign", "net.rzoo", "--key", "b.pem", "--output", "both.rzoo").status == 0)
    for key in ["a.pub", "b.pub"] {
      expectQuietSuccess(try sandbox.run("verify", "both.rzoo", "--public-key", key))
    }
    // Signing again changes nothing: Ed25519 has no random part.
    let bytes = readFile(sandbox.folder.file("both.rzoo"))
    #expect(try sandbox.run("sign", "both.rzoo", "--key", "b.pem").status == 0)
    #expect(readFile(sandbox.folder.file("both.rzoo")).count == bytes.count)
  }

  @Test func `a public key is also given by its digits`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("sign", "net.rzoo", "--key", "a.pem").status == 0)
    let named = try sandbox.run("verify", "net.rzoo", "--public-key", "a.pub").text
    let digits = try #require(named.split(separator: "signed by ").last.map { String($0.prefix(64)) })
    for text in [digits, digits.uppercased()] {
      let outcome = try sandbox.run("verify", "net.rzoo", "--public-key", text)
      expectQuietSuccess(outcome)
      #expect(outcome.text == named)
    }
    let other = String(repeating: "0", count: 62) + "58"
    expectFailure(
      try sandbox.run("verify", "net.rzoo", "--public-key", other), code: 65,
      saying: "not by the key that was given")
    // A digit less is the name of a file.
    expectFailure(
      try sandbox.run("verify", "net.rzoo", "--public-key", String(digits.dropLast())), code: 66,
      saying: "does not exist")
  }

  @Test func `a signature that cannot be checked is no claim of its key`() throws {
    let sandbox = try sandbox()
    let file = VectorFolder.path + "/networks/signed-by-later-algorithm.rzoo"
    let verified = try sandbox.run("verify", file).text
    #expect(verified.contains(", 1 signature of algorithms that this version does not know"))
    #expect(!verified.contains("signed by"), "\(verified)")
    let inspected = try sandbox.run("inspect", file).text
    #expect(inspected.contains("of algorithm 9, which this version does not know"))
    #expect(!inspected.contains("signed by "), "\(inspected)")
  }

  @Test func `wrong key files are named`() throws {
    let sandbox = try sandbox()
    sandbox.add("hello", as: "text.pem")
    sandbox.folder.write(Array(repeating: 65, count: 20_000), to: "large.pem")
    for (arguments, code, words): ([String], Int32, String) in [
      (["sign", "net.rzoo", "--key", "a.pub"], 65, "a.pub: holds 'PUBLIC KEY'"),
      (["verify", "net.rzoo", "--public-key", "a.pem"], 65, "give the public one"),
      (["sign", "net.rzoo", "--key", "text.pem"], 65, "text.pem: is no key"),
      (["sign", "net.rzoo", "--key", "large.pem"], 65, "large.pem: has 20000 bytes"),
      (["sign", "net.rzoo", "--key", "none.pem"], 66, "none.pem: does not exist"),
      (["sign", "none.rzoo", "--key", "a.pem"], 66, "none.rzoo: does not exist"),
      (["sign", "net.rzoo", "--key", "a.pem", "--output", "a.pem"], 64, "would be replaced"),
    ] {
      expectFailure(try sandbox.run(arguments), code: code, saying: words)
    }
  }

  @Test func `editing a signed file takes an option`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("sign", "net.rzoo", "--key", "a.pem").status == 0)
    let before = readFile(sandbox.folder.file("net.rzoo"))
    expectFailure(
      try sandbox.run("edit", "net.rzoo", "--note", "x"), code: 65, saying: "is signed", "--drop-signature")
    #expect(readFile(sandbox.folder.file("net.rzoo")) == before)
    // What changes nothing keeps the signature.
    expectQuietSuccess(try sandbox.run("edit", "net.rzoo", "--label", "0=ant"))
    expectQuietSuccess(try sandbox.run("verify", "net.rzoo", "--public-key", "a.pub"))
    let outcome = try sandbox.run("edit", "net.rzoo", "--note", "x", "--drop-signature")
    #expect(outcome.status == 0 && outcome.errors.contains("signatures dropped: 1"), "\(outcome.errors)")
    expectFailure(
      try sandbox.run("verify", "net.rzoo", "--public-key", "a.pub"), code: 65, saying: "not signed")
  }

  @Test func `a file that is not sound is not signed`() throws {
    let sandbox = try sandbox()
    var bytes = readFile(sandbox.folder.file("net.rzoo"))
    bytes[bytes.count - 1] ^= 1
    sandbox.folder.write(bytes, to: "net.rzoo")
    expectFailure(try sandbox.run("sign", "net.rzoo", "--key", "a.pem"), code: 65, saying: "is damaged")
    #expect(readFile(sandbox.folder.file("net.rzoo")) == bytes)
  }

  @Test(arguments: [0, 1]) func `keygen leaves nothing where a file may not grow`(blocks: Int) throws {
    let sandbox = Sandbox()
    // The limit holds for files, and not for the pipe that the message goes into.
    let outcome = try sandbox.shell(
      "{ (ulimit -f \(blocks); \"$@\" 2>&1); echo \"status $?\"; } | cat", "keygen", "--key", "k.pem",
      "--public-key", "k.pub")
    if blocks == 0 {
      #expect(outcome.text.contains("reszoo: k.pem: was not written"), "\(outcome.text)")
      #expect(outcome.text.hasSuffix("status 74\n"), "\(outcome.text)")
      #expect(sandbox.folder.names.isEmpty)
    } else {
      #expect(outcome.text.hasSuffix("status 0\n") && sandbox.folder.names == ["k.pem", "k.pub"])
    }
  }

  @Test func `a key that fits many files is refused`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.run("sign", "net.rzoo", "--key", "a.pem").status == 0)
    sandbox.add("01" + String(repeating: "0", count: 62), as: "neutral.pub")
    expectFailure(
      try sandbox.run("verify", "net.rzoo", "--public-key", "neutral.pub"), code: 65, saying: "neutral.pub: ",
      "small order")
  }

  @Test func `sections that no signature covers are named`() throws {
    let sandbox = try sandbox()
    let file = sandbox.folder.file("net.rzoo")
    #expect(try sandbox.run("sign", "net.rzoo", "--key", "a.pem").status == 0)
    writeFile(
      ForeignSection.added(to: readFile(file), kind: "evil", content: Array(repeating: 7, count: 100)),
      to: file)
    let verified = try sandbox.run("verify", "net.rzoo", "--public-key", "a.pub")
    #expect(verified.status == 0, "\(verified.errors)")
    #expect(verified.text.contains("with 1 section (evil, 100 bytes) that no signature covers"))
    #expect(
      try sandbox.run("inspect", "net.rzoo").text.contains("'evil', 100 bytes, which no signature covers"))
    let record = try sandbox.run("inspect", "net.rzoo", "--json").json["unknown_sections"] as? [[String: Any]]
    #expect(record?.count == 1)
    #expect(record?.first?["kind"] as? String == "evil" && record?.first?["bytes"] as? Int == 100)
    #expect(!(try sandbox.run("inspect", "untrained.rzoo").text).contains("unknown section"))
  }

  @Test func `sections of the base of a signed delta are named`() throws {
    let sandbox = try Sandbox.withDelta()
    #expect(try sandbox.run("keygen", "--key", "k.pem", "--public-key", "k.pub").status == 0)
    #expect(try sandbox.run("sign", "delta.rzoo", "--key", "k.pem").status == 0)
    let base = sandbox.folder.file("base.rzoo")
    writeFile(
      ForeignSection.added(to: readFile(base), kind: "evil", content: Array(repeating: 7, count: 100)),
      to: base)
    let verified = try sandbox.run("verify", "delta.rzoo", "--public-key", "k.pub")
    #expect(verified.text.contains("with 1 section (evil, 100 bytes) that no signature covers"))
  }
}

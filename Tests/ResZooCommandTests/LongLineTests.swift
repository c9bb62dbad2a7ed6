import TestSupport
import Testing

/// Files and lists that are one line of many bytes: refused at once, with a short message.
@Suite struct LongLineTests {
  private static let network = ["--arch", "small_resnet18", "--output", "new.rzoo"]

  @Test(arguments: ["csv", "tsv", "jsonl"]) func `a manifest of one endless line is refused`(
    _ ending: String
  ) throws {
    let sandbox = Sandbox()
    for (byte, count) in [(UInt8(0), 4 << 20), (UInt8(ascii: "x"), 2 << 20), (UInt8(ascii: "{"), 2 << 20)] {
      sandbox.folder.write([UInt8](repeating: byte, count: count), to: "list." + ending)
      let outcome = try sandbox.run(["train", "list." + ending] + Self.network)
      expectFailure(outcome, code: 66, saying: "list.\(ending): line 1 has more than 1048576 bytes")
      #expect(outcome.errors.utf8.count < 300)
    }
    // A row below a sound header.
    let header = Array("path,label\na.jpg,cat\n".utf8)
    sandbox.folder.write(header + [UInt8](repeating: 0x78, count: 2 << 20), to: "row.csv")
    expectFailure(
      try sandbox.run(["train", "row.csv"] + Self.network), code: 66, saying: "row.csv: line 3 has more than "
    )
  }

  @Test func `what a message quotes is short`() throws {
    let sandbox = try Sandbox.withNetworks()
    let long = String(repeating: "x\u{1}", count: 200_000)
    let json = String(repeating: "y", count: 400_000)
    sandbox.add(long + ",b\n1,2\n", as: "header.csv")
    sandbox.add("path,\(long)\na.jpg,maybe\n", as: "column.csv")
    sandbox.add("path,a\na.jpg,\(long)\n", as: "field.csv")
    sandbox.add("path,label\na.jpg,\(long)\na.jpg,b\n", as: "twice.csv")
    sandbox.add("{\"path\":\"a.jpg\",\"label\":1\(json)}\n", as: "label.jsonl")
    sandbox.add("{\"\(json)\":1}", as: "name.json")
    sandbox.add(
      "{\"block\":\"\(json)\",\"stem\":{\"kind\":\"conv3x3\",\"widths\":[4]},\"stages\":[],\"classes\":1}",
      as: "word.json")
    sandbox.add("{\"lr\":\"\(json)\"}", as: "value.json")
    sandbox.add("[\(json)", as: "labels.txt")
    let several = ["--answer", "several"] + Self.network
    for arguments in [
      ["train", "header.csv"] + Self.network, ["train", "column.csv"] + several,
      ["train", "field.csv"] + several,
      ["train", "twice.csv"] + Self.network, ["train", "label.jsonl"] + Self.network,
      ["init", "--descriptor", "name.json", "--output", "new.rzoo"],
      ["init", "--descriptor", "word.json", "--output", "new.rzoo"],
      ["train", "set", "--config", "name.json"] + Self.network,
      ["train", "set", "--config", "value.json"] + Self.network,
      ["init", "small_resnet18", "--labels", "labels.txt", "--output", "new.rzoo"],
      ["init", String(json.prefix(100_000)), "--output", "new.rzoo"], [String(json.prefix(100_000))],
      ["classify", "net.rzoo", "--format", String(json.prefix(100_000))],
    ] {
      let outcome = try sandbox.run(arguments)
      #expect(outcome.exited && outcome.status != 0, "\(arguments.map { $0.prefix(50) })")
      #expect(
        outcome.errors.utf8.count < 1000, "\(arguments.map { $0.prefix(50) }): \(outcome.errors.prefix(300))")
    }
  }

  @Test func `standard input of very many paths is refused`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.shell("yes | head -c 12000000 | exec \"$@\"", "classify", "net.rzoo", "-")
    expectFailure(outcome, code: 65, saying: "standard input: has more than 5,000,000 paths; ")
  }

  @Test func `standard input without an end of a line is refused before all of it was read`() throws {
    let sandbox = try Sandbox.withNetworks()
    for (source, words) in [
      ("head -c 1000000000 /dev/zero", "two NULs"),
      ("head -c 1000000000 /dev/zero | tr '\\0' x", "without an end of a path"),
      ("{ echo a.jpg; head -c 1000000000 /dev/zero | tr '\\0' x; }", "without an end of a path"),
    ] {
      let start = ContinuousClock.now
      let outcome = try sandbox.shell(
        "ulimit -v 4000000; \(source) 2>/dev/null | \"$@\"", "classify", "net.rzoo", "-")
      expectFailure(outcome, code: 65, saying: "standard input: has ", words)
      #expect(outcome.output.isEmpty && outcome.errors.utf8.count < 300)
      #expect(ContinuousClock.now - start < .seconds(20))
    }
    sandbox.addImage("photo.jpg")
    for list in ["photo.jpg\n\nphoto.jpg\r\n", "photo.jpg\0photo.jpg\0"] {
      expectQuietSuccess(try sandbox.run("classify", "net.rzoo", "-", input: list))
    }
  }
}

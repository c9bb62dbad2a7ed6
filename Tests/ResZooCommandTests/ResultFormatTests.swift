import Foundation
import TestSupport
import Testing

/// The forms of `classify`'s results, also for names that need quoting.
@Suite struct ResultFormatTests {
  @Test func `JSON has the documented fields`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let outcome = try sandbox.run("classify", "net.rzoo", "photo.jpg", "none.jpg", "--format", "json")
    expectFailure(outcome, code: 1, saying: "reszoo: none.jpg: does not exist")
    let answer = try outcome.json
    #expect(answer["model"] as? String == "net.rzoo")
    #expect(answer["untrained"] as? Bool == false)
    let rows = try #require(answer["results"] as? [[String: Any]])
    #expect(rows.map { $0["input"] as? String } == ["photo.jpg", "none.jpg"])
    let top = try #require(rows[0]["top"] as? [[String: Any]])
    #expect(top.map { $0["label"] as? String } == ["ant", "bee", "cat"])
    #expect(top.map { $0["index"] as? Int } == [0, 1, 2])
    #expect(top[0]["probability"] as? Double == 1)
    #expect(Set(top[0].keys) == ["label", "index", "probability", "logit"])
    #expect(rows[1]["error"] as? String == "does not exist; check the path")
    #expect(rows[1]["top"] == nil)
  }

  @Test func `JSON lines are the rows of JSON`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("gray.jpg")
    func lines(_ format: String) throws -> [String] {
      let outcome = try sandbox.run("classify", "net.rzoo", "photo.jpg", "gray.jpg", "--format", format)
      return outcome.text.split(separator: "\n").map {
        $0.hasSuffix(",") ? String($0.dropLast()) : String($0)
      }
    }
    let lines = (json: try lines("json"), jsonl: try lines("jsonl"))
    #expect(lines.jsonl == Array(lines.json.dropFirst().dropLast()))
  }

  @Test func `CSV has as many fields in each row`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("one-pixel.png")
    let outcome = try sandbox.run(
      "classify", "net.rzoo", "one-pixel.png", "none.jpg", "--format", "csv", "--top", "2")
    #expect(outcome.status == 1)
    let lines = outcome.text.split(separator: "\n")
    #expect(
      lines.first
        == "input,error,label_1,index_1,probability_1,logit_1,label_2,index_2,probability_2,logit_2")
    #expect(lines.dropFirst().first?.hasPrefix("one-pixel.png,,ant,0,1.0,") == true)
    #expect(lines.last == "none.jpg,does not exist; check the path,,,,,,,,")
    #expect(lines.allSatisfy { $0.count { $0 == "," } == 9 })
  }

  static let strangeNames = ["a \"b\", c\n.jpg", "\"\u{301}.jpg", "ü/\\ \t\u{1}.jpg", "漢字\r.jpg"]

  @Test(arguments: strangeNames) func `names of all kinds survive JSON`(_ name: String) throws {
    let sandbox = try Sandbox.withNetworks()
    let name = name.replacing("/", with: "-")
    sandbox.addImage("photo.jpg", as: name)
    let outcome = try sandbox.run("classify", "net.rzoo", name, "--format", "json")
    expectQuietSuccess(outcome)
    let rows = try #require(try outcome.json["results"] as? [[String: Any]])
    #expect(rows.map { $0["input"] as? String } == [name])
  }

  @Test func `CSV quotes the fields that need it`() throws {
    let sandbox = try Sandbox.withNetworks()
    for (name, field) in [
      ("plain.jpg", "plain.jpg"), ("a,b.jpg", "\"a,b.jpg\""), ("a\nb.jpg", #"a\u{a}b.jpg"#),
      ("a\"\u{301}b.jpg", "\"a\"\"\u{301}b.jpg\""),
    ] {
      sandbox.addImage("photo.jpg", as: name)
      let outcome = try sandbox.run("classify", "net.rzoo", name, "--format", "csv", "--top", "1")
      expectQuietSuccess(outcome)
      let row = Array(("\n" + field + ",,ant,0,1.0,").utf8)
      #expect(outcome.output.firstRange(of: row) != nil, "\(outcome.text)")
    }
  }

  @Test func `a name that is not UTF-8 is one error in valid JSON`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    let made = try sandbox.shell(
      #"mkdir p; cp photo.jpg p/a.jpg; cp photo.jpg p/"$(printf 'b\377').jpg"; cp photo.jpg p/c.jpg; (ls -d p/*; ls -d p/*) >list"#
    )
    try #require(made.status == 0, "\(made.errors)")
    let outcome = try sandbox.run("classify", "net.rzoo", "p", "--format", "json")
    expectFailure(outcome, code: 1, saying: "1 of 3 images", "not UTF-8, rename it")
    let rows = try #require(try outcome.json["results"] as? [[String: Any]])
    #expect(rows.map { $0["error"] == nil } == [true, false, true])
    // A file of the name that the text has is another one.
    sandbox.addImage("photo.jpg", as: "p/b\u{FFFD}.jpg")
    let twins = try sandbox.run("classify", "net.rzoo", "p", "--format", "json")
    expectFailure(twins, code: 1, saying: "1 of 4 images", "not UTF-8, rename it")
    let listed = try sandbox.shell(#""$@" <list"#, "classify", "net.rzoo", "-", "--format", "csv")
    expectFailure(listed, code: 1, saying: "2 of 6 images", "not UTF-8, rename it")
  }

  @Test func `results go to a file whole`() throws {
    let sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.add("old", as: "out.json")
    let plain = try sandbox.run("classify", "net.rzoo", "photo.jpg", "--format", "json")
    let outcome = try sandbox.run(
      "classify", "net.rzoo", "photo.jpg", "--format", "json", "--output", "out.json")
    expectQuietSuccess(outcome)
    #expect(outcome.output.isEmpty)
    #expect(readFile(sandbox.folder.file("out.json")) == plain.output)
    #expect(sandbox.folder.names == ["net.rzoo", "out.json", "photo.jpg", "untrained.rzoo"])
  }

  @Test func `a closed pipe is not an error`() throws {
    let sandbox = try Sandbox.withNetworks()
    _ = sandbox.folder.makeFolder("p")
    // More than a pipe holds, so that writing goes on after 'head' has gone.
    sandbox.add(
      String(repeating: String(repeating: "p", count: 200) + "\n", count: 1000), as: "list")
    let outcome = try sandbox.shell(
      #"{ "$@"; echo "code $?" >&2; } <list | head -n 1"#, "classify", "net.rzoo", "-")
    #expect(outcome.text.hasPrefix("ppp"))
    let told = outcome.errors.split(separator: "\n").filter {
      !$0.hasSuffix("does not exist; check the path")
    }
    #expect(told == ["code 74"])
  }
}

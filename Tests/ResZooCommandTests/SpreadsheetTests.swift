import Foundation
import TestSupport
import Testing

/// Tables that spreadsheets open: no text is a formula, and numbers stay numbers.
@Suite struct SpreadsheetTests {
  static let formulas = [
    "=cmd|'/C calc'!A0", "@SUM(1)", "-2+3", "+1", " =1", "\"=1\"", "'=1", "\t=1", "\r=1", "\n=1", "＝1", "＠a",
  ]

  @Test func `a label is no formula, and its numbers stay`() throws {
    let sandbox = Sandbox()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("photo.jpg", as: "-photo.jpg")
    let labels = Self.formulas + ["a=b", "a-b", "plain", "ŝ"]
    sandbox.folder.write(Array(try JSONSerialization.data(withJSONObject: labels)), to: "labels.json")
    let made = try sandbox.run(
      "init", "small_resnet18", "--num-classes", "\(labels.count)", "--labels", "labels.json", "--seed", "1",
      "--output",
      "net.rzoo")
    try #require(made.status == 0, "\(made.errors)")
    func rows(_ arguments: String...) throws -> [[String]] {
      let outcome = try sandbox.run(
        ["classify", "net.rzoo", "--format", "csv"] + arguments + ["--", "-photo.jpg", "photo.jpg"])
      try #require(outcome.status == 0, "\(outcome.errors)")
      return outcome.text.split(separator: "\n").map { Self.fields(String($0)) }
    }
    let long = try rows("--top", "\(labels.count)")
    let wide = try rows("--top", "all")
    #expect(long.map(\.count) == Array(repeating: 2 + 4 * labels.count, count: 3))
    for cell in (long + wide).joined() where !(Double(cell) != nil) {
      let first = cell.drop { $0.isWhitespace || $0 == "\"" }.first
      #expect(first.map { !"=+-@＝＋－＠\t\r\n".contains($0) } ?? true, "\(cell)")
    }
    #expect(long[1][0] == "'-photo.jpg" && long[2][0] == "photo.jpg")
    #expect(
      Set(wide[0].dropFirst(2)).isSuperset(of: [
        "'-2+3", "'@SUM(1)", "' =1", "''=1", #"\u{9}=1"#, "a=b", "a-b", "plain", "ŝ",
      ]))
    // Logits below zero are numbers, without an apostrophe.
    #expect(long[1].contains { $0.hasPrefix("-") && Double($0) != nil })
    let exact = try rows("--top", "all", "--csv-exact")
    #expect(Set(exact[0]).isSuperset(of: ["-2+3", "@SUM(1)", "'=1", " =1"]))
    #expect(exact[1][0] == "-photo.jpg")
    #expect(exact[1].dropFirst() == wide[1].dropFirst())
  }

  @Test func `predictions and resumed rows are as safe`() throws {
    let sandbox = try Sandbox.withNetworks()
    for name in ["set", "set/ant", "set/bee", "set/cat"] { _ = sandbox.folder.makeFolder(name) }
    for name in ["set/ant/1.jpg", "set/bee/2.jpg", "set/cat/3.jpg", "=1.jpg", "b.jpg"] {
      sandbox.addImage("photo.jpg", as: name)
    }
    let labels = ["=ant", "@bee", "-cat"]
    sandbox.add(labels.joined(separator: "\n"), as: "labels.txt")
    #expect(try sandbox.run("edit", "net.rzoo", "--labels", "labels.txt", "--output", "bad.rzoo").status == 0)
    for (old, new) in zip(["ant", "bee", "cat"], labels) {
      try FileManager.default.moveItem(
        atPath: sandbox.folder.file("set/" + old), toPath: sandbox.folder.file("set/" + new))
    }
    let outcome = try sandbox.run("evaluate", "bad.rzoo", "set", "--predictions", "p.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let rows = String(decoding: readFile(sandbox.folder.file("p.csv")), as: UTF8.self).split(separator: "\n")
      .map {
        Self.fields(String($0))
      }
    #expect(rows.count == 4)
    #expect(Set(rows.dropFirst().map { $0[1] }) == ["'=ant", "'@bee", "'-cat"])

    let whole = try sandbox.run("classify", "bad.rzoo", "=1.jpg", "b.jpg", "--output", "whole.csv")
    #expect(whole.status == 0, "\(whole.errors)")
    let bytes = readFile(sandbox.folder.file("whole.csv"))
    // A run that ended within the second row.
    let settings = try sandbox.run([
      "classify", "bad.rzoo", "=1.jpg", "b.jpg", "--output", "again.csv", "--csv-exact", "--resume",
    ])
    #expect(settings.status == 0)
    #expect(String(decoding: bytes, as: UTF8.self).contains("\n'=1.jpg,"))
    #expect(String(decoding: readFile(sandbox.folder.file("again.csv")), as: UTF8.self).contains("\n=1.jpg,"))
  }

  /// The fields of a line, as RFC 4180 has them.
  private static func fields(_ line: String) -> [String] {
    var fields = [""]
    var isQuoted = false
    let characters = Array(line.unicodeScalars)
    var index = 0
    while index < characters.count {
      let character = characters[index]
      if character == "\"", isQuoted, index + 1 < characters.count, characters[index + 1] == "\"" {
        fields[fields.count - 1].unicodeScalars.append(character)
        index += 1
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == ",", !isQuoted {
        fields.append("")
      } else {
        fields[fields.count - 1].unicodeScalars.append(character)
      }
      index += 1
    }
    return fields
  }
}

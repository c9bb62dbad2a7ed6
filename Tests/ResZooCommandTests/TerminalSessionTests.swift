import Foundation
import TestSupport
import Testing

/// Sessions on a terminal, as `script` of util-linux records them.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/script")))
struct TerminalSessionTests {
  private let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox.withNetworks()
    sandbox.addDataSet()
  }

  /// The rows that stand on a terminal of so many columns after a command has ended, and all that was written.
  private func session(
    _ line: String, columns: Int, environment: String = "TERM=xterm"
  ) throws -> (rows: [String], written: String) {
    let command = "stty cols \(columns) rows 50; env \(environment) \(Sandbox.program) \(line)"
    let outcome = try sandbox.shell(#"exec script -q -e -c "$2" /dev/null"#, command)
    var screen = Screen(columns: columns)
    screen.show(outcome.text)
    return (screen.rows.map { String($0) }, outcome.text)
  }

  @Test(arguments: [40, 80, 200]) func `the status line and rows of results never mix`(_ columns: Int) throws
  {
    let images = Array(repeating: "set/ant/1.png set/none.png", count: 20).joined(separator: " ")
    let (rows, written) = try session("classify net.rzoo \(images) --top 1", columns: columns)
    #expect(written.contains(" of 40 images"))
    #expect(!rows.contains { $0.contains("images  ") || $0.contains("of 40 images/") })
    let names = rows.filter { $0.hasPrefix("set/") }
    #expect(names == Array(repeating: ["set/ant/1.png", "set/none.png"], count: 20).flatMap(\.self))
  }

  @Test(arguments: [40, 80, 200]) func `a training's lines fit the terminal`(_ columns: Int) throws {
    let line = "train set --from net.rzoo --epochs 3 --batch 1 --output out\(columns).rzoo --validation set"
    let (rows, written) = try session(line, columns: columns)
    #expect(written.contains("epoch 1/3  1/4"))
    #expect(!rows.contains { $0.contains("/4  ") }, "\(rows)")
    #expect(rows.filter { $0.hasPrefix("epoch ") }.count == 3)
    let settings = rows.drop { !$0.hasPrefix("reszoo: settings:") }
      .prefix { $0.hasPrefix("reszoo: settings:") || $0.hasPrefix("  ") }
    #expect(settings.count > 80 / columns && settings.allSatisfy { $0.count <= columns })
  }

  @Test func `a terminal without control sequences gets none`() throws {
    let (_, written) = try session(
      "classify net.rzoo set --top 1", columns: 80, environment: "TERM=dumb")
    #expect(!written.contains("\u{1B}") && !written.contains("of 4 images"))
  }
}

/// The part of a terminal that understands what this program writes.
private struct Screen {
  let columns: Int
  private var lines: [[Character]] = [[]]
  private var row = 0
  private var column = 0

  init(columns: Int) { self.columns = columns }

  var rows: [Substring] { lines.map { String($0)[...] } }

  mutating func show(_ text: String) {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n": newLine()
      case "\u{1B}":
        rest = rest.dropFirst()
        let parameter = rest.prefix { "0123456789;".unicodeScalars.contains($0) }
        rest = rest.dropFirst(parameter.count)
        control(rest.popFirst() ?? " ", Int(String(parameter)) ?? 1)
      default: put(Character(scalar))
      }
    }
  }

  private mutating func control(_ letter: Unicode.Scalar, _ count: Int) {
    switch letter {
    case "A": row = max(0, row - count)
    case "K": lines[row].removeLast(max(0, lines[row].count - column))
    case "J":
      lines[row].removeLast(max(0, lines[row].count - column))
      lines.removeLast(lines.count - 1 - row)
    default: break
    }
  }

  private mutating func put(_ character: Character) {
    if column == columns {
      newLine()
      column = 0
    }
    while lines[row].count <= column { lines[row].append(" ") }
    lines[row][column] = character
    column += 1
  }

  private mutating func newLine() {
    row += 1
    if row == lines.count { lines.append([]) }
  }
}

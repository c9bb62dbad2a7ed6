import Foundation
import Platform
import TestSupport
import Testing

/// `classify --output` in JSONL and CSV: its rows survive an interruption.
@Suite struct ResumedRowsTests {
  private let sandbox: Sandbox
  private let list: String

  init() throws {
    sandbox = try Sandbox.withNetworks()
    sandbox.addImage("photo.jpg")
    sandbox.addImage("photo.jpg", as: "a,\"b\"\n.jpg")
    list = String(repeating: "photo.jpg\0none.jpg\0a,\"b\"\n.jpg\0", count: 700)
  }

  /// The bytes of a file; none where there is none yet.
  private func bytes(_ name: String) -> [UInt8] {
    sandbox.folder.names.contains(name) ? readFile(sandbox.folder.file(name)) : []
  }

  private func classify(_ output: String, _ more: String...) throws -> Outcome {
    try sandbox.shell(#"exec "$@""#, ["classify", "net.rzoo", "-", "--output", output] + more, input: list)
  }

  @Test(arguments: ["out.csv", "out.jsonl"]) func `an interrupted run goes on to the same file`(
    _ output: String
  ) throws {
    #expect(try classify("whole-" + output, "--top", "2").status == 1)
    let partial = output + ".partial"
    let cut = try sandbox.run(
      ["classify", "net.rzoo", "-", "--output", output, "--top", "2"], input: list, sending: SIGINT,
      once: { bytes(partial).count > 20_000 })
    #expect(!cut.exited && cut.status == SIGINT, "\(cut.errors)")
    #expect(cut.errors.contains("saved in \(partial). Run the same command with --resume to continue"))
    #expect(bytes(output).isEmpty)
    expectFailure(try classify(output, "--top", "2"), code: 65, saying: "--resume", "--restart")
    expectFailure(try classify(output, "--top", "3", "--resume"), code: 65, saying: "--top was 2 and is 3")
    // A row that is torn, as by a loss of power.
    let torn = Array(bytes(partial).dropLast(7))
    sandbox.folder.write(torn, to: partial)
    let rest = try classify(output, "--top", "2", "--resume")
    #expect(rest.status == 1, "\(rest.errors.suffix(300))")
    #expect(rest.errors.contains("700 of 2,100 images could not be read"))
    #expect(bytes(output) == bytes("whole-" + output))
    #expect(!sandbox.folder.names.contains { $0.hasPrefix(partial) })
  }

  @Test func `rows are resumed for the same model only`() throws {
    let cut = try sandbox.run(
      ["classify", "net.rzoo", "-", "--output", "out.csv"], input: list, sending: SIGINT,
      once: { bytes("out.csv.partial").count > 20_000 })
    #expect(!cut.exited)
    #expect(try sandbox.run("edit", "net.rzoo", "--preset", "cifar10").status == 0)
    expectFailure(try classify("out.csv", "--resume"), code: 65, saying: "metadata of the model was")
    sandbox.folder.write(try Samples.untrained.get(), to: "net.rzoo")
    expectFailure(try classify("out.csv", "--resume"), code: 65, saying: "weights of the model was")
    #expect(try classify("out.csv", "--restart").status == 1)
    expectFailure(try classify("out.csv", "--resume"), code: 65, saying: "nothing to resume")
  }

  @Test func `rows that no proved weights made are not continued`() throws {
    let cut = try sandbox.run(
      ["classify", "net.rzoo", "-", "--output", "out.csv"], input: list, sending: SIGINT,
      once: { bytes("out.csv.partial").count > 20_000 })
    #expect(!cut.exited)
    // As a version wrote them that took the word of a header.
    let whole = String(decoding: bytes("out.csv.partial"), as: UTF8.self)
    sandbox.add(whole.replacing("\"weights of the model\":", with: "\"model\":"), as: "out.csv.partial")
    expectFailure(
      try classify("out.csv", "--resume"), code: 65, saying: "weights of the model was not given and is ")
    sandbox.add(whole, as: "out.csv.partial")
    #expect(whole.contains("architecture of the model"))
    #expect(try classify("out.csv", "--resume").status == 1)
  }

  @Test func `rows beyond those of the images are refused`() throws {
    let cut = try sandbox.run(
      ["classify", "net.rzoo", "-", "--output", "out.jsonl"], input: list, sending: SIGINT,
      once: { bytes("out.jsonl.partial").count > 20_000 })
    #expect(!cut.exited)
    let rows = bytes("out.jsonl.partial").split(separator: 0x0A, omittingEmptySubsequences: false)
    let more = Array(repeating: rows[1] + [0x0A], count: 2101).flatMap(\.self)
    sandbox.folder.write(Array(rows[0]) + [0x0A] + more, to: "out.jsonl.partial")
    let before = bytes("out.jsonl.partial")
    expectFailure(
      try classify("out.jsonl", "--resume"), code: 65, saying: "holds 2,101 rows, and there are 2,100 images")
    #expect(bytes("out.jsonl.partial") == before)
  }
}

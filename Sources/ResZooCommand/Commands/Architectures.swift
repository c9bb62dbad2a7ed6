import ArgumentParser
import ResZoo

struct Architectures: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "architectures",
    abstract: "List every named architecture.",
    usage: "reszoo architectures [<patterns> ...] [--json]",
    discussion: """
      A pattern is a part of a name, or a whole name with * and ?. One whole name with --json prints the architecture itself, with every \
      field: a descriptor to begin with, which --descriptor of 'init', 'train' and 'convert' takes.

      EXAMPLE
        reszoo architectures 'resnet50*'
        reszoo architectures resnet50 --json > mine.json
        reszoo init --descriptor mine.json --output mine.rzoo
      """)

  @Argument(help: "Names with * and ?, or parts of names (default: all).")
  var patterns: [String] = []

  @Flag(help: "Print JSON; of one whole name the descriptor.")
  var json = false
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let text = try text()
    let sink = try Output(path: nil)
    try sink.write(text)
    try sink.finish()
  }

  private func text() throws(Failure) -> String {
    if json, patterns.count == 1, let preset = Architecture.presets.first(where: { $0.name == patterns[0] }) {
      return try reporting { String(decoding: try preset.completeJSON(), as: UTF8.self) + "\n" }
    }
    let chosen = Architecture.presets.filter {
      NamePattern.fits($0.name ?? "", patterns.map(NamePattern.init))
    }
    if chosen.isEmpty, let pattern = patterns.first {
      // A name that is known but cannot be made, or that is misspelt.
      if patterns.count == 1, !pattern.contains("*"), !pattern.contains("?") {
        do {
          _ = try Architecture.preset(named: pattern)
        } catch {
          throw Failure(.usage, "\(error)")
        }
      }
      throw Failure(.usage, "no architecture fits \(patterns.joined(separator: ", "))")
    }
    let records = try reporting { try chosen.map { try Record($0) } }
    return json ? try JSONText.pretty(records) + "\n" : Self.table(records)
  }

  private static func table(_ records: [Record]) -> String {
    Table(
      head: ["architecture", "parameters", "multiply-adds", "input", "classes"],
      rows: records.map { record in
        [
          record.name, record.parameters.grouped, record.multiplyAdds.grouped,
          record.inputSize.map(String.init).joined(separator: "×"), "\(record.classes)",
        ]
      }
    ).text
  }

  private struct Record: Encodable {
    var name: String
    /// The number of trainable parameters.
    var parameters: Int
    var multiplyAdds: Int
    /// Channels, height, width.
    var inputSize: [Int]
    var classes: Int

    init(_ architecture: Architecture) throws(DescriptorError) {
      name = architecture.name ?? ""
      inputSize = [architecture.input.channels, architecture.input.height, architecture.input.width]
      classes = architecture.classes
      let graph = try Graph(architecture)
      parameters = graph.parameterCount
      multiplyAdds = try graph.multiplyAdds()
    }
  }
}

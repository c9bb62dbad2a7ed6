import ArgumentParser
import ResZoo

struct Architectures: TalkingCommand {
  static let configuration = CommandConfiguration(
    abstract: "List every named architecture.",
    usage: "reszoo architectures [--json]",
    discussion: """
      EXAMPLE
        reszoo architectures --json
      """)

  @Flag(help: "Print JSON.")
  var json = false
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let records = try Architecture.presets.map { try Record($0) }
    let sink = try Output(path: nil)
    try sink.write(json ? JSONText.pretty(records) + "\n" : Self.table(records))
    try sink.finish()
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

import Foundation
import Testing

/// `architectures`, `bench`, help and version.
@Suite struct CatalogueTests {
  /// The subcommands with their arguments, as the program itself lists them.
  static let commands: [Command] = {
    struct Catalogue: Decodable {
      var command: Command
    }
    let outcome = try? Sandbox().run("--experimental-dump-help")
    let catalogue = outcome.flatMap { try? JSONDecoder().decode(Catalogue.self, from: Data($0.output)) }
    return (catalogue?.command.subcommands ?? []).filter { $0.commandName != "help" }
  }()

  struct Command: Decodable, Sendable, CustomTestStringConvertible {
    struct Argument: Decodable, Sendable {
      struct Name: Decodable, Sendable {
        var name: String
      }

      var kind: String
      var isOptional: Bool
      var names: [Name]?
      var abstract: String?
      var defaultValue: String?
    }

    var commandName: String
    var subcommands: [Command]?
    var arguments: [Argument]?

    var testDescription: String { commandName }
  }

  @Test(arguments: ["-9223372036854775808", "-1", "0", "9223372036854775807"])
  func `a senseless number of columns ends no help`(_ columns: String) throws {
    let outcome = try Sandbox().shell(#"COLUMNS=\#(columns) exec "$@""#, "classify", "--help")
    #expect(outcome.status == 0 && outcome.text.contains("USAGE"), "\(outcome.errors)")
  }

  @Test func `the catalogue of commands is complete`() {
    #expect(Self.commands.count > 20)
    #expect(Self.commands.contains { $0.commandName == "lr-find" })
  }

  @Test(arguments: commands) func `help has an example and fits eighty columns`(_ command: Command) throws {
    let outcome = try Sandbox().run(command.commandName, "--help")
    expectQuietSuccess(outcome)
    #expect(outcome.text.contains("EXAMPLE"))
    #expect(outcome.text.contains("  reszoo \(command.commandName) "))
    for line in outcome.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test(arguments: commands) func `every optional value has its default in the help`(_ command: Command) {
    for argument in command.arguments ?? [] where argument.kind == "option" && argument.isOptional {
      #expect(
        argument.defaultValue != nil || argument.abstract?.contains("(default") == true,
        "\(command.commandName) --\(argument.names?.last?.name ?? "")")
    }
  }

  @Test func `help names every command and exit code`() throws {
    let outcome = try Sandbox().run("--help")
    expectQuietSuccess(outcome)
    for command in Self.commands { #expect(outcome.text.contains("\n  \(command.commandName) ")) }
    for code in [0, 1, 64, 65, 66, 69, 70, 73, 74] { #expect(outcome.text.contains("\n  \(code) ")) }
    for line in outcome.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test(arguments: ["train", "finetune"]) func `help has every optimizer's usual rate`(command: String) throws
  {
    let words = try Sandbox().run(command, "--help").text.split(whereSeparator: \.isWhitespace)
    let text = words.joined(separator: " ")
    #expect(text.contains("0.1 for sgd, 0.001 for adam, adamw and lamb, 0.01 for rmsprop"))
    #expect(text.contains("finetune: 0.01 for sgd and lamb, 0.001 for adam, adamw and rmsprop"))
    #expect(text.contains("finetune: 0.0001 for sgd, 0 for adam and rmsprop, 0.01 for adamw and lamb"))
  }

  @Test func `the version names that of the checkpoint format`() throws {
    let outcome = try Sandbox().run("--version")
    expectQuietSuccess(outcome)
    #expect(outcome.text.contains(#/^reszoo \d+\.\d+\.\d+, checkpoint format \d+\n$/#))
  }

  @Test func `architectures have their published counts`() throws {
    let outcome = try Sandbox().run("architectures", "--json")
    expectQuietSuccess(outcome)
    let records = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [[String: Any]])
    let named = Dictionary(uniqueKeysWithValues: records.map { ($0["name"] as? String ?? "", $0) })
    for (name, count) in [
      ("resnet18", 11_689_512), ("resnet50", 25_557_032), ("resnext50_32x4d", 25_028_904),
      ("wide_resnet101_2", 126_886_696), ("cifar_resnet20", 269_722), ("small_resnet18", 175_258),
    ] {
      #expect(named[name]?["parameters"] as? Int == count, "\(name)")
    }
    #expect(named["resnet50"]?["input_size"] as? [Int] == [3, 224, 224])
    #expect(named["cifar_resnet20"]?["classes"] as? Int == 10)
    for (name, record) in named { #expect((record["multiply_adds"] as? Int ?? 0) > 0, "\(name)") }
    let text = try Sandbox().run("architectures")
    expectQuietSuccess(text)
    let lines = text.text.split(separator: "\n")
    #expect(lines.count == records.count + 1)
    #expect(lines.contains { $0.hasPrefix("small_resnet18 ") && $0.contains(" 175,258  ") })
  }

  @Test func `bench prints its documented fields`() throws {
    let sandbox = try Sandbox.withNetworks()
    let outcome = try sandbox.run(
      "bench", "net.rzoo", "--batch", "2", "--threads", "1", "--seconds", "0.01", "--size", "16", "--json")
    expectQuietSuccess(outcome)
    let record = try outcome.json
    for field in ["min_ms", "median_ms", "images_per_second", "peak_bytes"] {
      #expect(try #require(record[field] as? Double, "\(field)") > 0)
    }
    #expect(record["batch"] as? Int == 2)
    let opened = try sandbox.run("bench", "net.rzoo", "--open", "--json").json
    #expect(try #require(opened["open_ms"] as? Double) > 0)
    let loaded = try sandbox.run("bench", "net.rzoo", "--load", "--json").json
    #expect(try #require(loaded["load_ms"] as? Double) > 0)
    let unasked = try sandbox.run("bench", "net.rzoo", "--seconds", "0.01", "--optimize", "latency")
    #expect(
      unasked.text.contains(" images/s\ntime ") && unasked.text.contains("with 8 images\nmemory  at most "))
  }
}

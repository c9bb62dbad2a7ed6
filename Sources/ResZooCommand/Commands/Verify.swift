import ArgumentParser
import ResZoo

struct Verify: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that checkpoints are sound.",
    usage: "reszoo verify <files> ... [<options>]",
    discussion: """
      Every checksum is compared, every tensor decoded, the content root computed again, and the tensors are compared with the \
      architecture; for a delta, its base is checked too. Signatures are checked with the keys in the file, which shows that the \
      file is unchanged, not who signed it: that takes --public-key, and the line of each file then begins with 'signed by KEY'. The \
      exit code is 0 only when all files are sound. --json prints an object for each file, one on a line.

      EXAMPLE
        reszoo verify models/*.rzoo
        reszoo verify birds.rzoo --public-key signing.pub.pem --run
      """)

  @Argument(help: "Checkpoints (.rzoo).", completion: .checkpoint)
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Key that must have signed the files: 64 hexadecimal digits, or a file of them or PEM (default: none).",
      valueName: "key"), completion: .file(extensions: ["pem"]))
  var publicKey: String?

  @Flag(
    name: .customLong("run"),
    help:
      "Run the network on the input of its golden trace, which each file must have, and compare the logits.")
  var replaysTrace = false

  @Flag(help: "Print an object of JSON for each file, also for those that are not sound.")
  var json = false

  @OptionGroup var bases: BaseOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let key = try publicKey.map(Operand.verifyingKey)
    let sink = try Output(path: nil)
    var failures: [Failure] = []
    for file in files {
      let record: VerificationRecord
      do {
        record = try verify(file, key: key)
      } catch {
        let failure = Failure(error, input: file)
        failure.report()
        failures.append(failure)
        record = VerificationRecord(file, error, failure)
      }
      if json {
        try sink.write(JSONText.line(record) + "\n")
      } else if record.sound {
        try sink.writeLine(record.line)
      }
    }
    try sink.finish()
    if let first = failures.first {
      throw files.count == 1
        ? Failure(silent: first)
        : Failure(
          .partial,
          """
          \(failures.count) of \(files.count.counted("file")) are not sound\(key == nil ? "" : ", or not signed by that key")
          """)
    }
  }

  /// - Returns: the record of a sound file.
  private func verify(_ file: String, key: VerifyingKey?) throws -> VerificationRecord {
    let path = try ModelOperand.path(of: file)
    let stack = try Terminal.timed("\(path): opened") {
      try CheckpointStack(path: path, bases: bases.search).proven()
    }
    try stack.verify()
    try stack.index.checkSignatures(by: key)
    let model = try Model(stack)
    return VerificationRecord(
      file, stack, model, key: key, traceDeviation: replaysTrace ? try replay(model, file: file) : nil)
  }

  /// - Returns: the deviation by the largest logit.
  private func replay(_ model: Model, file: String) throws -> Double {
    guard let trace = model.descriptor.trace else {
      throw Failure(.data, "\(file): has no golden trace to replay; 'reszoo edit --trace SEED' records one")
    }
    let deviation = try trace.replay(on: model)
    let tolerance = GoldenTrace.tolerance(for: model.descriptor.architecture)
    guard deviation <= tolerance else {
      throw Failure(
        .data,
        """
        \(file): its golden trace differs by \(deviation) of the largest logit; the limit is \(tolerance)
        """
      )
    }
    return Double(deviation)
  }
}

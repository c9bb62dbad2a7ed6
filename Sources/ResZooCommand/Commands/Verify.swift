import ArgumentParser
import ResZoo

struct Verify: TalkingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that checkpoints are sound.",
    usage: "reszoo verify <files> ... [<options>]",
    discussion: """
      Every checksum is compared, every tensor decoded, the content root computed again, and the tensors are compared with the \
      architecture; for a delta, its base is checked too. Signatures are checked with the keys in the file, which shows that the \
      file is unchanged, not who signed it: that takes --public-key. The exit code is 0 only when all files are sound.

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

  @OptionGroup var bases: BaseOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let key = try publicKey.map(Operand.verifyingKey)
    let sink = try Output(path: nil)
    var failures: [Failure] = []
    for file in files {
      do throws(Failure) {
        try sink.write("\(file): sound, " + (try verify(file, key: key)).joined(separator: ", ") + "\n")
      } catch {
        error.report()
        failures.append(error)
      }
    }
    try sink.finish()
    if let first = failures.first {
      throw files.count == 1
        ? Failure(silent: first)
        : Failure(.partial, "\(failures.count) of \(files.count.counted("file")) are not sound")
    }
  }

  /// - Returns: the findings about a sound file.
  private func verify(_ file: String, key: VerifyingKey?) throws(Failure) -> [String] {
    let stack = try openStack(file, bases: bases)
    let model = try reporting(file) {
      try stack.verify()
      try stack.index.checkSignatures(by: key)
      return try Model(stack)
    }
    var words = [
      model.graph.architecture.name ?? "custom architecture",
      "\(model.graph.parameterCount.grouped) parameters",
    ]
    if stack.layers.count > 1 {
      words.append("delta of " + stack.layers.dropFirst().map(\.path).joined(separator: " and "))
    }
    if let key {
      words.append("signed by \(key.hex)")
    } else {
      words += unaskedSignatures(of: stack.index)
    }
    if replaysTrace { words.append(try replay(model, file: file)) }
    return words
  }

  /// The claims of signatures that nobody asked for.
  private func unaskedSignatures(of index: CheckpointIndex) -> [String] {
    let signers = index.knownSignatures.map(\.publicKeyHex).joined(separator: " and ")
    let others = index.signatures.count - index.knownSignatures.count
    var words: [String] = []
    if !signers.isEmpty {
      words.append("says that it is signed by \(signers) (--public-key checks by whom)")
    }
    if others > 0 {
      words.append("\(others.counted("signature")) of algorithms that this version does not know")
    }
    return words
  }

  private func replay(_ model: Model, file: String) throws(Failure) -> String {
    guard let trace = model.descriptor.trace else {
      throw Failure(.data, "\(file): has no golden trace to replay; 'reszoo edit --trace SEED' records one")
    }
    let deviation = try reporting(file) { try trace.replay(on: model) }
    guard deviation <= GoldenTrace.tolerance else {
      throw Failure(
        .data,
        """
        \(file): its golden trace differs by \(deviation) of the largest logit; the limit is \(GoldenTrace.tolerance)
        """
      )
    }
    return "golden trace replayed, off by \(deviation) of the largest logit"
  }
}

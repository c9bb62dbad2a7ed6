import ArgumentParser
import ResZoo

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that checkpoints are sound.",
    discussion: """
      Every checksum is compared, every tensor decoded, the content root computed anew, and the tensors are held against
      the architecture; of a delta, the base too. Signatures are checked against the keys beside them, which tells whether
      the file was changed, not who signed: that takes --public-key. The exit code is 0 only when all files are sound.

      EXAMPLE
        reszoo verify models/*.rzoo
        reszoo verify birds.rzoo --public-key signing.pub.pem --run
      """)

  @Argument(help: "Checkpoints (.rzoo).")
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Whose signature the files must have: PEM, or 64 hexadecimal digits.", valueName: "public.pem"))
  var publicKey: String?

  @Flag(
    name: .customLong("run"),
    help: "Replay the golden trace that each file must have, and compare the logits.")
  var replaysTrace = false

  @OptionGroup var bases: BaseOptions

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
        : Failure(.partial, "\(failures.count) of \(files.count) files are not sound")
    }
  }

  /// - Returns: what is to be said of a sound file.
  private func verify(_ file: String, key: VerifyingKey?) throws(Failure) -> [String] {
    let stack = try openStack(file, bases: bases)
    do {
      try stack.verify()
      try stack.index.checkSignatures(by: key)
    } catch {
      throw Failure(error, path: file)
    }
    let model: Model
    do {
      model = try Model(stack)
    } catch {
      throw Failure(error, path: file)
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
    } else if !stack.index.signatures.isEmpty {
      let signers = stack.index.signatures.map(\.publicKeyHex).joined(separator: " and ")
      words.append("says that it is signed by \(signers) (--public-key checks by whom)")
    }
    if replaysTrace { words.append(try replay(model, file: file)) }
    return words
  }

  private func replay(_ model: Model, file: String) throws(Failure) -> String {
    guard let trace = model.descriptor.trace else {
      throw Failure(.data, "\(file): has no golden trace to replay; 'reszoo edit --trace SEED' records one")
    }
    let deviation: Double
    do {
      deviation = try trace.replay(on: model)
    } catch {
      throw Failure(error, path: file)
    }
    guard deviation <= GoldenTrace.tolerance else {
      throw Failure(
        .data,
        "\(file): the answer to its golden trace is off by \(deviation) of the largest logit, where \(GoldenTrace.tolerance) is allowed"
      )
    }
    return "golden trace replayed, off by \(deviation) of the largest logit"
  }
}

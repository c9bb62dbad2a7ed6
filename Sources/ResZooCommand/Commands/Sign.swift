import ArgumentParser
import Files
import ResZoo

struct Sign: ReplacingCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Sign a checkpoint.",
    usage: "reszoo sign <file> --key <private.pem> [<options>]",
    discussion: """
      The signature covers the architecture, the metadata and the content root: it holds for the same model in any codec, as a \
      delta and complete. The file is verified first. A file may have signatures by several keys.

      EXAMPLE
        reszoo sign birds.rzoo --key signing.pem
        reszoo verify birds.rzoo --public-key signing.pub.pem
      """)

  @Argument(help: "A checkpoint (.rzoo).", completion: .checkpoint)
  var file: String

  @Option(
    help: ArgumentHelp(
      "Private Ed25519 key: PEM, as 'reszoo keygen' or 'openssl genpkey -algorithm ed25519' make it, or 64 hexadecimal digits.",
      valueName: "private.pem"), completion: .file(extensions: ["pem"]))
  var key: String

  @Option(
    help: ArgumentHelp("File for the signed checkpoint (default: in place).", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var bases: BaseOptions
  @OptionGroup var replacement: ReplacementOptions
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let target = output ?? file
    let stack = try openStack(file, bases: bases)
    try Operand.keep([key] + bases.base, from: target, editing: file)
    let key = try Operand.signingKey(key)
    try reporting(file, output: target) {
      try stack.verify()
      try stack.index.checkSignatures()
      let signature = try stack.index.signature(by: key)
      let others = stack.index.signatures.filter { $0.publicKey != signature.publicKey }
      try stack.layers[0].rewrite(signatures: others + [signature], to: target)
    }
    Terminal.note("\(target): signed by \(key.verifyingKey.hex)")
  }
}

struct Keygen: TalkingCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen",
    abstract: "Make a pair of Ed25519 keys to sign checkpoints with.",
    usage: "reszoo keygen --key <private.pem> --public-key <public.pem>",
    discussion: """
      Only you can read the file of the private key, which is not encrypted: keep it in a safe place, and give the public key \
      away. No file is ever replaced.

      EXAMPLE
        reszoo keygen --key signing.pem --public-key signing.pub.pem
      """)

  @Option(
    help: ArgumentHelp("File for the private key.", valueName: "private.pem"),
    completion: .file(extensions: ["pem"]))
  var key: String

  @Option(
    help: ArgumentHelp("File for the public key.", valueName: "public.pem"),
    completion: .file(extensions: ["pem"]))
  var publicKey: String
  @OptionGroup var messages: MessageOptions

  func run() throws {
    let pair = SigningKey()
    try reporting(output: key) {
      try NewFile.create(key, mode: 0o600, content: Array(pair.pem.utf8))
    }
    do {
      try NewFile.create(publicKey, mode: 0o644, content: Array(pair.verifyingKey.pem.utf8))
    } catch {
      NewFile.remove(key)
      throw Failure(error, output: publicKey)
    }
    Terminal.note("\(publicKey): \(pair.verifyingKey.hex)")
  }
}

extension Operand {
  private static let keyLimit = 1 << 14

  private static func keyBytes(_ path: String) throws(Failure) -> [UInt8] {
    try reporting(path) {
      let file = try InputFile(path: path)
      OpenedModels.keep(file)
      return try file.readAll(limit: keyLimit)
    }
  }

  /// A private key.
  static func signingKey(_ path: String) throws(Failure) -> SigningKey {
    let text = try keyBytes(path)
    return try reporting(path) { try SigningKey(text: text) }
  }

  /// A public key: a file, or the key itself in 64 hexadecimal digits.
  static func verifyingKey(_ given: String) throws(Failure) -> VerifyingKey {
    let isKey = given.utf8.count == 64 && given.allSatisfy(\.isHexDigit)
    let text = isKey ? Array(given.utf8) : try keyBytes(given)
    return try reporting(given) { try VerifyingKey(text: text) }
  }
}

import ArgumentParser
import Files
import ResZoo

struct Sign: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sign a checkpoint.",
    discussion: """
      The signature is over the architecture, the metadata and the content root: it holds for the same model whatever its
      codec, as a delta and whole. The file is verified first. A file may have signatures by several keys.

      EXAMPLE
        reszoo sign birds.rzoo --key signing.pem
        reszoo verify birds.rzoo --public-key signing.pub.pem
      """)

  @Argument(help: "A checkpoint (.rzoo).")
  var file: String

  @Option(
    help: ArgumentHelp(
      "A private Ed25519 key: PEM, as 'reszoo keygen' and 'openssl genpkey -algorithm ed25519' make it, or 64 hexadecimal digits.",
      valueName: "private.pem"))
  var key: String

  @Option(help: ArgumentHelp("Where the signed checkpoint goes; in place by default.", valueName: "file"))
  var output: String?

  @OptionGroup var bases: BaseOptions

  func run() throws {
    let target = output ?? file
    try Operand.keep([key] + bases.base, from: target)
    let key = try Operand.signingKey(key)
    let stack = try openStack(file, bases: bases)
    do {
      try stack.verify()
      try stack.index.checkSignatures()
      let signature = try stack.index.signature(by: key)
      let others = stack.index.signatures.filter { $0.publicKey != signature.publicKey }
      try stack.layers[0].rewrite(signatures: others + [signature], to: target)
    } catch {
      throw Failure(error, input: file, output: target)
    }
    Terminal.error("reszoo: \(target): signed by \(key.verifyingKey.hex)")
  }
}

struct Keygen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a pair of Ed25519 keys to sign checkpoints with.",
    discussion: """
      The private key can be read by you alone and is not encrypted: keep it where nobody else gets at it, and give the
      public one away. No file is ever replaced.

      EXAMPLE
        reszoo keygen --key signing.pem --public-key signing.pub.pem
      """)

  @Option(help: ArgumentHelp("Where the private key goes.", valueName: "private.pem"))
  var key: String

  @Option(help: ArgumentHelp("Where the public key goes.", valueName: "public.pem"))
  var publicKey: String

  func run() throws {
    let pair = SigningKey()
    do {
      try NewFile.create(key, mode: 0o600, content: Array(pair.pem.utf8))
    } catch {
      throw Failure(output: error)
    }
    do {
      try NewFile.create(publicKey, mode: 0o644, content: Array(pair.verifyingKey.pem.utf8))
    } catch {
      NewFile.remove(key)
      throw Failure(output: error)
    }
    Terminal.error("reszoo: \(publicKey): \(pair.verifyingKey.hex)")
  }
}

extension Operand {
  private static let keyLimit = 1 << 14

  /// A private key.
  static func signingKey(_ path: String) throws(Failure) -> SigningKey {
    let text = try bytes(path, limit: keyLimit)
    do {
      return try SigningKey(text: text)
    } catch {
      throw Failure(error, path: path)
    }
  }

  /// A public key.
  static func verifyingKey(_ path: String) throws(Failure) -> VerifyingKey {
    let text = try bytes(path, limit: keyLimit)
    do {
      return try VerifyingKey(text: text)
    } catch {
      throw Failure(error, path: path)
    }
  }
}

import ArgumentParser
import Messages
import ResZoo

/// The verdict on a checkpoint, as a line of text and as JSON.
struct VerificationRecord: Encodable {
  /// The reason why a file is not sound, or is not what was asked for.
  struct Fault: Encodable {
    /// The error's code (FORMAT §10, NETWORK §1.2), where it has one.
    var code: String?
    var message: String
    var exitCode: Int32
  }

  var file: String
  /// True if the file is sound, and signed by the key of `--public-key` where there is one.
  var sound: Bool
  /// The key of `--public-key`, if it signed the file.
  var signedBy: String?
  /// The keys that the file says it is signed by and that nobody vouches for.
  var uncheckedSigners: [String]?
  /// The number of signatures of algorithms that this version does not know, whose keys say nothing.
  var unknownSignatures: Int?
  var architecture: String?
  var parameters: Int?
  var contentRoot: String?
  /// The files that a delta was put together with.
  var bases: [String]?
  /// The largest deviation of the golden trace, by the largest logit, where it was replayed.
  var traceDeviation: Double?
  /// The sections of a signed file and its bases that no signature covers, in words.
  var unsignedSections: String?
  var error: Fault?

  /// The record of a sound file.
  init(_ file: String, _ stack: CheckpointStack, _ model: Model, key: VerifyingKey?, traceDeviation: Double?)
  {
    self.file = file
    sound = true
    signedBy = key?.hex
    let known = stack.index.knownSignatures
    uncheckedSigners = known.map(\.publicKeyHex).filter { $0 != key?.hex }
    unknownSignatures = stack.index.signatures.count - known.count
    architecture = model.graph.architecture.name
    parameters = model.graph.parameterCount
    contentRoot = stack.index.contentRootHex
    bases = stack.layers.count > 1 ? stack.layers.dropFirst().map(\.path) : nil
    self.traceDeviation = traceDeviation
    unsignedSections = stack.unsignedSections
  }

  /// The record of a file that is not sound, or not signed as was asked.
  init(_ file: String, _ error: any Error, _ failure: Failure) {
    self.file = file
    sound = false
    self.error = Fault(
      code: Self.code(of: error), message: failure.message?.optionText ?? "",
      exitCode: failure.exitCode.rawValue)
  }

  private static func code(of error: any Error) -> String? {
    switch error {
    case let error as CheckpointError: "\(error.code)"
    case let error as DescriptorError: ModelError.descriptor(error).codeName
    case let error as ModelError: error.codeName
    default: nil
    }
  }

  /// The line of a sound file. It begins with the key that signed the file, where one was asked for: what a file says of itself comes
  /// after.
  var line: Remark {
    let verdict: Remark = signedBy.map { "signed by \($0): " } ?? ""
    var line: Remark =
      "\(verdict)\(Self.word(file)): sound, \(architecture.map(Self.word) ?? "custom architecture"), \((parameters ?? 0).grouped) parameters"
    if let bases { line += ", delta of \(bases.map(Self.word).joined(separator: " and "))" }
    if signedBy == nil, let signers = uncheckedSigners, !signers.isEmpty {
      line +=
        ", says that it is signed by \(signers.joined(separator: " and ")) (--public-key checks by whom)"
    }
    if let unknownSignatures, unknownSignatures > 0 {
      line += ", \(unknownSignatures.counted("signature")) of algorithms that this version does not know"
    }
    if let unsignedSections { line += ", \(unsignedSections)" }
    if let traceDeviation {
      line += ", golden trace replayed, off by \(traceDeviation) of the largest logit"
    }
    return line
  }

  /// A name as a line of facts has it: in quotation marks unless it is one word, which no part of a sentence looks like.
  static func word(_ name: String) -> String {
    // Of other scripts there are letters that look like a space or a colon.
    let isPlain = name.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-+/~@%=".unicodeScalars.contains($0))
    }
    return isPlain && !name.isEmpty
      ? name : "'\(name.unicodeScalars.map { $0 == "'" ? "\\u{27}" : "\($0)" }.joined())'"
  }
}

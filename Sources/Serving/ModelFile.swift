public import CheckpointFormat
import Inference
import ResNetModel
import ResZoo

/// A checkpoint to be served, and what it must be.
public struct ModelFile: Sendable {
  /// The name that requests use.
  public var name: String
  /// The checkpoint.
  public var path: String
  /// Files that may be bases of it, beside those that are found.
  public var bases: [String]
  /// The key that must have signed it; nil for any file.
  public var publicKey: VerifyingKey?

  /// A checkpoint to be served.
  public init(name: String, path: String, bases: [String] = [], publicKey: VerifyingKey? = nil) {
    self.name = name
    self.path = path
    self.bases = bases
    self.publicKey = publicKey
  }

  /// Reads the checkpoint and prepares the network: bases that were found are proven, and a key that is asked for is checked for what is
  /// loaded.
  ///
  /// - Throws: the errors of checkpoints and networks.
  func load(_ options: Classifier.Options) throws -> Classifier {
    let stack = try CheckpointStack(path: path, bases: BaseSearch(files: bases))
      .trusted(signedBy: publicKey, threads: options.threads)
    return try Classifier(Model(stack, threads: options.threads), options: options)
  }
}

import CheckpointFormat
import Datasets
import ImageInput
import Importers
import ModelDescriptor
import OpenInference
import ResNetModel
import ResZoo
import Serving
import WeightFiles

/// A reader of some container, to be fed with any bytes at all. What the reader promises of input that it accepts is checked with
/// `precondition`, so that a broken promise ends the process as a trap in the reader would.
public struct FuzzTarget: Sendable {
  /// What the command line and the folders of the corpus call it.
  public let name: String
  /// The files that an input stands for: itself, or built of it, with checksums that are right, as nobody hits them by chance.
  private let files: @Sendable ([UInt8]) -> [[UInt8]]
  private let read: @Sendable ([UInt8]) throws -> Void

  init(
    _ name: String, files: @escaping @Sendable ([UInt8]) -> [[UInt8]] = { [$0] },
    read: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.files = files
    self.read = read
  }

  /// Every target. A new one is an entry here.
  public static let all: [FuzzTarget] = weights + checkpoints + [image, shards, embeddingIndex, request, rpc]

  /// Reads what the input stands for.
  ///
  /// - Returns: for each file the code of the error, or nil when it was accepted.
  @discardableResult
  public func feed(_ input: [UInt8]) -> [String?] {
    files(input).map { file in
      do {
        try read(file)
        return nil
      } catch {
        return Self.code(of: error)
      }
    }
  }

  /// The code of an error of one of the readers; any other would be a broken promise.
  private static func code(of error: any Error) -> String {
    switch error {
    case let error as WeightFileError: return error.code.rawValue
    case let error as ImportError: return error.code.description
    case let error as CheckpointError: return error.code.description
    case let error as DatasetError: return error.code.rawValue
    case let error as ImageError: return error.code.description
    case let error as DescriptorError: return error.code.rawValue
    case let error as SimilarityError: return error.code.rawValue
    case let error as ServingError: return error.code.rawValue
    case let error as ModelError: return "\(error)".isEmpty ? "" : "model"
    default: preconditionFailure("an error without a code: \(error)")
    }
  }
}

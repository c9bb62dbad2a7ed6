import Crypto
import Foundation
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// The files of spec/vectors, which every reader must read or refuse alike (FORMAT §16). `tools/make_vectors.py` makes them.
@Suite struct VectorTests {
  static let folder =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/spec/vectors"

  struct Manifest: Decodable {
    var valid: [ValidVector]
    var invalid: [InvalidVector]
  }

  struct ValidVector: Decodable, Sendable {
    struct Content: Decodable, Equatable {
      var name: String
      var type: String
      var shape: [Int]
      var sha256: String
    }

    var file: String
    var minimumReaderVersion: UInt16
    var writerVersion: UInt16
    var contentRoot: String
    var tensors: [Content]
  }

  struct InvalidVector: Decodable, Sendable {
    var file: String
    var section: String
    var error: String
    var offset: UInt64?
    var tensor: String?
  }

  private func manifest() throws -> Manifest {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Manifest.self, from: Data(readFile(Self.folder + "/manifest.json")))
  }

  @Test func validVectorsHoldWhatTheManifestSays() throws {
    let vectors = try manifest().valid
    #expect(vectors.count >= 60)
    for vector in vectors {
      do throws(CheckpointError) {
        let reader = try CheckpointReader(path: Self.folder + "/" + vector.file)
        try reader.verify()
        let tensors = try reader.loadTensors()
        #expect(reader.index.minimumReaderVersion == vector.minimumReaderVersion, "\(vector.file)")
        #expect(reader.index.formatVersion == vector.writerVersion, "\(vector.file)")
        #expect(reader.index.contentRootHex == vector.contentRoot, "\(vector.file)")
        let contents = reader.index.entries.map { entry in
          ValidVector.Content(
            name: entry.name, type: entry.elementType.rawValue, shape: entry.shape.dimensions,
            sha256: hexadecimal(Array(SHA256.hash(data: tensors[entry.name]?.byteArray ?? []))))
        }
        #expect(contents == vector.tensors, "\(vector.file)")
      } catch {
        Issue.record("\(vector.file): \(error.code), \(error)")
      }
    }
  }

  @Test func invalidVectorsAreRefusedWithTheCodeAndOffsetOfTheManifest() throws {
    let vectors = try manifest().invalid
    #expect(vectors.count >= 150)
    for vector in vectors {
      let path = Self.folder + "/" + vector.file
      // Loading knows no content root, so that verifying alone finds what only that shows.
      let errors = [
        fault(verifying: path, asking: vector.tensor), fault(loading: path, asking: vector.tensor),
      ]
      for error in vector.error == "contentRootMismatch" ? Array(errors.prefix(1)) : errors {
        #expect(error?.code.description == vector.error, "\(vector.file): \(error?.message ?? "accepted")")
        #expect(error?.offset == vector.offset, "\(vector.file): \(error?.message ?? "accepted")")
      }
    }
  }

  /// Codes that depend on the machine, or that a writer alone raises, are no file's.
  @Test func everyCodeOfAFileHasAVector() throws {
    let others: Set<String> = [
      "permissionDenied", "readFailed", "folderNotFound", "diskFull", "writeFailed", "invalidInput",
    ]
    let expected = Set(CheckpointError.Code.allCases.map(\.description)).subtracting(others)
    #expect(Set(try manifest().invalid.map(\.error)) == expected)
  }

  private func fault(verifying path: String, asking tensor: String?) -> CheckpointError? {
    do throws(CheckpointError) {
      let reader = try CheckpointReader(path: path)
      if let tensor { _ = try reader.loadTensors(names: [tensor]) }
      try reader.verify(threads: 1)
      return nil
    } catch {
      return error
    }
  }

  private func fault(loading path: String, asking tensor: String?) -> CheckpointError? {
    do throws(CheckpointError) {
      _ = try CheckpointReader(path: path).loadTensors(threads: 1, names: tensor.map { [$0] })
      return nil
    } catch {
      return error
    }
  }
}

import Crypto
import Foundation
import Messages
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// The files of spec/vectors, which every reader must read or refuse alike (FORMAT §16). `tools/fixtures/make_vectors.py` makes them.
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
    var base: String?
    var publicKey: String?
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
    var base: String?
    var publicKey: String?
  }

  private func manifest() throws -> Manifest {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Manifest.self, from: Data(readFile(Self.folder + "/manifest.json")))
  }

  @Test func validVectorsHoldWhatTheManifestSays() throws {
    let vectors = try manifest().valid
    #expect(vectors.count >= 133)
    for vector in vectors {
      do throws(CheckpointError) {
        let stack = try open(vector.file, base: vector.base)
        try stack.verify()
        try checkSignatures(stack, publicKey: vector.publicKey)
        let tensors = try stack.loadTensors()
        #expect(stack.index.minimumReaderVersion == vector.minimumReaderVersion, "\(vector.file)")
        #expect(stack.index.formatVersion == vector.writerVersion, "\(vector.file)")
        #expect(stack.index.contentRootHex == vector.contentRoot, "\(vector.file)")
        let contents = stack.tensors.map(\.entry).map { entry in
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
    #expect(vectors.count >= 460)
    for vector in vectors {
      // Loading knows no content root and no signature, so that verifying alone finds what only those show.
      let isLoadable = vector.error == "contentRootMismatch" || vector.section == "12.3"
      for error in [fault(verifying: vector)] + (isLoadable ? [] : [fault(loading: vector)]) {
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

  /// Bases are looked for where FORMAT §16 says: the file that is named, and the folder of the delta.
  private func open(_ file: String, base: String?) throws(CheckpointError) -> CheckpointStack {
    let files = [base].compactMap(\.self).map { Self.folder + "/" + $0 }
    return try CheckpointStack(
      path: Self.folder + "/" + file, bases: BaseSearch(files: files, folders: []))
  }

  private func checkSignatures(_ stack: CheckpointStack, publicKey: String?) throws(CheckpointError) {
    guard let publicKey else { return try stack.index.checkSignatures() }
    try stack.index.checkSignatures(by: VerifyingKey(text: Array(publicKey.utf8)))
  }

  private func fault(verifying vector: InvalidVector) -> CheckpointError? {
    do throws(CheckpointError) {
      let key = try vector.publicKey.map { text throws(CheckpointError) in
        try VerifyingKey(text: Array(text.utf8))
      }
      let stack = try open(vector.file, base: vector.base)
      if let tensor = vector.tensor { _ = try stack.layers[0].loadTensors(names: [tensor]) }
      try stack.verify(threads: 1)
      try stack.index.checkSignatures(by: key)
      return nil
    } catch {
      return error
    }
  }

  private func fault(loading vector: InvalidVector) -> CheckpointError? {
    do throws(CheckpointError) {
      let stack = try open(vector.file, base: vector.base)
      if let tensor = vector.tensor {
        _ = try stack.layers[0].loadTensors(threads: 1, names: [tensor])
      } else {
        _ = try stack.loadTensors(threads: 1)
      }
      return nil
    } catch {
      return error
    }
  }
}

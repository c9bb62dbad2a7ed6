import Foundation
package import Importers
import ModelDescriptor
package import ResNetModel
import TensorCore
import TestSupport

/// Files of weights to import, most of them made by `tools/fixtures/make_safetensors_fixtures.py`.
package enum Specimen {
  package static func path(_ name: String) -> String { WeightFixtures.path(name) }

  /// The network that all fixtures hold.
  package static func model() throws -> Model { try importWeights(path("tiny")).model }

  /// Options that name the architecture, which the fixtures do not.
  package static func options() throws -> ImportOptions {
    ImportOptions(architecture: try model().descriptor.architecture)
  }

  package static func load(_ name: String) throws -> ImportReport {
    try importWeights(path(name), options: try options())
  }
}

/// A safetensors file as a test looks at it, without the library's reader.
package enum SafetensorsText {
  package static func header(of path: String) -> String {
    let bytes = readFile(path)
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    return String(decoding: bytes[8..<8 + length], as: UTF8.self)
  }

  /// The length of a header as a file begins with it.
  package static func length(_ count: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
  }

  /// The tensors' bytes by name.
  package static func tensors(in path: String) throws -> [String: [UInt8]] {
    struct Record: Decodable {
      var offsets: [Int]?
      enum CodingKeys: String, CodingKey { case offsets = "data_offsets" }
    }
    let bytes = readFile(path)
    let header = header(of: path)
    let data = bytes[(8 + header.utf8.count)...]
    return try JSONDecoder().decode([String: Record].self, from: Data(header.utf8)).compactMapValues {
      record in
      record.offsets.map { Array(data[data.startIndex + $0[0]..<data.startIndex + $0[1]]) }
    }
  }
}

extension Model {
  /// True if two models have the same bits in the same tensors.
  package func hasSameWeights(as other: Model) -> Bool {
    parameters.count == other.parameters.count
      && parameters.allSatisfy { name, tensor in
        guard let peer = other.parameters[name], peer.shape == tensor.shape else { return false }
        return Array(copying: tensor.bytes) == Array(copying: peer.bytes)
      }
  }
}

import Foundation
import Importers
import ModelDescriptor
import ResNetModel
import TensorCore
import TestSupport

/// Safetensors files to import, most of them made by `tools/fixtures/make_safetensors_fixtures.py`.
enum Specimen {
  static func path(_ name: String) -> String { RawExportFolder.fixture(name) }

  /// The network that all fixtures hold.
  static func model() throws -> Model { try importWeights(path("tiny")).model }

  /// What the fixtures do not say themselves.
  static func options() throws -> ImportOptions {
    ImportOptions(architecture: try model().descriptor.architecture)
  }

  static func load(_ name: String) throws -> ImportReport {
    try importWeights(path(name), options: try options())
  }

  /// A file with this header and so many bytes of data, zero each.
  static func file(header: String, data: Int) -> [UInt8] {
    let json = Array(header.utf8)
    return length(json.count) + json + [UInt8](repeating: 0, count: data)
  }

  static func length(_ count: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }
}

extension Model {
  /// Whether two models have the same bits in the same tensors.
  func hasSameWeights(as other: Model) -> Bool {
    parameters.count == other.parameters.count
      && parameters.allSatisfy { name, tensor in
        guard let peer = other.parameters[name], peer.shape == tensor.shape else { return false }
        return Array(copying: tensor.bytes) == Array(copying: peer.bytes)
      }
  }
}

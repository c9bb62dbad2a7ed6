package import CheckpointFormat
package import ModelDescriptor
import ResNetGraph

/// An inspection as JSON.
package struct InspectionRecord: Encodable {
  package struct TensorRecord: Encodable {
    package var name: String
    package var shape: [Int]
    package var type: String
    package var bytes: Int
    package var storedBytes: Int
    package var chunks: Int
  }

  package var file: String
  package var formatVersion: UInt16
  package var minimumReaderVersion: UInt16
  package var fileBytes: UInt64
  package var indexBytes: UInt64
  package var tensorBytes: Int
  package var storedBytes: Int
  package var contentRoot: String
  package var architecture: Architecture
  package var parameters: Int?
  package var multiplyAdds: Int?
  package var unsupported: String?
  /// Nil for a network of real numbers.
  package var quantization: QuantizationSummary?
  package var calibration: Calibration?
  package var temperature: Temperature?
  package var preprocessing: Preprocessing
  package var labels: [String]?
  package var origin: Origin
  package var metrics: [String: Double]
  package var assumptions: [Assumption]
  /// Paths of parts whose weights are random.
  package var untrained: [String]
  package var base: Packaging.Base?
  package var signatures: [Packaging.Signature]?
  package var unknownSections: [Packaging.Section]?
  package var recipe: [String: String]?
  package var notes: String?
  package var trace: Packaging.Trace?
  package var tensorCount: Int
  package var tensors: [TensorRecord]?

  package init(
    file: String, index: CheckpointIndex, descriptor: ModelDescriptor, packaging: Packaging, tensors: Bool
  ) {
    base = packaging.base
    signatures = packaging.signatures
    unknownSections = packaging.unknownSections
    recipe = packaging.recipe
    notes = packaging.notes
    trace = packaging.trace
    self.file = file
    formatVersion = index.formatVersion
    minimumReaderVersion = index.minimumReaderVersion
    fileBytes = index.fileByteCount
    indexBytes = index.indexByteCount
    tensorBytes = index.decodedByteCount
    storedBytes = index.storedByteCount
    contentRoot = index.contentRootHex
    architecture = descriptor.architecture
    do {
      let graph = try Graph(descriptor.architecture)
      parameters = graph.parameterCount
      quantization = QuantizationSummary(descriptor, graph: graph)
      multiplyAdds = try graph.multiplyAdds()
    } catch {
      unsupported = error.description
    }
    calibration = descriptor.calibration
    temperature = descriptor.temperature
    preprocessing = descriptor.preprocessing
    labels = descriptor.labels
    origin = descriptor.origin
    metrics = descriptor.metrics
    assumptions = descriptor.assumptions
    untrained = descriptor.untrained
    tensorCount = index.entries.count
    guard tensors else { return }
    self.tensors = index.entries.map {
      TensorRecord(
        name: $0.name, shape: $0.shape.dimensions, type: $0.elementType.rawValue, bytes: $0.decodedByteCount,
        storedBytes: $0.storedByteCount, chunks: $0.chunkCount)
    }
  }
}

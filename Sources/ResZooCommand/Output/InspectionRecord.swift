import ResZoo

/// An inspection as JSON.
struct InspectionRecord: Encodable {
  struct TensorRecord: Encodable {
    var name: String
    var shape: [Int]
    var type: String
    var bytes: Int
    var storedBytes: Int
    var chunks: Int
  }

  var file: String
  var formatVersion: UInt16
  var minimumReaderVersion: UInt16
  var fileBytes: UInt64
  var indexBytes: UInt64
  var tensorBytes: Int
  var storedBytes: Int
  var contentRoot: String
  var architecture: Architecture
  var parameters: Int?
  var multiplyAdds: Int?
  var unsupported: String?
  var preprocessing: Preprocessing
  var labels: [String]?
  var origin: Origin
  var metrics: [String: Double]
  var assumptions: [Assumption]
  /// Paths of parts whose weights are random.
  var untrained: [String]
  var base: Packaging.Base?
  var signatures: [Packaging.Signature]?
  var unknownSections: [Packaging.Section]?
  var recipe: [String: String]?
  var notes: String?
  var trace: Packaging.Trace?
  var tensorCount: Int
  var tensors: [TensorRecord]?

  init(file: String, index: CheckpointIndex, descriptor: ModelDescriptor, packaging: Packaging, tensors: Bool)
  {
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
      multiplyAdds = try graph.multiplyAdds()
    } catch {
      unsupported = error.description
    }
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

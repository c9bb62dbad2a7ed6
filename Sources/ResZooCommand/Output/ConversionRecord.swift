import ResZoo

/// The report of a conversion, as JSON; `reszoo convert --help` documents the keys.
struct ConversionRecord: Encodable {
  struct Tensors: Encodable {
    var read: Int
    var mapped: [Mapped]
    var skipped: [Skipped]
  }

  struct Mapped: Encodable {
    var source: String
    var name: String
    var shape: [Int]
    var type: String
  }

  struct Skipped: Encodable {
    var source: String
    var reason: String
  }

  struct AssumptionRecord: Encodable {
    var what: String
    var evidence: String
    /// The option that changes it.
    var change: String

    init(_ entry: ImportAssumption) {
      what = entry.assumption.what
      evidence = entry.assumption.evidence
      change = entry.remedy.option
    }
  }

  struct FidelityRecord: Encodable {
    var faithful: Bool
    var compared: Int
    var identical: Int
    var exact: Int
    var roundedTensors: Int
    var roundedValues: Int
    var ofValues: Int
    var largestRounding: Double
    var differences: [String]
  }

  struct ProofRecord: Encodable {
    var inputs: Int
    var largestDifference: Double
    var roundedDifference: Double?
    var roundingEffect: Double?
  }

  var source: String
  var container: String
  var sourceBytes: Int
  var sha256: String?
  var tensors: Tensors
  var assumptions: [AssumptionRecord]
  var architecture: Architecture
  var preprocessing: Preprocessing
  var labels: [String]?
  var notes: [String]
  var output: String
  var bytes: Int
  var ratio: Double
  var contentRoot: String
  var fidelity: FidelityRecord
  var storage: StorageRecord?
  var proof: ProofRecord?

  init(
    source: String, report: ImportReport, output: String, summary: CheckpointSummary, fidelity: Fidelity,
    storage: StorageRecord?, proof: ImportProof?
  ) {
    let descriptor = report.model.descriptor
    self.source = source
    container = report.container
    sourceBytes = report.byteCount
    sha256 = descriptor.origin.sha256
    tensors = Tensors(
      read: report.tensors.count,
      mapped: report.tensors.compactMap { tensor in
        tensor.name.map {
          Mapped(
            source: tensor.sourceName, name: $0, shape: tensor.shape.dimensions, type: tensor.type)
        }
      },
      skipped: report.tensors.compactMap { tensor in
        tensor.skipped.map { Skipped(source: tensor.sourceName, reason: $0) }
      })
    assumptions = report.assumptions.map(AssumptionRecord.init)
    architecture = descriptor.architecture
    preprocessing = descriptor.preprocessing
    labels = descriptor.labels
    notes = report.notes.map(\.optionText)
    self.output = output
    bytes = Int(summary.fileByteCount)
    ratio = Double(summary.fileByteCount) / report.model.floatByteCount
    contentRoot = summary.contentRootHex
    self.storage = storage
    self.proof = proof.map {
      ProofRecord(
        inputs: $0.inputs, largestDifference: $0.largestDifference, roundedDifference: $0.roundedDifference,
        roundingEffect: $0.roundedDifference == nil ? nil : $0.roundingEffect)
    }
    self.fidelity = FidelityRecord(
      faithful: fidelity.isFaithful, compared: fidelity.tensorCount, identical: fidelity.identicalCount,
      exact: fidelity.exactCount, roundedTensors: fidelity.roundedTensorCount,
      roundedValues: fidelity.roundedValueCount, ofValues: fidelity.valueCount,
      largestRounding: fidelity.largestRounding, differences: fidelity.differences)
  }
}

extension ImportReport {
  /// The tensors that were read, and how many of them the network needs.
  var readingSummary: String {
    let mapped = tensors.count { $0.name != nil }
    let leftOut = tensors.count - mapped
    return
      "read: \(tensors.count) tensors (\(tensors.elementTypes)), \(byteCount.grouped) bytes; \(mapped) mapped"
      + (leftOut > 0 ? ", \(leftOut) left out" : "")
  }
}

extension [InspectedTensor] {
  /// The number of tensors of each type, the most frequent first.
  var elementTypes: String {
    var counts: [String: Int] = [:]
    for tensor in self { counts[tensor.type, default: 0] += 1 }
    return counts.text
  }
}

extension [String: Int] {
  /// Counts of types, the most frequent first.
  var text: String {
    sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
      .joined(separator: ", ")
  }
}

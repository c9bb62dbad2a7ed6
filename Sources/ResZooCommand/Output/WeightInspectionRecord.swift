import ResZoo

/// An inspection of other programs' weights as JSON.
struct WeightInspectionRecord: Encodable {
  struct TensorRecord: Encodable {
    var name: String
    var mapped: String?
    var shape: [Int]
    var type: String
    var bytes: Int
  }

  struct GlobalRecord: Encodable {
    var name: String
    var verdict: String
    var allowed: Bool
    var offset: Int
    var pickle: String
    var count: Int
  }

  struct FindingRecord: Encodable {
    var opcode: String
    var offset: Int
    var pickle: String
    var reason: String
  }

  struct PickleRecord: Encodable {
    var globals: [GlobalRecord]
    var furtherGlobals: Int
    var suspicious: [FindingRecord]
    var furtherSuspicious: Int
    var notFollowed: [String]
  }

  struct FaultRecord: Encodable {
    var code: String
    var message: String

    init(_ error: ImportError) {
      code = error.code.description
      message = error.remark.optionText
    }
  }

  var file: String
  var kind: String
  var fileBytes: Int
  var tensorCount: Int
  var tensorBytes: Int
  var types: [String: Int]
  var metadata: [String: String]
  var stateDict: String?
  var otherStateDicts: [String]
  var architecture: Architecture?
  var assumptions: [ConversionRecord.AssumptionRecord]
  var preprocessing: Preprocessing?
  /// The notes that `convert` would print.
  var notes: [String]
  /// The reason that `convert` would refuse the tensors.
  var refusal: FaultRecord?
  /// The reason that the file cannot be read as weights.
  var problem: FaultRecord?
  var pickles: PickleRecord?
  var tensors: [TensorRecord]?

  init(file: String, _ inspection: WeightInspection, listsTensors: Bool) {
    self.file = file
    kind = inspection.container
    fileBytes = inspection.byteCount
    tensorCount = inspection.tensors.count
    tensorBytes = inspection.tensors.reduce(0) { $0 + $1.byteCount }
    types = inspection.tensors.reduce(into: [:]) { $0[$1.type, default: 0] += 1 }
    metadata = inspection.metadata
    stateDict = inspection.stateDict
    otherStateDicts = inspection.otherStateDicts
    architecture = inspection.descriptor?.architecture
    assumptions = inspection.assumptions.map(ConversionRecord.AssumptionRecord.init)
    preprocessing = inspection.descriptor?.preprocessing
    notes = inspection.notes.map(\.optionText)
    refusal = inspection.refusal.map(FaultRecord.init)
    problem = inspection.problem.map(FaultRecord.init)
    pickles = inspection.pickles.map { survey in
      PickleRecord(
        globals: survey.globals.map {
          GlobalRecord(
            name: $0.name, verdict: $0.verdict.rawValue, allowed: $0.verdict.isAllowed, offset: $0.offset,
            pickle: $0.pickle, count: $0.count)
        }, furtherGlobals: survey.furtherGlobalCount,
        suspicious: survey.findings.map {
          FindingRecord(opcode: $0.opcode, offset: $0.offset, pickle: $0.pickle, reason: $0.reason)
        }, furtherSuspicious: survey.furtherFindingCount, notFollowed: survey.gaps)
    }
    guard listsTensors else { return }
    tensors = inspection.tensors.map {
      TensorRecord(
        name: $0.sourceName, mapped: $0.name, shape: $0.shape.dimensions, type: $0.type, bytes: $0.byteCount)
    }
  }
}

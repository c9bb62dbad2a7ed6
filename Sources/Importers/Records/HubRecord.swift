import Files
import Messages
package import ModelDescriptor
import WeightFiles

/// The statements of the JSON files that model hubs keep beside weights: `config.json` of timm or transformers, and
/// `preprocessor_config.json`.
package struct HubRecord {
  /// The network; nil when the caller names one.
  package var architecture: Architecture?
  /// The network that ``architecture`` is a variant of, in words for behind a ground; empty when there is none.
  var changedNetwork = ""
  /// True if the weights are those of a network without a head.
  var isHeadless = false
  /// The number of classes; nil when there is no head, or nothing is said.
  var classes: Int?
  package var labels: [String]?
  package var preprocessing: Preprocessing?
  /// The name of the file that describes the preprocessing.
  var preprocessingFile = HubRecord.configName
  var license: String?
  var notes: [Remark] = []

  static let configName = "config.json"
  static let preprocessorName = "preprocessor_config.json"
  /// Most bytes of a record; 22,000 labels take less than a megabyte.
  private static let sizeLimit = 16 << 20
  /// The members by which a record of a model is known.
  private static let signs = ["architecture", "architectures", "model_type", "pretrained_cfg"]

  /// Reads the records beside a file of weights; empty when there are none of a known form.
  ///
  /// What the caller's options say is not looked for, so that they help against a record that is wrong.
  ///
  /// - Throws: ``ImportError`` with `record`, `architecture`, `preprocessing` or `labels`.
  package init(beside path: String, options: ImportOptions) throws(ImportError) {
    let config = try Self.read(Self.configName, beside: path, isNeeded: options.architecture == nil)
    notes += config.notes
    guard let record = config.record else { return }
    let file = siblingPath(of: path, Self.configName)
    if let timm = TimmRecord(record) {
      try Self.locating(file, .architecture, .architecture) { () throws(DescriptorError) in
        classes = try timm.classes()
        isHeadless = try timm.isHeadless()
        if options.architecture == nil {
          architecture = try timm.architecture()
          changedNetwork = " (timm's \(timm.name.printable), changed by its arguments)"
        }
        license = try timm.license()
      }
      try Self.locating(file, .preprocessing, .preprocessing) { () throws(DescriptorError) in
        if options.preprocessing == nil { preprocessing = try timm.preprocessing() }
      }
      try Self.locating(file, .labels, .labels) { () throws(DescriptorError) in
        if options.labels == nil { labels = try timm.labels() }
      }
    } else if let transformers = TransformersRecord(record) {
      try Self.locating(file, .architecture, .architecture) { () throws(DescriptorError) in
        if options.architecture == nil { architecture = try transformers.architecture() }
      }
      try Self.locating(file, .labels, .labels) { () throws(DescriptorError) in
        classes = try transformers.classes()
        isHeadless = try transformers.isHeadless()
        if options.labels == nil { labels = try transformers.labels() }
      }
      if options.preprocessing == nil { try readPreprocessor(beside: path) }
    } else if Self.signs.contains(where: record.has) {
      notes.append("\(Self.configName) beside the weights is of no known form, and was not heard")
    }
  }

  /// Reads the file in which transformers keeps the preparation of images.
  private mutating func readPreprocessor(beside path: String) throws(ImportError) {
    let name = Self.preprocessorName
    guard let record = try Self.read(name, beside: path, isNeeded: true).record else { return }
    try Self.locating(siblingPath(of: path, name), .preprocessing, .preprocessing) {
      () throws(DescriptorError) in
      preprocessing = try PreprocessorRecord(record).preprocessing()
    }
    preprocessingFile = name
  }

  /// Reads a record; nil when there is none.
  ///
  /// - Parameter isNeeded: true if a model's record that cannot be read is an error, not a note.
  private static func read(
    _ name: String, beside path: String, isNeeded: Bool
  ) throws(ImportError) -> (record: RecordValue?, notes: [Remark]) {
    let file = siblingPath(of: path, name)
    guard isThere(file) else { return (nil, []) }
    var looksLikeRecord = true
    do {
      let bytes = try InputFile(path: file).readAll(limit: sizeLimit)
      let text = String(decoding: bytes, as: UTF8.self)
      looksLikeRecord = name != configName || signs.contains { text.contains("\"\($0)\"") }
      return (RecordValue(value: try JSON.decode(JSONValue.self, from: bytes), path: ""), [])
    } catch {
      let fault = (error as? FileError)?.message ?? "\(error)"
      guard isNeeded, looksLikeRecord else {
        return (nil, ["\(name) beside the weights was not heard: \(fault)"])
      }
      throw ImportError(
        .record, file: file,
        "\(fault). It describes the weights beside it: mend it, or use \(Remedy.architecture) to override it."
      )
    }
  }

  /// Does a part of the reading, and says in errors which file they are about and what helps.
  private static func locating(
    _ file: String, _ code: ImportError.Code, _ remedy: Remedy, _ work: () throws(DescriptorError) -> Void
  ) throws(ImportError) {
    do { try work() } catch {
      throw ImportError(
        error.code == .malformed ? .record : code, file: file,
        "\(error). Use \(remedy) to override it.")
    }
  }
}

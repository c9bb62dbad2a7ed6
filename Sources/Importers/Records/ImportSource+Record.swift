import Messages
import ModelDescriptor
import WeightFiles

extension ImportSource {
  /// Hears the records that a model hub keeps beside the weights. They go before the name of a file; the texts within a file of
  /// ours go before them, and must not contradict them.
  ///
  /// - Throws: ``ImportError`` for a record that is wrong, names another network than the file itself, or one that no descriptor can
  ///   express.
  mutating func hearRecords(options: ImportOptions) throws(ImportError) {
    guard !(weights is RawExport) else { return }
    let record = try HubRecord(beside: path, options: options)
    notes += record.notes
    let ground = "as \(HubRecord.configName) beside the weights says"
    if let architecture = record.architecture {
      try requireAgreement(with: architecture)
      claims.architecture = .record(architecture)
      claims.evidence = ground
      claims.basis = nil
      claims.classes = record.classes
      claims.leavesClassesOpen = true
      claims.classesEvidence = ground
    }
    if claims.preprocessing == nil, let preprocessing = record.preprocessing {
      claims.preprocessing = .record(preprocessing)
      claims.preprocessingEvidence =
        "as \(record.preprocessingFile) beside the weights says: \(preprocessing.inWords)"
    }
    if claims.labels == nil, let labels = record.labels {
      if let classes = options.classes, classes != labels.count {
        notes.append(
          "labels: the \(labels.count) of \(HubRecord.configName) are left out, as \(classes) classes were asked for"
        )
      } else {
        claims.labels = labels
        claims.labelsEvidence = ground
      }
    }
    claims.origin.license = claims.origin.license ?? record.license
  }

  /// Refuses a record that names another network than the file itself does.
  private func requireAgreement(with recorded: Architecture) throws(ImportError) {
    // The name of a file is a ground that an importer gives; what a file says itself needs none.
    guard claims.basis == nil else { return }
    let own: Architecture?
    switch claims.architecture {
    case .record(let architecture): own = architecture
    case .name(let name): own = Architecture.presets.first { $0.name == name }
    case nil: own = nil
    }
    guard let own, !own.computes(as: recorded) else { return }
    throw ImportError(
      .architecture, file: path,
      "the file itself says that the network is \(own.name ?? "one of no preset"), but \(HubRecord.configName) beside it says "
        + "\(recorded.name ?? "another"). Use \(Remedy.architecture) to decide.")
  }
}

extension Preprocessing {
  /// The size, the filter, mean and standard deviation in one phrase.
  fileprivate var inWords: String {
    let size = "\(inputSize[1])×\(inputSize[2])"
    let cut = crop == nil ? "\(size), nothing cut" : "\(size) of \(resize ?? inputSize[1])"
    let list = { (numbers: [Double]) in numbers.map { "\($0)" }.joined(separator: " ") }
    return "\(cut), \(interpolation.rawValue), mean \(list(mean)), std \(list(std))"
  }
}

import Messages
import ModelDescriptor
import WeightFiles

extension ImportSource {
  /// Hears the records that a model hub keeps beside the weights. They go before the name of a file, and before the texts
  /// within a file of ours, which must name the same network.
  ///
  /// - Throws: ``ImportError`` for a record that is wrong, names another network than the file itself, or one that no descriptor can
  ///   express.
  mutating func hearRecords(options: ImportOptions) throws(ImportError) {
    guard !(weights is RawExport) else { return }
    let record = try HubRecord(beside: path, options: options)
    notes += record.notes
    if let architecture = record.architecture {
      try adopt(architecture, of: record, options: options)
    }
    adoptPreprocessing(of: record)
    adoptLabels(of: record, options: options)
    claims.origin.license = claims.origin.license ?? record.license
  }

  /// Takes the network, where the file itself does not name the same one.
  private mutating func adopt(
    _ recorded: Architecture, of record: HubRecord, options: ImportOptions
  ) throws(ImportError) {
    let ground = "as \(HubRecord.configName) beside the weights says"
    claims.classes = record.classes
    claims.classesEvidence = ground
    claims.leavesClassesOpen = true
    var network = recorded
    // With a number of classes asked for, a new head is wanted.
    if record.isHeadless, options.classes == nil {
      network.head = .none
      network.classes = network.featureCount
      notes.append(
        "head: there is none, \(ground); the network puts out its \(network.classes) pooled features")
    }
    if try isStated(network) { return }
    claims.architecture = .record(network)
    claims.evidence = recorded.nameOfPreset == nil ? ground + record.changedNetwork : ground
    claims.basis = nil
  }

  /// Takes the preparation of images. What the file itself says stays if it only says more.
  private mutating func adoptPreprocessing(of record: HubRecord) {
    guard let recorded = record.preprocessing else { return }
    if case .record(let own) = claims.preprocessing {
      guard !own.frames(as: recorded) else { return }
      notes.append(
        "preprocessing: \(record.preprocessingFile) beside the weights goes before the file itself, which says otherwise"
      )
    }
    claims.preprocessing = .record(recorded)
    claims.preprocessingEvidence =
      "as \(record.preprocessingFile) beside the weights says: \(recorded.inWords)"
  }

  private mutating func adoptLabels(of record: HubRecord, options: ImportOptions) {
    guard let recorded = record.labels, recorded != claims.labels else { return }
    let name = HubRecord.configName
    if let classes = options.classes, classes != recorded.count {
      notes.append(
        "labels: the \(recorded.count) of \(name) are left out, as \(classes) classes were asked for")
      return
    }
    if claims.labels != nil {
      notes.append("labels: \(name) beside the weights goes before the file itself, which names others")
    }
    claims.labels = recorded
    claims.labelsEvidence = "as \(name) beside the weights says"
  }

  /// True if the file itself names a network that computes the same as the recorded one.
  ///
  /// - Throws: ``ImportError`` with `architecture` if it names another one.
  private func isStated(_ recorded: Architecture) throws(ImportError) -> Bool {
    // The name of a file is a ground that an importer gives; what a file says itself needs none.
    guard claims.basis == nil else { return false }
    let own: Architecture?
    switch claims.architecture {
    case .record(let architecture): own = architecture
    case .name(let name): own = Architecture.presets.first { $0.name == name }
    case nil: own = nil
    }
    guard let own else { return false }
    guard own.computes(as: recorded) else {
      throw ImportError(
        .architecture, file: path,
        "the file itself says that the network is \(own.name ?? "one of no preset"), but \(HubRecord.configName) beside it says "
          + "\(recorded.name ?? "another"). Use \(Remedy.architecture) to decide.")
    }
    return true
  }
}

extension Preprocessing {
  /// True if two records prepare images alike, as far as a hub's record can say.
  fileprivate func frames(as other: Preprocessing) -> Bool {
    var same = other
    (same.exif, same.gray16) = (exif, gray16)
    if crop == nil, same.crop == nil { same.cropMode = cropMode }
    return same == self
  }

  /// The size, the filter, mean and standard deviation in one phrase.
  fileprivate var inWords: String {
    let size = "\(inputSize[1])×\(inputSize[2])"
    let cut = crop == nil ? "\(size), nothing cut" : "\(size) of \(resize ?? inputSize[1])"
    let list = { (numbers: [Double]) in numbers.map { "\($0)" }.joined(separator: " ") }
    return "\(cut), \(interpolation.rawValue), mean \(list(mean)), std \(list(std))"
  }
}

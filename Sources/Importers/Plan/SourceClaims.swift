import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// The statements of a source about its weights, before the caller's options are heard.
struct SourceClaims {
  /// The file that makes the statements, for messages.
  var file: String
  var architecture: Named<Architecture>?
  /// The ground for the architecture, for messages.
  var evidence = "as the source says"
  /// The ground for all that the tensors do not show of the architecture; nil when the source states it.
  var basis: String?
  /// The maps and layers of integers that the source has, whatever the architecture is called.
  var quantization: Quantization?
  var classes: Int?
  /// The ground for the number of classes, for messages.
  var classesEvidence = "as the source says"
  /// True if the architecture's own number of classes is no statement.
  var leavesClassesOpen = false
  var preprocessing: Named<Preprocessing>?
  /// The preparation of images that is usual for networks with such names of tensors, and its name.
  var habitualPreprocessing: (name: String, record: Preprocessing)?
  /// The mean and the standard deviation that lie beside the network, where no record says how images are prepared.
  var normalization: StoredNormalization?
  /// The ground for the preprocessing, for messages.
  var preprocessingEvidence = "the source's own record"
  var labels: [String]?
  /// The ground for the labels, for messages.
  var labelsEvidence = "as the source says"
  var origin: Origin
  /// True if the origin is the source's own statement, which the file's SHA-256 must not replace.
  var hasStatedOrigin = false
  /// The beginning of the file's SHA-256 as its name announces it.
  var digestPrefix: String?
  var metrics: [String: Double] = [:]
  /// Assumptions of an earlier import, by which the source came about.
  var assumptions: [Assumption] = []
}

/// A preset's name, or the record itself.
package enum Named<Record: Decodable>: Decodable {
  case name(String)
  case record(Record)

  package init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self = .name(name)
    } else {
      self = .record(try Record(from: decoder))
    }
  }
}

extension SourceClaims {
  /// Decides on a descriptor for tensors of the given shapes (by the graph's names), and says in `notes` why.
  ///
  /// - Parameter inferred: the expanded architecture, if it was worked out from the tensors.
  /// - Returns: the descriptor and its expanded architecture.
  /// - Throws: ``ImportError`` with `architecture`, `classes`, `preprocessing` or `labels`.
  func descriptor(
    for shapes: [String: Shape], inferred: Graph?, options: ImportOptions, notes: inout [Remark]
  ) throws(ImportError) -> (ModelDescriptor, Graph) {
    let graph = try graph(for: shapes, inferred: inferred, options: options, notes: &notes)
    let architecture = graph.architecture
    let descriptor = ModelDescriptor(
      architecture: architecture,
      preprocessing: try preprocessing(for: architecture, options: options, notes: &notes),
      labels: try labels(for: architecture, options: options, notes: &notes), origin: origin, metrics: metrics
    )
    do {
      try descriptor.validate()
    } catch {
      // The architecture is known to be sound by now.
      let isAboutLabels = error.field.hasPrefix("labels")
      let remedy: Remark =
        isAboutLabels
        ? "Use \(Remedy.labels) to give others." : "Use \(Remedy.preprocessing) to choose another."
      throw ImportError(isAboutLabels ? .labels : .preprocessing, file: file, "\(error). \(remedy)")
    }
    return (descriptor, graph)
  }

  // MARK: Architecture and number of classes

  private func graph(
    for shapes: [String: Shape], inferred: Graph?, options: ImportOptions, notes: inout [Remark]
  ) throws(ImportError) -> Graph {
    do {
      let (given, stated) = try claimedArchitecture(options: options, notes: &notes)
      var claimed = given
      if let quantization { claimed.quantization = quantization }
      let graph = try quantization == nil ? inferred ?? Graph(claimed) : Graph(claimed)
      var architecture = claimed
      // The head's shape tells the number of classes; without a head, the missing tensor is reported later.
      if let head = graph.parameters.last(where: { $0.role == .weight && graph.head.contains($0.node) }),
        let rows = shapes[head.name]?.dimensions.first
      {
        if let stated, stated != rows {
          let ground = options.classes == nil && classes != nil ? ", \(classesEvidence)" : " asked for"
          throw ImportError(
            .classes, file: file,
            "\(stated) classes\(ground), but \(head.name) has \(rows) rows, one for each class. Use \(Remedy.classes(rows)), or leave the number of classes out."
          )
        }
        if architecture.classes != rows, stated == nil {
          notes.append("classes: \(rows), as \(head.name) has that many rows")
        }
        architecture.classes = rows
        if isAnswerOpen(options), rows == 1, architecture.answer == .one {
          architecture.answer = .binary
          notes.append(
            "answer: yes or no, the sigmoid of the only logit, as softmax would always give 1. Use \(Remedy.assumption("answer=one")) to keep softmax."
          )
        }
      } else if let stated {
        architecture.classes = stated
      }
      return architecture == graph.architecture ? graph : try Graph(architecture)
    } catch let error as ImportError {
      throw error
    } catch {
      throw ImportError(.architecture, file: file, "architecture: \(error)")
    }
  }

  /// True if nobody says what the logits answer.
  private func isAnswerOpen(_ options: ImportOptions) -> Bool {
    for case .answer in options.settings { return false }
    guard options.architecture == nil, basis == nil, case .record = architecture else { return true }
    return false
  }

  /// True if a single logit was taken for a yes or no, as nobody says what it answers.
  func isAssumedYesOrNo(_ architecture: Architecture, options: ImportOptions) -> Bool {
    architecture.answer == .binary && isAnswerOpen(options) && options.architecture?.answer != .binary
  }

  /// The architecture, with the caller's values, and the number of classes where somebody named it.
  private func claimedArchitecture(
    options: ImportOptions, notes: inout [Remark]
  ) throws -> (Architecture, classes: Int?) {
    if var architecture = options.architecture {
      notes.append("architecture: \(architecture.name ?? "a descriptor"), as asked for")
      for setting in options.settings { try architecture.apply(setting) }
      return (architecture, options.classes ?? classes)
    }
    var (architecture, classes) = try sourceArchitecture(options: options, notes: &notes)
    for setting in options.settings { try architecture.apply(setting) }
    return (architecture.withHead(of: options.classes), classes)
  }

  /// The architecture that the source states, and the number of classes where somebody named it.
  private func sourceArchitecture(
    options: ImportOptions, notes: inout [Remark]
  ) throws -> (Architecture, classes: Int?) {
    switch self.architecture {
    case .name(let name):
      notes.append("architecture: \(name), \(evidence)")
      return (try Architecture.preset(named: name), options.classes ?? classes)
    case .record(let architecture):
      notes.append("architecture: \(architecture.name ?? "a descriptor"), \(evidence)")
      return (architecture, options.classes ?? classes ?? (leavesClassesOpen ? nil : architecture.classes))
    case nil:
      throw ImportError(
        .architecture, file: file,
        "the architecture is unknown; name it with \(Remedy.architecture)")
    }
  }

  // MARK: Preprocessing

  private func preprocessing(
    for architecture: Architecture, options: ImportOptions, notes: inout [Remark]
  ) throws(ImportError) -> Preprocessing {
    if let record = options.preprocessing {
      notes.append("preprocessing: as asked for")
      return record
    }
    switch preprocessing {
    case .record(let record):
      notes.append("preprocessing: \(preprocessingEvidence)")
      return record
    case .name(let name):
      guard let record = Preprocessing.preset(named: name) else {
        throw ImportError(
          .preprocessing, file: file,
          "there is no preprocessing named '\(name)'; there are \(Preprocessing.presetNames.joined(separator: ", "))"
        )
      }
      notes.append("preprocessing: \(name), as the source says")
      return record
    case nil:
      let usual = usualPreprocessing(for: architecture)
      if let normalization, [1, usual.record.mean.count].contains(normalization.mean.count) {
        notes.append(
          "preprocessing: the mean and the standard deviation of \(normalization.names), the rest as for \(usual.name). Use "
            + "\(Remedy.preprocessing) to choose another.")
        return normalization.record(like: usual.record)
      }
      notes.append(
        "preprocessing: \(usual.name), assumed as the usual one for \(architecture.name ?? "this architecture"), as the "
          + "source does not say. Use \(Remedy.preprocessing) to choose another.")
      return usual.record
    }
  }

  /// The usual preprocessing for an architecture and the names of the tensors, and the name of that.
  func usualPreprocessing(for architecture: Architecture) -> (name: String, record: Preprocessing) {
    let input = architecture.input
    if let habitualPreprocessing,
      habitualPreprocessing.record.inputSize == [input.channels, input.height, input.width]
    {
      return habitualPreprocessing
    }
    return Preprocessing.usual(for: architecture)
  }

  // MARK: Labels

  private func labels(
    for architecture: Architecture, options: ImportOptions, notes: inout [Remark]
  ) throws(ImportError) -> [String]? {
    if let labels = options.labels ?? labels {
      guard labels.count == architecture.classes else {
        throw ImportError(
          .labels, file: file,
          "there are \(labels.count) labels for \(architecture.classes) classes\(options.labels == nil ? ", \(labelsEvidence)" : ""). Use \(Remedy.labels) with one label for each class."
        )
      }
      notes.append(
        "labels: \(labels.count), \(options.labels == nil ? labelsEvidence : "as asked for")")
      return labels
    }
    guard architecture.classes == ImageNetLabels.all.count, architecture.head != .none else { return nil }
    notes.append("labels: ImageNet's, as there are \(architecture.classes) classes and no other labels")
    return ImageNetLabels.all
  }
}

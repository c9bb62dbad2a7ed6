import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// What a source says about its weights, before the caller's options are heard.
struct SourceClaims {
  /// The file that says so, for messages.
  var file: String
  var architecture: Named<Architecture>?
  /// What names the architecture, for messages.
  var evidence = "as the source says"
  /// What speaks for all that the tensors do not show of the architecture; nil when the source states it.
  var basis: String?
  var classes: Int?
  var preprocessing: Named<Preprocessing>?
  /// Where the record comes from, for messages.
  var preprocessingEvidence = "the source's own record"
  var labels: [String]?
  /// Where the labels come from, for messages.
  var labelsEvidence = "as the source says"
  var origin: Origin
  var metrics: [String: Double] = [:]
  /// What was assumed when the source itself was imported.
  var assumptions: [Assumption] = []
}

extension SourceClaims {
  /// Decides on a descriptor for tensors of the given shapes (by the graph's names), and says in `notes` why.
  ///
  /// - Throws: ``ImportError`` with `architecture`, `classes`, `preprocessing` or `labels`.
  func descriptor(
    for shapes: [String: Shape], options: ImportOptions, notes: inout [Remark]
  ) throws(ImportError) -> ModelDescriptor {
    let architecture = try architecture(for: shapes, options: options, notes: &notes)
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
        ? "\(Remedy.labels) gives others" : "\(Remedy.preprocessing) names another preprocessing"
      throw ImportError(isAboutLabels ? .labels : .preprocessing, file: file, "\(error) (\(remedy))")
    }
    return descriptor
  }

  // MARK: Architecture and number of classes

  private func architecture(
    for shapes: [String: Shape], options: ImportOptions, notes: inout [Remark]
  ) throws(ImportError) -> Architecture {
    do {
      var (architecture, stated) = try claimedArchitecture(options: options, notes: &notes)
      // The head's shape tells the number of classes; without a head, the missing tensor is reported later.
      if let head = try Graph(architecture).parameters.last(where: { $0.role == .weight }),
        let rows = shapes[head.name]?.dimensions.first
      {
        if let stated, stated != rows {
          throw ImportError(
            .classes, file: file,
            "\(stated) classes asked for, but \(head.name) has \(rows) rows; the head decides: \(Remedy.classes(rows)), or leave the option out"
          )
        }
        if architecture.classes != rows {
          notes.append("classes: \(rows), as \(head.name) has that many rows")
        }
        architecture.classes = rows
      } else if let stated {
        architecture.classes = stated
      }
      try architecture.validate()
      return architecture
    } catch let error as ImportError {
      throw error
    } catch {
      throw ImportError(.architecture, file: file, "architecture: \(error)")
    }
  }

  /// The architecture, and the number of classes where somebody named it.
  private func claimedArchitecture(
    options: ImportOptions, notes: inout [Remark]
  ) throws -> (Architecture, classes: Int?) {
    if let architecture = options.architecture {
      notes.append("architecture: \(architecture.name ?? "a descriptor"), as asked for")
      return (architecture, options.classes ?? classes)
    }
    switch self.architecture {
    case .name(let name):
      notes.append("architecture: \(name), \(evidence)")
      return (try Architecture.preset(named: name), options.classes ?? classes)
    case .record(let architecture):
      notes.append("architecture: \(architecture.name ?? "a descriptor"), \(evidence)")
      return (architecture, options.classes ?? classes ?? architecture.classes)
    case nil:
      throw ImportError(
        .architecture, file: file,
        "nothing says which architecture it is; name it with \(Remedy.architecture)")
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
      let usual = Preprocessing.usual(for: architecture)
      notes.append(
        "preprocessing: \(usual.name), the usual one for \(architecture.name ?? "this architecture"), as the "
          + "source says nothing (\(Remedy.preprocessing) names another)")
      return usual.record
    }
  }

  // MARK: Labels

  private func labels(
    for architecture: Architecture, options: ImportOptions, notes: inout [Remark]
  ) throws(ImportError) -> [String]? {
    if let labels = options.labels ?? labels {
      guard labels.count == architecture.classes else {
        throw ImportError(
          .labels, file: file,
          "\(labels.count) labels for \(architecture.classes) classes; \(Remedy.labels) "
            + (options.labels == nil ? "gives others" : "takes one for each row of the head"))
      }
      notes.append(
        "labels: \(labels.count), \(options.labels == nil ? labelsEvidence : "as asked for")")
      return labels
    }
    guard architecture.classes == ImageNetLabels.all.count else { return nil }
    notes.append("labels: ImageNet's, since there are \(architecture.classes) classes and no other labels")
    return ImageNetLabels.all
  }
}

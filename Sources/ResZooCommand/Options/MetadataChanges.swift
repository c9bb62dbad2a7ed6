import ArgumentParser
import ResZoo

/// A `name=value` of the command line.
struct TextChange: ExpressibleByArgument {
  let name: String
  let value: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
    name = String(argument[..<sign])
    value = String(argument[argument.index(after: sign)...])
  }
}

/// A `name=number`.
struct MetricChange: ExpressibleByArgument {
  let name: String
  let value: Double

  init?(argument: String) {
    guard let change = TextChange(argument: argument), let value = Double(change.value), value.isFinite else {
      return nil
    }
    name = change.name
    self.value = value
  }
}

/// An `index=name`.
struct LabelChange: ExpressibleByArgument {
  let index: Int
  let name: String

  init?(argument: String) {
    guard let change = TextChange(argument: argument), let index = Int(change.name), index >= 0 else {
      return nil
    }
    self.index = index
    name = change.value
  }
}

/// The changes that `edit` was asked for, except for the trace.
struct MetadataChanges {
  private let command: Edit

  init(_ command: Edit) { self.command = command }

  /// Removes first, then sets.
  func apply(to descriptor: inout ModelDescriptor) throws(Failure) {
    for removal in command.remove {
      switch removal {
      case .labels: descriptor.labels = nil
      case .notes: descriptor.notes = nil
      case .license: descriptor.origin.license = nil
      case .metrics: descriptor.metrics = [:]
      case .recipe: descriptor.recipe = [:]
      case .trace: descriptor.trace = nil
      case .temperature: descriptor.temperature = nil
      }
    }
    if let path = command.labels {
      let labels = try Operand.labels(path)
      let classes = descriptor.architecture.classes
      guard labels.count == classes || descriptor.architecture.head == .none else {
        throw Failure(
          .data,
          "\(path): holds \(labels.count.counted("label")), and \(command.file) has \(classes.counted("class", "classes"))"
        )
      }
      descriptor.labels = labels
    }
    try changeLabels(of: &descriptor)
    if let note = command.note { descriptor.notes = note }
    if let license = command.license { descriptor.origin.license = license }
    for metric in command.metric { descriptor.metrics[metric.name] = metric.value }
    for part in command.recipe { descriptor.recipe[part.name] = part.value }
    if let preset = command.preset { descriptor.preprocessing = try Operand.preprocessing(preset) }
  }

  private func changeLabels(of descriptor: inout ModelDescriptor) throws(Failure) {
    guard !command.label.isEmpty else { return }
    guard var labels = descriptor.labels else {
      throw Failure(.data, "\(command.file): has no labels to change; give all of them with --labels FILE")
    }
    for change in command.label {
      guard labels.indices.contains(change.index) else {
        throw Failure(
          .usage,
          "--label \(change.index)=\(change.name): the classes are numbered from 0 to \(labels.count - 1)")
      }
      labels[change.index] = change.name
    }
    descriptor.labels = labels
  }
}

import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

/// The tensors of an export by the names that they get, in the order of the graph.
struct ExportPlan {
  struct Parameter {
    var name: String
    var tensor: Tensor
  }

  /// A scalar beside a batch norm.
  struct Counter {
    var name: String
    var value: Int64
  }

  var parameters: [Parameter]
  var counters: [Counter] = []
  var notes: [String] = []

  /// - Throws: ``ExportError/names(_:)`` when two tensors would have the same name, or one an impossible name.
  init(_ model: Model, names: ExportNames) throws(ExportError) {
    let source = model.descriptor.sourceNames
    let rule =
      switch names {
      case .torchvision: ForeignNames.torchvision(model.descriptor.architecture)
      case .timm: ForeignNames.timm(model.descriptor.architecture)
      case .source: ForeignNames.source(source)
      }
    parameters = model.graph.parameters.map { parameter in
      let tensor = model.parameter(parameter.name)
      return Parameter(
        name: rule.name(parameter.name),
        tensor: rule.layouts[parameter.name]?.foreign(tensor) ?? tensor)
    }
    if names != .source || source?.batchesTracked != nil {
      counters = model.graph.batchNormalizations.enumerated().map { index, path in
        Counter(
          name: rule.name(path + NameMap.batchCounter), value: source?.batchesTracked(at: index) ?? 0)
      }
    }
    notes = rule.notes
    try requireDistinctNames()
  }

  private func requireDistinctNames() throws(ExportError) {
    var seen: Set<String> = []
    for name in parameters.map(\.name) + counters.map(\.name) {
      guard !name.isEmpty, name.utf8.count <= RawManifest.nameLimit, name.printable == name,
        name != SafetensorsHeader.metadataName
      else {
        throw .names(
          "the source's name '\(name.printable.prefix(80))' is not possible; use --names torchvision")
      }
      guard seen.insert(name).inserted else {
        throw .names("two tensors would be named '\(name)'; use --names torchvision")
      }
    }
  }
}

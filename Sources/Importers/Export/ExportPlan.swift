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
    let rule = names == .source ? source ?? SourceNames() : SourceNames()
    parameters = model.graph.parameters.map { parameter in
      Parameter(name: rule.foreignName(of: parameter.name), tensor: model.parameter(parameter.name))
    }
    if names == .torchvision || source?.batchesTracked != nil {
      counters = model.graph.batchNormalizations.enumerated().map { index, path in
        Counter(
          name: rule.foreignName(of: path + NameMap.batchCounter),
          value: source?.batchesTracked(at: index) ?? 0)
      }
    }
    if names == .source, source == nil {
      notes.append("names: the checkpoint remembers no others than torchvision's")
    }
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

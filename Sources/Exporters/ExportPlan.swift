import Importers
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import WeightFiles

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
  var notes: [Remark] = []

  /// - Parameter keepsTypes: true if tensors of float16, bfloat16 and float64 stay so; all others become float32.
  /// - Throws: ``ExportError/names(_:)`` when two tensors would have the same name, or one an impossible name.
  init(_ model: Model, names: ExportNames, keepsTypes: Bool) throws(ExportError) {
    let source = model.descriptor.sourceNames
    let rule =
      switch names {
      case .torchvision: ForeignNames.torchvision(model.descriptor.architecture)
      case .timm: ForeignNames.timm(model.descriptor.architecture)
      case .transformers: ForeignNames.transformers()
      case .source: ForeignNames.source(source)
      }
    parameters = model.graph.parameters.map { parameter in
      let tensor = model.exported(parameter.name, keepsTypes)
      return Parameter(
        name: rule.name(parameter.name),
        tensor: rule.layouts[parameter.name]?.foreign(tensor) ?? tensor)
    }
    notes += model.conversionNotes(keepsTypes)
    if names != .source || source?.batchesTracked != nil {
      counters = model.graph.batchNormalizations.enumerated().map { index, path in
        Counter(
          name: rule.name(path + NameMap.batchCounter), value: source?.batchesTracked(at: index) ?? 0)
      }
    }
    notes += rule.notes
    try requireDistinctNames()
  }

  private func requireDistinctNames() throws(ExportError) {
    let way = Remedy.names(ExportNames.torchvision.rawValue)
    var seen: Set<String> = []
    for name in parameters.map(\.name) + counters.map(\.name) {
      guard !name.isEmpty, name.utf8.count <= TensorLimit.name, name.printable == name,
        name != SafetensorsHeader.metadataName
      else {
        throw .names("the source's name '\(name.printable.prefix(80))' is not possible; use \(way)")
      }
      guard seen.insert(name).inserted else {
        throw .names("two tensors would be named '\(name)'; use \(way)")
      }
    }
  }
}

extension Model {
  /// True if a parameter leaves as float32, whatever its stored type is.
  private func isWidened(_ name: String, _ keepsTypes: Bool) -> Bool {
    !keepsTypes || tensors.storedType(of: name) == .int8
  }

  /// A parameter as an export has it.
  fileprivate func exported(_ name: String, _ keepsTypes: Bool) -> Tensor {
    isWidened(name, keepsTypes) ? parameter(name) : tensors.stored(name) ?? parameter(name)
  }

  /// A sentence for each type that does not leave as it is stored.
  fileprivate func conversionNotes(_ keepsTypes: Bool) -> [Remark] {
    let names = graph.parameters.map(\.name).filter { isWidened($0, keepsTypes) }
    return ElementType.allCases.filter { $0 != .float32 }.compactMap { type in
      let count = names.count { tensors.storedType(of: $0) == type }
      guard count > 0 else { return nil }
      let how =
        switch type {
        case .int8: "each integer times its channel's scale"
        case .float64: "rounded to the nearest"
        default: "exactly"
        }
      return "types: \(count) tensors of \(type.rawValue) became float32, \(how)"
    }
  }
}

import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

extension ImportSource {
  /// Refuses fixed filters beside the weights that the network does not compute, in their places or their numbers.
  ///
  /// - Throws: ``ImportError`` with `architecture`, or with `file` where they cannot be read.
  func requireFilters(of graph: Graph, among mapping: NameMap.Result) throws(ImportError) {
    // Those that the caller left out have another reason.
    let filters = weights.tensors.indices.filter {
      let reason = NameMap.reasonToSkip(weights.tensors[$0].name)
      return weights.tensors[$0].name.hasSuffix(NameMap.blurFilter) && mapping.reasons[$0] ?? reason == reason
    }
    guard let first = filters.first else { return }
    let expected = graph.nodes.count { if case .blur = $0.operation { true } else { false } }
    let shown = weights.tensors[first]
    let remark: Remark
    if graph.architecture.antialias != .blur || filters.contains(where: { !isAtBlur(weights.tensors[$0].name) })
      || filters.count != expected
    {
      remark = "they do not stand where \(graph.architecture.antialias == .blur ? "the network's" : "timm's") blurs do, before the strides of blocks and behind the stem's pool"
    } else if let other = try firstOtherFilter(filters) {
      let tensor = weights.tensors[other]
      remark = "'\(tensor.name.printable)' \(tensor.shape) is not [1, 2, 1] by [1, 2, 1] over 16"
    } else {
      return
    }
    throw ImportError(
      .architecture, file: path,
      "the file has \(filters.count) fixed filters, as '\(shown.name.printable)' \(shown.shape), which no descriptor expresses: \(remark). "
        + "If they are no part of the network, leave them out with \(Remedy.rename(old: "filt", new: ""))")
  }

  /// True for the places of timm's filters.
  private func isAtBlur(_ name: String) -> Bool {
    let parts = name.split(separator: ".").dropLast()
    return parts.last == "aa" || parts.count > 1 && parts.dropLast().last == "maxpool"
  }

  /// The first filter with other numbers than timm's.
  private func firstOtherFilter(_ filters: [Int]) throws(ImportError) -> Int? {
    for index in filters where try !isBlur(index) { return index }
    return nil
  }

  private func isBlur(_ index: Int) throws(ImportError) -> Bool {
    let shape = weights.tensors[index].shape.dimensions
    guard shape.count == 4, shape[1...] == [1, 3, 3], shape[0] <= 1 << 16 else { return false }
    do {
      let tensor = try weights.read(index).widened()
      let line: [Float] = [0.25, 0.5, 0.25]
      return (0..<tensor.shape.elementCount).allSatisfy {
        abs(tensor.floats[$0] - line[$0 % 9 / 3] * line[$0 % 3]) < 1e-4
      }
    } catch {
      throw ImportError(error)
    }
  }
}

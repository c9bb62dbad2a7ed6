import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

extension ImportSource {
  /// Refuses fixed filters beside the weights that do not stand where the network has such. Nothing is read.
  ///
  /// - Returns: the places of the filters.
  /// - Throws: ``ImportError`` with `architecture`.
  func filters(of graph: Graph, among mapping: NameMap.Result) throws(ImportError) -> [Int] {
    // Filters that the caller left out have another reason.
    let filters = weights.tensors.indices.filter {
      let reason = NameMap.reasonToSkip(weights.tensors[$0].name)
      return weights.tensors[$0].name.hasSuffix(NameMap.blurFilter) && mapping.reasons[$0] ?? reason == reason
    }
    guard let first = filters.first else { return [] }
    let expected = graph.nodes.count { if case .blur = $0.operation { true } else { false } }
    let isBlurred = graph.architecture.antialias == .blur
    guard isBlurred, filters.count == expected, filters.allSatisfy({ isAtBlur(weights.tensors[$0].name) })
    else {
      throw strangeFilter(
        first, count: filters.count,
        "they do not stand where \(isBlurred ? "the network's" : "timm's") blurs do, before the strides of blocks and behind the stem's pool"
      )
    }
    return filters
  }

  /// Refuses filters with other numbers than the network's.
  ///
  /// - Throws: ``ImportError`` with `architecture`, or with `file` where they cannot be read.
  func requireNumbers(ofFilters filters: [Int]) throws(ImportError) {
    for index in filters where try !isBlur(index) {
      throw strangeFilter(
        index, count: filters.count, "its numbers are not those of [1, 2, 1] by [1, 2, 1] over 16")
    }
  }

  private func strangeFilter(_ index: Int, count: Int, _ why: Remark) -> ImportError {
    let tensor = weights.tensors[index]
    return ImportError(
      .architecture, file: path,
      "the file has \(count) fixed filters, as '\(tensor.name.printable)' \(tensor.shape), which no descriptor expresses: \(why). "
        + "If they are no part of the network, leave them out with \(Remedy.rename(old: "filt", new: ""))")
  }

  /// True for the places of timm's filters.
  private func isAtBlur(_ name: String) -> Bool {
    let parts = name.split(separator: ".").dropLast()
    return parts.last == "aa" || parts.count > 1 && parts.dropLast().last == "maxpool"
  }

  private func isBlur(_ index: Int) throws(ImportError) -> Bool {
    let shape = weights.tensors[index].shape.dimensions
    guard shape.count == 4, shape[1...] == [1, 3, 3], shape[0] <= 1 << 16 else { return false }
    do {
      let tensor = try weights.read(index).asFloats()
      let line: [Float] = [0.25, 0.5, 0.25]
      return (0..<tensor.shape.elementCount).allSatisfy {
        abs(tensor.floats[$0] - line[$0 % 9 / 3] * line[$0 % 3]) < 1e-4
      }
    } catch {
      throw ImportError(error)
    }
  }
}

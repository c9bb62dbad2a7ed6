import ModelDescriptor
import TensorCore
import WeightFiles

/// A tensor of a source that becomes a parameter of the graph, not read yet.
struct MappedTensor {
  /// The place among the source's tensors.
  let index: Int
  let sourceName: String
  /// The shape in the graph's layout.
  let shape: Shape
  /// The source's layout, where it differs from the graph's.
  let layout: TensorLayout?

  /// Reads the elements in the graph's layout.
  func read(from source: ImportSource) throws(ImportError) -> Tensor {
    do {
      let tensor = try source.weights.read(index)
      return layout?.own(tensor) ?? tensor
    } catch {
      throw ImportError(error)
    }
  }

  /// Reads the source's elements to be compared with those in the graph's layout.
  func elements(from source: ImportSource) throws(ImportError) -> SourceElements {
    do {
      let elements = try source.weights.elements(index)
      guard let layout else { return elements }
      return layout.own(elements)
    } catch {
      throw ImportError(error)
    }
  }
}

import ModelDescriptor
import ResNetGraph
import TensorCore

/// The presets that can run, with their tensors, for comparing with tensors that fit none.
enum PresetGraphs {
  /// A preset, and how given tensors differ from its own.
  struct Near {
    var graph: Graph
    var fit: TensorFit
    var name: String { graph.architecture.name ?? "" }
    /// Tensors that are unexpected or misshapen speak more against a preset than missing ones do: files are cut off.
    var distance: Int { fit.missing.count + 2 * (fit.misshapen.count + fit.extra.count) }
    /// The part of the preset's tensors that are there as they must be.
    var agreement: Double {
      Double(graph.parameters.count - fit.missing.count - fit.misshapen.count)
        / Double(max(1, graph.parameters.count))
    }
  }

  private static let all = Architecture.presets.compactMap { try? Graph($0) }

  /// The preset that the tensors fit best, with the classes that the head has; nil when there are many times more tensors
  /// than any has.
  static func nearest(to shapes: [String: Shape]) -> Near? {
    let rows = shapes["fc.weight"]?.dimensions.first ?? shapes["fc.bias"]?.dimensions.first
    let candidates = all.compactMap { graph -> Near? in
      guard shapes.count <= 8 * graph.parameters.count else { return nil }
      guard let rows, rows > 0, rows != graph.architecture.classes else {
        return Near(graph: graph, fit: TensorFit(graph, shapes: shapes))
      }
      var architecture = graph.architecture
      architecture.classes = rows
      guard 2 * graph.parameters.count > shapes.count, graph.parameters.count < 2 * shapes.count + 64,
        let other = try? Graph(architecture)
      else { return nil }
      return Near(graph: other, fit: TensorFit(other, shapes: shapes))
    }
    return candidates.min { $0.distance < $1.distance }
  }
}

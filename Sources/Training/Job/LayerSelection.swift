import Messages
import ModelDescriptor
public import ResNetGraph

/// The parts of a network that train: everything, or parts by their paths, such as `layer4`, `layer3.5`, `conv1` or `fc`.
public struct LayerSelection: Hashable, Sendable, CustomStringConvertible {
  /// The paths; nil for everything.
  public let paths: [String]?

  /// Everything.
  public static let all = LayerSelection(paths: nil)

  private init(paths: [String]?) {
    self.paths = paths
  }

  /// Parses `all`, or paths with commas between them.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/selection`` when there is an empty path.
  public init(_ text: String) throws(TrainingError) {
    if text == "all" {
      self = .all
      return
    }
    let paths = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !paths.contains("") else {
      throw TrainingError(.selection, "'\(text)' has an empty part: give stages or layers such as layer4,fc")
    }
    self.init(paths: paths)
  }

  /// The nodes with parameters that train.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/selection`` that names an unknown path.
  public func nodes(in graph: Graph) throws(TrainingError) -> Set<Int> {
    let candidates = Set(graph.parameters.map(\.node))
    guard let paths else { return candidates }
    var chosen: Set<Int> = []
    for path in paths {
      let found = candidates.filter { node in
        let name = graph.nodes[node].name
        return name == path || name.hasPrefix(path + ".")
      }
      guard !found.isEmpty else {
        let parts = Set(candidates.map { node in graph.nodes[node].name.prefix { $0 != "." } }).sorted()
        throw TrainingError(
          .selection,
          "\(graph.architecture.name ?? "the network") has no '\(path)' to train; its parts are \(parts.joined(separator: ", "))"
        )
      }
      chosen.formUnion(found)
    }
    return chosen
  }

  public var description: String { paths?.joined(separator: ",") ?? "all" }
}

import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

extension ImportSource {
  /// A network that the modules of the source agree with.
  struct Settlement {
    var graph: Graph
    var notes: [Remark] = []
    /// True if nothing of the architecture had to be assumed.
    var isConclusive = false
  }

  /// Lets the modules that were saved with the weights correct what tensors do not show.
  ///
  /// - Parameters:
  ///   - names: for each tensor the graph's name, nil where it is left out.
  ///   - isChosen: true if the caller named the architecture, which then is not changed.
  /// - Throws: ``ImportError`` with `architecture` where the modules contradict the network.
  func settle(
    _ graph: Graph, names: [String?], isChosen: Bool
  ) throws(ImportError) -> Settlement {
    guard let evidence = ModuleEvidence(weights, names: names) else { return Settlement(graph: graph) }
    var settled = Settlement(graph: graph)
    let corrected = evidence.corrected(graph.architecture)
    if !isChosen, corrected != graph.architecture, let other = try? Graph(corrected),
      other.parameters.map(\.shape) == graph.parameters.map(\.shape)
    {
      settled.graph = other
      settled.notes.append(
        "modules: strides, dilations, pooling and norms are as the file's own layers say, which differ from the usual ones"
      )
    }
    let strange = evidence.strangeCalls(in: settled.graph.architecture)
    if isChosen, !strange.isEmpty {
      settled.notes.append(
        "program: it also calls functions that are none of the chosen network's: \(Self.list(strange))")
    }
    let faults = evidence.contradictions(to: settled.graph) + (isChosen ? [] : strange)
    guard faults.isEmpty else {
      let shown = Self.list(faults)
      let name = settled.graph.architecture.name ?? "the network of these tensors"
      throw ImportError(
        .architecture, file: path,
        isChosen
          ? "the file's own layers contradict \(name): \(shown). Leave \(Remedy.architecture) out, and they decide."
          : "the file's own layers contradict \(name): \(shown). Use \(Remedy.ownArchitecture) for a network that computes this."
      )
    }
    if !isChosen, let layer = evidence.silentLayer(in: settled.graph) {
      throw ImportError(
        .architecture, file: path,
        "the program of the archive does not say how '\(layer.printable)' strides and is dilated, and its tensors do not show it. "
          + "Name the network with \(Remedy.architecture), or save 'model.state_dict()' in Python")
    }
    let net = settled.graph.architecture
    settled.isConclusive =
      evidence.hasSettings && evidence.stemPool(net) != nil && net.antialias == .none
      && [.projection, .projectionAlways].contains(net.shortcut)
    return settled
  }

  private static func list(_ phrases: [String]) -> String {
    phrases.prefix(6).joined(separator: "; ") + (phrases.count > 6 ? "; and \(phrases.count - 6) more" : "")
  }
}

import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

extension ImportSource {
  /// A network that the modules of the source agree with.
  struct Settlement {
    var graph: Graph
    var notes: [Remark] = []
    /// True if the layers leave nothing of the architecture open that they can tell.
    var isConclusive = false
    /// Code on the way of the images that is not read, a phrase for each.
    var unknownCode: [String] = []

    /// Takes another architecture of the same tensors.
    ///
    /// - Returns: false where it is the same, or takes others.
    mutating func correct(_ architecture: Architecture) -> Bool {
      guard architecture != graph.architecture, let other = try? Graph(architecture),
        other.parameters.map(\.shape) == graph.parameters.map(\.shape)
      else { return false }
      graph = other
      return true
    }
  }

  /// Lets the modules that were saved with the weights correct what tensors do not show.
  ///
  /// - Parameter evidence: the modules; nil where there are only tensors.
  /// - Throws: ``ImportError`` with `architecture` where the modules contradict the network.
  func settle(
    _ graph: Graph, by evidence: ModuleEvidence?, options: ImportOptions
  ) throws(ImportError) -> Settlement {
    guard let evidence else { return Settlement(graph: graph) }
    // An architecture that the caller named is not changed.
    let isChosen = options.architecture != nil
    var settled = Settlement(graph: graph)
    if !isChosen, settled.correct(evidence.corrected(graph.architecture)) {
      settled.notes.append(
        "modules: strides, dilations, pooling and norms are as the file's own layers say, which differ from the usual ones"
      )
    }
    if !isChosen, let layer = evidence.silentLayer(in: settled.graph) {
      throw ImportError(
        .architecture, file: path,
        "the program of the archive does not say how '\(layer.printable)' strides and is dilated, and its tensors do not show it. "
          + "Name the network with \(Remedy.architecture), or save 'model.state_dict()' in Python")
    }
    let difference = evidence.way?.difference(from: settled.graph, evidence)
    if isChosen, let difference {
      settled.notes.append("program: it computes what the chosen network does not: \(difference.printable)")
    }
    let way = ModuleWay(evidence, along: settled.graph)
    let contradictions = evidence.contradictions(to: settled.graph, along: way)
    let faults = contradictions + (isChosen ? [] : [difference].compactMap(\.self))
    guard faults.isEmpty else {
      let shown = Self.list(faults)
      let name = settled.graph.architecture.name ?? "the network of these tensors"
      throw ImportError(
        .architecture, file: path,
        isChosen
          ? "the file's own layers contradict \(name): \(shown). Leave \(Remedy.architecture) out, and they decide."
          : "the file's own layers contradict \(name): \(shown). "
            + (contradictions.isEmpty
              ? "If you know that the network computes as is usual, save 'model.state_dict()' in Python, or name the network with \(Remedy.architecture)."
              : Self.remedy(for: faults))
      )
    }
    if options.preprocessing == nil, evidence.normalization == nil,
      evidence.modules.contains(where: { $0.isNormalize && !evidence.isAside($0) })
    {
      throw ImportError(
        .preprocessing, file: path,
        "the network normalises images itself, by a module whose numbers cannot be read. Say them with \(Remedy.preprocessing)"
      )
    }
    if let softmax = evidence.softmax {
      settled.notes.append(
        "answer: the network puts out the logits that the \(softmax.kind) of '\(softmax.path.printable)' takes; it is left out"
      )
    }
    if let attributes = evidence.unknownSettings {
      settled.notes.append("modules: \(attributes); they are not read")
    }
    settled.unknownCode += evidence.unknownCode
    settled.unknownCode += way.unknownClasses.map { "'\($0)' has code that is not known" }
    let net = settled.graph.architecture
    settled.isConclusive =
      evidence.hasSettings && evidence.stemPool(net) != nil
      && (net.antialias == .none || evidence.antialias == net.antialias)
      && ([.projection, .projectionAlways].contains(net.shortcut)
        || evidence.showsPooledShortcuts(settled.graph))
    return settled
  }

  /// The way out for layers that contradict the network that their tensors are of.
  private static func remedy(for faults: [String]) -> Remark {
    func all(_ kind: String) -> Bool { faults.allSatisfy { $0.contains(" is \(kind)") } }
    if all("a Sigmoid") { return "Say that it answers so with \(Remedy.assumption("answer=several"))." }
    if all("an AdaptiveMaxPool2d") { return "Say so with \(Remedy.assumption("global_pool=max"))." }
    if faults.allSatisfy({ $0.contains(ModuleEvidence.wholeMap) }) {
      return "Use \(Remedy.ownArchitecture) with an input of that size."
    }
    // An architecture has fields for these.
    let fields = [
      " has the stride ", " has the dilation ", " has the groups ", " has the epsilon ", " has the padding ",
    ]
    if faults.allSatisfy({ fault in fields.contains { fault.contains($0) } }) {
      return "Use \(Remedy.ownArchitecture) if one descriptor can say this of all its layers."
    }
    return
      "No descriptor expresses that; if these layers are not on the way of the images, save the state dict of the network alone."
  }

  private static func list(_ phrases: [String]) -> String {
    phrases.prefix(6).joined(separator: "; ") + (phrases.count > 6 ? "; and \(phrases.count - 6) more" : "")
  }
}

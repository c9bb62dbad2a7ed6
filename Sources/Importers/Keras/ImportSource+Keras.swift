import Messages
import ModelDescriptor
import ResNetGraph
import WeightFiles

extension ImportSource {
  /// Lets the configuration in a Keras file correct what its arrays do not show, and holds the network against it.
  ///
  /// - Throws: ``ImportError`` with `architecture` where the file describes another network, or would hand arrays to other layers.
  func settle(
    _ graph: Graph, by evidence: KerasEvidence, options: ImportOptions
  ) throws(ImportError) -> Settlement {
    let isChosen = options.architecture != nil
    var settled = Settlement(graph: graph)
    if let disorder = evidence.disorder(in: graph) {
      throw ImportError(
        .architecture, file: path,
        "Keras takes arrays by the order and the groups of its layers, and would give them to others than their names say: \(disorder.printable); do not trust this file"
      )
    }
    settled.unknownCode += evidence.unknownCode.map { [$0] } ?? []
    guard let steps = evidence.steps else { return settled }
    if !isChosen, settled.correct(evidence.corrected(graph.architecture)) {
      settled.notes.append(
        "configuration: strides, the epsilon of norms and the last pool are as the file says, which differ from the usual ones"
      )
    }
    let match = KerasMatch(steps, settled.graph, names: evidence.names)
    let faults = evidence.misfits + (match.difference.map { [$0] } ?? [])
    guard let fault = faults.first else {
      settled.isConclusive = !match.endsInMap
      settled.notes.append(
        match.endsInMap
          ? "configuration: the file describes the same network up to its last map"
          : "configuration: the file describes the same network, layer by layer")
      return settled
    }
    let name = settled.graph.architecture.name ?? "the network of these arrays"
    let remedy: Remark =
      isChosen
      ? "Leave \(Remedy.architecture) out, and it decides"
      : match.answersSeveral && faults.count == 1
        ? "Say that it answers so with \(Remedy.assumption("answer=several"))"
        : KerasEvidence.remedy
    throw ImportError(
      .architecture, file: path,
      "the file's own configuration contradicts \(name): \(fault.printable). \(remedy)")
  }
}

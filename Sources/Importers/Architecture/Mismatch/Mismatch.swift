import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore
import WeightFiles

/// An explanation of how the tensors of a source differ from those of a network, with probable causes and the settings that would
/// help.
struct Mismatch {
  private let options: ImportOptions
  private let claims: SourceClaims
  private let tables: [StateDictPlace.Table]
  private let areArrays: Bool
  /// The tensors by the graph's names.
  let shapes: [String: Shape]
  /// The source's names, by the graph's.
  private let sourceNames: [String: String]

  /// The family that the source's names are of, if it is one that no descriptor expresses.
  private let relative: RelatedFamily?

  /// Most entries of one kind that are listed.
  private static let shownCount = 8
  /// Most leftovers that are compared with missing tensors.
  private static let candidateLimit = 1000

  init(_ source: ImportSource, _ mapping: NameMap.Result, options: ImportOptions) {
    self.options = options
    claims = source.claims
    relative = RelatedFamily.first(among: source.weights.tensors.lazy.map(\.name))
    tables = source.weights.stateDict?.others ?? []
    areArrays = source.weights.stateDict?.hasArrays == true
    var shapes: [String: Shape] = [:]
    var sourceNames: [String: String] = [:]
    for (index, tensor) in source.weights.tensors.enumerated() {
      guard let name = mapping.names[index] else { continue }
      shapes[name] = mapping.shapes[index]
      sourceNames[name] = tensor.name
    }
    self.shapes = shapes
    self.sourceNames = sourceNames
  }

  // MARK: Tensors of another network than the named one

  /// The message for tensors that differ from those of a named network.
  func explanation(of fit: TensorFit, _ graph: Graph) -> Remark {
    let name = graph.architecture.name ?? "the descriptor"
    let matching = graph.parameters.count - fit.missing.count - fit.misshapen.count
    return
      "the tensors do not fit \(name) (\(ground)): \(matching) of its \(graph.parameters.count) tensors match"
      + listing(fit)
      + Self.section("causes", MismatchCauses(fit, graph, shapes: shapes).sentences.map(Remark.init(_:)))
      + Self.section("to do", remedies(graph, fit))
  }

  /// The ground for the architecture.
  private var ground: String {
    options.architecture == nil ? claims.evidence : "as asked for"
  }

  // MARK: Tensors of no network at all

  /// The message for tensors from which no architecture can be read, where none was named.
  func nothingFits() -> Remark {
    let near = PresetGraphs.nearest(to: shapes)
    if let relative, near.map({ $0.agreement < 0.9 }) ?? true { return relative.remark }
    let recognition = Recognition(shapes)
    var text: Remark =
      "the architecture is unknown, and no known network has exactly these \(areArrays ? "arrays of NumPy" : "tensors")"
    text += Self.section("recognised", recognition.parts.map(Remark.init(_:)))
    var unrecognised = recognition.absent
    let others = recognition.others
    if !others.isEmpty {
      let shown = others.prefix(Self.shownCount).map { "\($0.path.printable) (\($0.count))" }
      let rest = others.count > Self.shownCount ? " and \(others.count - Self.shownCount) more" : ""
      let count = others.reduce(0) { $0 + $1.count }
      unrecognised.append(
        "\(count) tensors of other names, by their first part: " + shown.joined(separator: ", ") + rest)
    }
    text += Self.section("not recognised", unrecognised.map(Remark.init(_:)))
    guard let near, near.agreement >= 0.3 else {
      return text
        + Self.section(
          "to do",
          tableRemedies(for: nil) + [
            "use \(Remedy.preset(nil)) to list the differences from a network (\(Remedy.presets) names all), or "
              + "\(Remedy.ownArchitecture) to describe another one"
          ])
    }
    let matching = near.graph.parameters.count - near.fit.missing.count - near.fit.misshapen.count
    text +=
      "\n  nearest: \(near.name), with \(matching) of its \(near.graph.parameters.count) tensors"
    return text + listing(near.fit)
      + Self.section(
        "causes", MismatchCauses(near.fit, near.graph, shapes: shapes).sentences.map(Remark.init(_:)))
      + Self.section(
        "to do",
        tableRemedies(for: near.graph) + [
          "use \(Remedy.ownArchitecture) to describe a network that is no preset (\(Remedy.architectureForm) shows the form)"
        ])
  }

  // MARK: Lists

  private func listing(_ fit: TensorFit) -> Remark {
    var leftovers = Array(fit.extra.prefix(Self.candidateLimit))
    let missing = fit.missing.prefix(Self.shownCount).map { parameter -> Remark in
      let line: Remark = "\(parameter.name) \(parameter.shape)"
      let nearest = NameSimilarity.nearest(to: parameter.name, parameter.shape, among: leftovers)
      guard let nearest else { return line }
      let candidate = leftovers.remove(at: nearest)
      return "\(line): perhaps \(shown(candidate.name)) \(candidate.shape)"
        + Remark(comparison(candidate.shape, parameter.shape))
    }
    let misshapen = fit.misshapen.prefix(Self.shownCount).map { tensor -> Remark in
      "\(shown(tensor.name)) is \(tensor.given), must be \(tensor.needed)"
        + (tensor.given.isTransposed(from: tensor.needed) ? ", the same axes in another order" : "")
    }
    let extra: [Remark] = fit.extra.prefix(Self.shownCount).map { "\(shown($0.name)) \($0.shape)" }
    return Self.section("\(fit.missing.count) missing", missing, of: fit.missing.count)
      + Self.section("\(fit.misshapen.count) of another shape", misshapen, of: fit.misshapen.count)
      + Self.section("\(fit.extra.count) unexpected", extra, of: fit.extra.count)
  }

  private func comparison(_ given: Shape, _ needed: Shape) -> String {
    if given == needed { return ", of the same shape" }
    return given.isTransposed(from: needed) ? ", the same axes in another order" : ""
  }

  /// A tensor's name, with the source's own where that is another.
  private func shown(_ name: String) -> String {
    guard let own = sourceNames[name], own != name else { return name.printable }
    return "\(name.printable) (in the source: \(own.printable))"
  }

  private static func section(_ title: String, _ lines: [Remark], of count: Int? = nil) -> Remark {
    guard !lines.isEmpty else { return "" }
    let rest = (count ?? lines.count) - lines.count
    let section: Remark = lines.reduce("\n  \(title):") { "\($0)\n    \($1)" }
    return rest > 0 ? section + "\n    … and \(rest) more" : section
  }

  // MARK: Options

  private func remedies(_ graph: Graph, _ fit: TensorFit) -> [Remark] {
    var remedies: [Remark] = []
    if let reading = ArchitectureInference(shapes: shapes).infer(), reading.question == nil {
      let found = Self.named(reading.architecture)
      if options.architecture != nil {
        remedies.append("leave \(Remedy.architecture) out, as the tensors are exactly those of \(found)")
      } else if let preset = reading.architecture.name {
        remedies.append("use \(Remedy.preset(preset)), which has exactly these tensors")
      } else {
        remedies.append("use \(Remedy.ownArchitecture), as the tensors are exactly those of \(found)")
      }
    } else if let near = PresetGraphs.nearest(to: shapes), near.name != graph.architecture.name,
      2 * near.fit.count < fit.count, near.agreement >= 0.5
    {
      remedies.append(
        "try \(Remedy.preset(near.name)), which is nearer: \(near.fit.count) tensors differ, not \(fit.count)"
      )
    }
    remedies += tableRemedies(for: graph)
    if remedies.isEmpty {
      remedies.append(
        "rename or complete the tensors in Python, or describe the network with \(Remedy.ownArchitecture)")
    }
    return remedies
  }

  /// The name of the preset, or a description, with a word on a head that is not there.
  private static func named(_ architecture: Architecture) -> String {
    (architecture.name ?? words(architecture)) + (architecture.head == .none ? " without a head" : "")
  }

  private static func words(_ architecture: Architecture) -> String {
    let blocks = architecture.stages.map { String($0.blocks) }.joined(separator: "-")
    let widths = architecture.stages.map { String($0.width) }.joined(separator: "-")
    return
      "\(architecture.block.rawValue) blocks \(blocks) of widths \(widths), \(architecture.shortcut.rawValue)"
  }

  /// The other tables of the file, and if they would fit.
  private func tableRemedies(for graph: Graph?) -> [Remark] {
    tables.prefix(Self.shownCount).map { table in
      var ignored: [Remark] = []
      let names = WrapperNames.removed(from: table.shapes.map(\.name), notes: &ignored)
      let search = NetworkSearch(
        zip(names, table.shapes).map { ($0, $1.shape) }, architecture: graph?.architecture, options: options)
      let fits = if case .found = search.outcome { true } else { false }
      return
        "use \(Remedy.stateDictKey(table.key.printable)) for \(table.shapes.count) other tensors of this file, which "
        + (fits ? "fit" : "do not fit either")
    }
  }
}

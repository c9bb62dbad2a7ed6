import ArgumentParser
import ResZoo

/// The words that a shell offers for operands and options.
extension CompletionKind {
  /// A checkpoint.
  static var checkpoint: Self { .file(extensions: ["rzoo"]) }

  /// The name of an architecture.
  static var architecture: Self { .custom { _, _, _ in Architecture.presets.compactMap(\.name) } }

  /// The name of published weights.
  static var published: Self {
    .custom { _, _, _ in
      ((try? ModelOperand.index())?.entries ?? []).flatMap { [$0.name] + $0.aliases }
    }
  }

  /// The name of a preprocessing.
  static var preprocessing: Self { .custom { _, _, _ in Preprocessing.presetNames } }

  /// A node of the model on the command line.
  static var node: Self { .custom { words, _, _ in nodes(of: words) } }

  /// Layers of the model on the command line, separated by commas.
  static var layers: Self {
    .custom { words, _, word in
      let before = word.lastIndex(of: ",").map { word[...$0] } ?? ""
      return (parts(of: nodes(of: words)) + ["all"]).map { before + $0 }
    }
  }

  /// The names of the nodes of the first checkpoint, or else the first architecture, among words.
  private static func nodes(of words: [String]) -> [String] {
    let architectures = words.lazy.dropFirst(2).compactMap { word -> Architecture? in
      guard !word.hasPrefix("-") else { return nil }
      return (try? Architecture.preset(named: word)) ?? (try? loadDescriptor(word))?.architecture
    }
    guard let architecture = architectures.first, let graph = try? Graph(architecture) else { return [] }
    return graph.nodes.map(\.name)
  }

  /// The stages and blocks that nodes are in, and the layers outside them.
  private static func parts(of nodes: [String]) -> [String] {
    var seen: Set<String> = []
    return nodes.flatMap { name in
      let path = name.split(separator: ".")
      return [path.prefix(1), path.prefix(2)].map { $0.joined(separator: ".") }
    }
    .filter { seen.insert($0).inserted }
  }
}

extension Graph {
  /// The node that a path leads to: the node of that name, else the last one of the part of the network that the path
  /// names. `layer3.5` is the output of that block, `layer3` that of the stage, `layer3.5.se` that of its attention.
  ///
  /// - Complexity: O(number of nodes).
  public func node(atPath path: String) -> Int? {
    nodes.firstIndex { $0.name == path } ?? nodes.lastIndex { $0.name.hasPrefix(path + ".") }
  }

  /// Paths to suggest in place of a wrong one: as much of it as leads somewhere, with one more word. For `layer3.9` the
  /// blocks of `layer3`.
  ///
  /// - Complexity: O(number of nodes) for each word.
  public func paths(near path: String) -> [String] {
    var words = path.split(separator: ".")
    while !words.isEmpty, node(atPath: words.joined(separator: ".")) == nil { words.removeLast() }
    let start = words.isEmpty ? "" : words.joined(separator: ".") + "."
    var seen: Set<String> = []
    let longer = nodes.map(\.name).filter { $0.hasPrefix(start) }
    let next = longer.map { start + $0.dropFirst(start.count).prefix { $0 != "." } }
    // A node has no parts.
    return next.isEmpty ? [words.joined(separator: ".")] : next.filter { seen.insert($0).inserted }
  }

  /// The node that puts out one vector for each image, before the head's first linear layer.
  public var embedding: Int { head.lowerBound - 1 }

  /// The path of the head, or the word with which the paths of its layers begin.
  public static let headPath = "fc"

  /// True if a path leads to the head, to one of its layers, or to one of their tensors.
  public static func isHead(path: String) -> Bool { path == headPath || path.hasPrefix(headPath + ".") }
}

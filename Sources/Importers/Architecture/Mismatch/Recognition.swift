import TensorCore

/// The parts of a residual network that some tensors show, and the names that belong to no part.
struct Recognition {
  /// A line for each part that was recognised.
  private(set) var parts: [String] = []
  /// A line for the parts that are missing.
  private(set) var absent: [String] = []
  /// Names that belong to no such part, by their first component, the most frequent first.
  private(set) var others: [(path: String, count: Int)] = []

  init(_ shapes: [String: Shape]) {
    readStem(shapes)
    readStages(shapes)
    readHead(shapes)
    var counts: [String: Int] = [:]
    for name in shapes.keys {
      let path = String(name.prefix { $0 != "." })
      let isKnown =
        ["conv1", "bn1", "maxpool", "norm", "fc"].contains(path)
        || (path.hasPrefix("layer") && Int(path.dropFirst("layer".count)) != nil)
      if !isKnown { counts[path, default: 0] += 1 }
    }
    others = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }

  private mutating func readStem(_ shapes: [String: Shape]) {
    if let kernel = shapes["conv1.weight"]?.dimensions, kernel.count == 4 {
      parts.append(
        "stem: conv1, a \(kernel[2])×\(kernel[3]) convolution of \(kernel[1]) to \(kernel[0]) channels")
    } else if let kernel = shapes["conv1.0.weight"]?.dimensions, kernel.count == 4 {
      parts.append("stem: conv1.0 and what follows it, a deep stem from \(kernel[1]) channels on")
    } else {
      absent.append("stem: there is no conv1.weight of four dimensions")
    }
  }

  private mutating func readStages(_ shapes: [String: Shape]) {
    var blocks: [Int: Set<Int>] = [:]
    for name in shapes.keys where name.hasPrefix("layer") {
      let path = name.dropFirst("layer".count).split(separator: ".", maxSplits: 2)
      guard path.count == 3, let stage = Int(path[0]), let block = Int(path[1]) else { continue }
      blocks[stage, default: []].insert(block)
    }
    guard !blocks.isEmpty else {
      absent.append("blocks: there is no layer1.0.conv1.weight or the like")
      return
    }
    let stages = blocks.keys.sorted()
    let counts = stages.map { String(blocks[$0]?.count ?? 0) }.joined(separator: "-")
    let isBottleneck = shapes["layer1.0.conv3.weight"] != nil
    var line =
      "blocks: \(isBottleneck ? "bottlenecks" : "basic ones"), \(counts) of them in layer\(stages[0])"
    if stages.count > 1 { line += " to layer\(stages[stages.count - 1])" }
    let widths = stages.compactMap { shapes["layer\($0).0.conv1.weight"]?.dimensions.first }
    if !widths.isEmpty { line += ", widths \(widths.map(String.init).joined(separator: "-"))" }
    parts.append(line)
  }

  private mutating func readHead(_ shapes: [String: Shape]) {
    if let head = shapes["fc.weight"]?.dimensions, head.count == 2 {
      parts.append("head: fc, \(head[1]) to \(head[0]) classes")
    } else {
      absent.append("head: there is no fc.weight of two dimensions")
    }
  }
}

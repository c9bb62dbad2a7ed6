/// The names of tensors in the source of imported weights, kept so that an export can give the same names back.
///
/// Only what differs from the graph's names is held: `module.linear.weight` for `fc.weight` is the prefix `module.`
/// and `fc` renamed to `linear`.
public struct SourceNames: Hashable, Sendable {
  /// The prefix of each of the source's names, for example `module.`.
  public var prefix: String
  /// Paths of the graph, and the source's own in their place. The longest one that a name begins with counts; it
  /// ends where the name does, or before a dot.
  public var renamed: [String: String]
  /// The source's counts in `num_batches_tracked`: one number for all batch norms or one for each in the graph's
  /// order. Nil when it had no such tensors.
  public var batchesTracked: [Int64]?
  /// Tensors, by the graph's names, that the source stores in another way.
  public var layouts: [String: TensorLayout]

  /// The graph's own names and layouts but for what is given.
  public init(
    prefix: String = "", renamed: [String: String] = [:], batchesTracked: [Int64]? = nil,
    layouts: [String: TensorLayout] = [:]
  ) {
    self.prefix = prefix
    self.renamed = renamed
    self.batchesTracked = batchesTracked
    self.layouts = layouts
  }

  /// The source's name of a tensor that the graph calls `name`.
  ///
  /// - Complexity: O(depth of the path).
  public func foreignName(of name: String) -> String {
    var path = name[...]
    while !path.isEmpty {
      if let other = renamed[String(path)] { return prefix + other + name[path.endIndex...] }
      guard let dot = path.lastIndex(of: ".") else { break }
      path = path[..<dot]
    }
    return prefix + name
  }

  /// The count of the batch norm at `index` in the graph's order; 0 when nobody counted.
  public func batchesTracked(at index: Int) -> Int64 {
    guard let counts = batchesTracked else { return 0 }
    if counts.count == 1 { return counts[0] }
    return counts.indices.contains(index) ? counts[index] : 0
  }
}

extension SourceNames: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["prefix", "renamed", "batches_tracked", "layouts"])
    self.init(
      prefix: try fields.optional("prefix") ?? "", renamed: try fields.optional("renamed") ?? [:],
      batchesTracked: try fields.optionalNumbers("batches_tracked"),
      layouts: try Self.layouts(try fields.optional("layouts") ?? [:], at: decoder.codingPath))
  }

  private static func layouts(
    _ words: [String: String], at path: [any CodingKey]
  ) throws(DescriptorError) -> [String: TensorLayout] {
    var layouts: [String: TensorLayout] = [:]
    for (name, word) in words.sorted(by: { $0.key < $1.key }) {
      guard let layout = TensorLayout(rawValue: word) else {
        throw DescriptorError(
          .outOfRange, field: fieldPath(path + [FieldName("layouts"), FieldName(name)]),
          "'\(word)' is none of \(TensorLayout.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      layouts[name] = layout
    }
    return layouts
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    if !prefix.isEmpty { try fields.encode(prefix, forKey: FieldName("prefix")) }
    if !renamed.isEmpty { try fields.encode(renamed, forKey: FieldName("renamed")) }
    try fields.encodeIfPresent(batchesTracked, forKey: FieldName("batches_tracked"))
    if !layouts.isEmpty { try fields.encode(layouts, forKey: FieldName("layouts")) }
  }
}

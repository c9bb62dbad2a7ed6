import ResZoo

extension CheckpointStack {
  /// The sections that ride in a signed file, or in the bases that it is a delta of, without being signed, in words; nil when there are
  /// none.
  var unsignedSections: String? {
    let sections = layers.flatMap(\.index.unknownSections)
    guard !index.signatures.isEmpty, !sections.isEmpty else { return nil }
    let bytes = sections.reduce(0) { $0 + $1.byteCount }
    let kinds = sections.prefix(8).map(\.kind) + (sections.count > 8 ? ["…"] : [])
    return
      "with \(sections.count.counted("section")) (\(kinds.joined(separator: ", ")), \(bytes.grouped) bytes) that no signature covers"
  }
}

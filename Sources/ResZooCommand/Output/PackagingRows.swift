import ResZoo

extension Packaging {
  /// The parts for people: a name and a text each.
  var rows: [(String, String)] {
    var rows: [(String, String)] = []
    if let base {
      rows.append(("delta of", base.contentRoot))
      rows.append(("base", base.files?.joined(separator: ", ") ?? "not found here (--base names it)"))
      rows.append(("merged", "\(base.tensorCount) tensors, \(base.tensorBytes.grouped) bytes"))
    }
    for signature in signatures ?? [] {
      rows.append(
        signature.algorithm == CheckpointSignature.ed25519
          ? ("signed by", signature.publicKey + " (verify --public-key checks it)")
          : ("signature", "of algorithm \(signature.algorithm), which this version does not know"))
    }
    for section in unknownSections ?? [] {
      rows.append(
        ("unknown section", "'\(section.kind)', \(section.bytes.grouped) bytes, which no signature covers"))
    }
    for (name, value) in (recipe ?? [:]).sorted(by: { $0.key < $1.key }) {
      rows.append(("recipe \(name)", value))
    }
    if let notes { rows.append(("notes", notes)) }
    if let trace { rows.append(("golden trace", "seed \(trace.seed)")) }
    return rows
  }
}

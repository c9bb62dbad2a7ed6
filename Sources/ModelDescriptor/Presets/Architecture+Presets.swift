import Messages

extension Architecture {
  /// The named variants, in the order in which they are listed.
  public static let presets: [Architecture] =
    torchvisionNets.map(\.architecture) + (cifarNets + widenedNets + constantNets).map(\.architecture)
    + (timmNets + preactivationNets + bigTransferNets).map(\.architecture)

  /// The presets that timm makes under the same names.
  package static let timmPresets: [Architecture] =
    (torchvisionNets + timmNets + preactivationNets + bigTransferNets).map(\.architecture)

  /// The variant of that name, with another number of classes if one is given.
  ///
  /// - Throws: ``DescriptorError`` with ``DescriptorError/Code/unknownName`` that suggests close names, or with
  ///   ``DescriptorError/Code/unsupported`` and the reason for a known net that a descriptor cannot express.
  public static func preset(named name: String, classes: Int? = nil) throws(DescriptorError) -> Architecture {
    guard var architecture = presets.first(where: { $0.name == name }) else {
      if let reason = reasonUnsupported(name) {
        throw DescriptorError(.unsupported, field: "", "'\(name.excerpt)' is not supported: \(reason)")
      }
      let close = closestNames(to: name, among: presets.compactMap(\.name), atMost: 6)
      let hint = close.isEmpty ? "" : "; close to it: \(close.joined(separator: ", "))"
      throw DescriptorError(
        .unknownName, field: "",
        "there is no architecture named '\(name.excerpt)'\(hint)")
    }
    if let classes { architecture.classes = classes }
    try architecture.validate()
    return architecture
  }

  /// Why a residual network of that name, known from elsewhere, is no preset; nil for an unknown name.
  private static func reasonUnsupported(_ name: String) -> String? {
    unsupportedPrefixes.first { name.hasPrefix($0.word) }?.reason
      ?? unsupportedSuffixes.first { name.hasSuffix($0.word) }?.reason
  }

  /// Cousins of the family by how their names begin.
  private static let unsupportedPrefixes: [(word: String, reason: String)] = [
    ("sknet", "selective kernels choose between two convolutions in each block"),
    ("skresne", "selective kernels choose between two convolutions in each block"),
    ("res2ne", "its blocks chain convolutions over parts of the channels"),
    ("resnest", "its blocks attend over splits of the channels"),
    ("tresnet", "it begins by folding pixels into channels and uses other activations than ReLU"),
    ("legacy_seresnet18", "its blocks have a ReLU before their attention"),
    ("legacy_seresnet34", "its blocks have a ReLU before their attention"),
    ("legacy_se", "it is no preset; its weights alone say what it is"),
    ("gcresne", "global context attention is none of the forms"),
    ("lambda_resne", "lambda layers are none of the blocks"),
    ("botnet", "self-attention is none of the blocks"),
    ("halonet", "self-attention is none of the blocks"),
    ("nf_res", "it has no normalisation; its convolutions scale their weights instead"),
  ]

  /// Cousins of the family by how their names end.
  private static let unsupportedSuffixes: [(word: String, reason: String)] = [
    ("_evos", "EvoNorm is none of the normalisations"),
    ("_frn", "filter response normalisation is none of the normalisations"),
  ]
}

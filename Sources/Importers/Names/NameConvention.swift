import ModelDescriptor
import TensorCore

/// The names that some program or family of repositories gives the tensors of a residual network.
struct NameConvention: Sendable {
  /// Whose names they are, as in `those of …`; nil where they are the graph's own.
  let owner: String?
  /// The first rule that a name matches decides.
  let rules: [NameRule]
  /// How every kernel and matrix is stored.
  var layout: TensorLayout?
  /// Whether tensors whose names match can have been named so at all.
  var suits: @Sendable (NameFacts) -> Bool = { _ in true }
  /// Something that the names leave open and that was decided by other signs, with these.
  var assumption: Assumption?
  /// What networks of this owner have that no tensor shows.
  var habits: @Sendable (inout Architecture) -> Void = { _ in }

  /// The rule for a name, and the name that the graph has for it.
  func own(for name: String) -> (name: String, rule: NameRule)? {
    for rule in rules {
      if let own = rule.own(for: name) { return (own, rule) }
    }
    return nil
  }

  /// The owner's name for a name of the graph; the same name where there is no rule.
  func foreign(for name: String) -> String {
    for rule in rules {
      if let foreign = rule.foreign(for: name) { return foreign }
    }
    return name
  }
}

/// What a convention may ask before it is chosen.
struct NameFacts {
  /// The tensors by the source's names, without wrappers.
  var shapes: [String: Shape]
  /// What the network is, if somebody said so.
  var architecture: Architecture?

  /// The first extent of a tensor.
  func extent(_ name: String) -> Int? { shapes[name]?.dimensions.first }
}

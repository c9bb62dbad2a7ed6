import ModelDescriptor
import TensorCore

/// The names that some program or family of repositories gives the tensors of a residual network.
package struct NameConvention: Sendable {
  /// The program or repository that gives these names, as in `those of …`; nil for the graph's own names.
  let owner: String?
  /// The first rule that a name matches decides.
  let rules: [NameRule]
  /// The layout of every kernel and matrix.
  var layout: TensorLayout?
  /// True if tensors whose names match can have been named by this convention at all.
  var suits: @Sendable (NameFacts) -> Bool = { _ in true }
  /// True if all networks with these names give projections of pre-activation blocks the activated input.
  var activatesShortcuts = false
  /// A property that the names leave open and other signs decide.
  var assumption: Assumption?
  /// The preparation of images for this owner's networks, with its name; nil for the usual one.
  var preprocessing: (name: String, record: Preprocessing)?
  /// Sets the properties of this owner's networks that no tensor shows.
  var habits: @Sendable (inout Architecture) -> Void = { _ in }
  /// True if these habits tell the kind of norms without running statistics.
  var decidesNorms = false
  /// True if bottlenecks with these names stride in their first convolution or in the second one.
  var leavesStrideOpen = false
  /// A part of this owner's networks that no descriptor expresses; nil for networks without one.
  var obstacle: @Sendable (Architecture) -> String? = { _ in nil }

  /// The rule for a name, and the name that the graph has for it.
  func own(for name: String) -> (name: String, rule: NameRule)? {
    for rule in rules {
      if let own = rule.own(for: name) { return (own, rule) }
    }
    return nil
  }

  /// The owner's name for a name of the graph; the same name where there is no rule.
  package func foreign(for name: String) -> String {
    for rule in rules {
      if let foreign = rule.foreign(for: name) { return foreign }
    }
    return name
  }
}

/// The facts that a convention is chosen by.
struct NameFacts {
  /// The tensors by the source's names, without wrappers.
  var shapes: [String: Shape]
  /// The architecture, if somebody named it.
  var architecture: Architecture?

  /// The first extent of a tensor.
  func extent(_ name: String) -> Int? { shapes[name]?.dimensions.first }
}

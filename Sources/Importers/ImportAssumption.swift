public import Messages
public import ModelDescriptor

/// An assumption of an import, and the setting that turns it.
public struct ImportAssumption: Hashable, Sendable {
  /// The assumption and its evidence.
  public let assumption: Assumption
  /// The setting by which the caller decides instead.
  public let remedy: Remedy

  init(_ assumption: Assumption, remedy: Remedy) {
    self.assumption = assumption
    self.remedy = remedy
  }
}

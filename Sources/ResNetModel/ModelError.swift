public import CheckpointFormat
public import Messages
public import ModelDescriptor

/// The reason why there is no model.
public enum ModelError: ExplainedError, Hashable, Sendable {
  /// The file is not a sound checkpoint, or could not be written.
  case checkpoint(CheckpointError)
  /// The descriptor describes no network, or one that this version cannot run.
  case descriptor(DescriptorError)
  /// The tensors are not the ones that the architecture needs.
  case parameters(ParameterMismatch)

  public var explanation: Remark {
    switch self {
    case .checkpoint(let error): error.explanation
    case .descriptor(let error): "descriptor: \(error)"
    case .parameters(let mismatch): mismatch.explanation
    }
  }

  public var description: String { explanation.description }
}

/// All differences between the tensors that an architecture needs and the given ones.
public struct ParameterMismatch: Hashable, Sendable, CustomStringConvertible {
  /// The architecture's name, if it has one.
  public var architecture: String?
  /// Names of needed tensors that are missing.
  public var missing: [String] = []
  /// Names of given tensors that the architecture does not have.
  public var extra: [String] = []
  /// Tensors of another shape or element type, a sentence each.
  public var unsuitable: [String] = []
  /// Tensors that hold NaN or an infinity, a sentence each.
  public var nonFinite: [String] = []

  /// True if there is no difference.
  public var isEmpty: Bool { missing.isEmpty && extra.isEmpty && unsuitable.isEmpty && nonFinite.isEmpty }

  public var description: String { explanation.description }

  /// All differences in words, each on a line of its own.
  package var explanation: Remark {
    let kinds = [
      ("missing", missing), ("extra", extra), ("unsuitable", unsuitable), ("not finite", nonFinite),
    ]
    var text: Remark =
      "the tensors do not fit the architecture\(architecture.map { " \($0)" } ?? "")"
    for (kind, entries) in kinds where !entries.isEmpty {
      let shown: Remark = entries.prefix(Self.shownEntries).reduce("") { "\($0)\n    \($1)" }
      let rest: Remark =
        entries.count > Self.shownEntries ? "\n    … and \(entries.count - Self.shownEntries) more" : ""
      text += "\n  \(entries.count) \(kind):\(shown)\(rest)"
    }
    return text
  }

  private static let shownEntries = 12
}

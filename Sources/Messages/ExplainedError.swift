/// An error whose text may name settings that would help.
public protocol ExplainedError: Error, CustomStringConvertible {
  /// The error's description with the settings that would help as ``Remedy`` values.
  var explanation: Remark { get }
}

/// Why a checkpoint could not be read or written. Two errors are equal when their codes are equal.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String
  public var description: String { message }
}

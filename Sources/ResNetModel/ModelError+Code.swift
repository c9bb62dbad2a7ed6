public import CheckpointFormat
import ModelDescriptor

extension ModelError {
  /// The name of the fault in FORMAT §10 or NETWORK §1.2.
  public var codeName: String {
    switch self {
    case .checkpoint(let error): error.code.description
    case .descriptor(let error): error.document == .architecture ? "badDescriptor" : "badMetadata"
    case .parameters: "badTensors"
    }
  }

  /// The position of the fault in the file that the index is of, where it has one.
  public func offset(in index: CheckpointIndex) -> UInt64? {
    switch self {
    case .checkpoint(let error): error.offset
    case .descriptor(let error):
      error.document == .architecture ? index.architectureOffset : index.metadataOffset
    case .parameters: index.directoryOffset
    }
  }
}

import ModelDescriptor
import TensorCore
import WeightFiles

extension SafetensorsHeader {
  /// The beginning of a file: the header's length, and the header, filled up with spaces so that the data begins at a
  /// multiple of 8. The same header gives the same bytes.
  func encoded() throws(DescriptorError) -> [UInt8] {
    var members: [String: Member] = [:]
    if !metadata.isEmpty { members[Self.metadataName] = .metadata(metadata) }
    for tensor in tensors { members[tensor.name] = .tensor(tensor) }
    var json = try JSON.encode(members)
    json += [UInt8](repeating: 0x20, count: (8 - json.count % 8) % 8)
    var writer = ByteWriter()
    writer.write(UInt64(json.count))
    writer.write(bytes: json)
    return writer.bytes
  }

  private enum Member: Encodable {
    case metadata([String: String])
    case tensor(SafetensorsTensor)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .metadata(let texts): try texts.encode(to: encoder)
      case .tensor(let tensor):
        var fields = encoder.container(keyedBy: FieldName.self)
        try fields.encode(tensor.type.rawValue, forKey: FieldName("dtype"))
        try fields.encode(tensor.shape.dimensions, forKey: FieldName("shape"))
        try fields.encode(
          [tensor.bytes.lowerBound, tensor.bytes.upperBound], forKey: FieldName("data_offsets"))
      }
    }
  }
}

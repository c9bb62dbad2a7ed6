import Messages

/// The fields of a constant's message, each of which may stand there once: protocol buffers join the values of a field that is repeated, or take
/// the last, and of values in several forms one program takes these and another those.
struct ONNXTensorRecord {
  var name: String?
  var type: Int?
  var dimensions: [Int] = []
  var external: [String: String] = [:]
  private var location: UInt64?
  /// The number of the field with the values, and where they are.
  private var values: (field: Int, range: Range<Int>)?

  var isExternal: Bool { location == 1 }

  /// The word for a field that is repeated; nil while none is.
  private var doubled: String?

  /// The place of the values in the file itself.
  func place() -> ONNXTensor.Place {
    guard let (field, range) = values, !range.isEmpty else { return .nowhere }
    return [4, 9, 10].contains(field) ? .raw(range) : .varints(range)
  }

  /// Takes what may be there once; `word` is for the message.
  mutating func set<Value>(_ field: WritableKeyPath<Self, Value?>, _ value: Value, _ word: String) {
    if self[keyPath: field] != nil { doubled = word }
    self[keyPath: field] = value
  }

  mutating func setLocation(_ number: UInt64) { set(\.location, number, "place") }

  mutating func setExternal(_ key: String, _ text: String) {
    if external.updateValue(text, forKey: key) != nil { doubled = key }
  }

  mutating func setValues(_ field: Int, _ range: Range<Int>) {
    // Packed numbers that are none change nothing.
    if field == 9 || !range.isEmpty { set(\.values, (field, range), "values") }
  }

  /// Refuses what is there twice, values that lie both in the file and elsewhere, and those in a field that is not their type's.
  func requireOnePlace(_ type: ONNXType, _ cursor: ByteCursor) throws(WeightFileError) {
    let label = "the constant '\((name ?? "").printable)'"
    let both = isExternal && values.map { !$0.range.isEmpty } == true ? "values" : nil
    if let word = doubled ?? both {
      throw cursor.fault(
        .malformedGraph,
        "\(label) has its \(word.printable) twice, and programs differ in which they take; do not trust this file, or export the network "
          + "again")
    }
    guard (location ?? 0) <= 1 else {
      throw cursor.fault(
        .unsupportedTensor, "\(label) has its values at a place that is not known; export the network again")
    }
    let own =
      switch type {
      case .float, .complex64: 4
      case .double, .complex128: 10
      case .int64: 7
      case .uint32, .uint64: 11
      case .string: 6
      case .uint8, .int8, .uint16, .int16, .int32, .bool, .float16, .bfloat16: 5
      }
    guard let field = values?.field, field != 9, field != own else { return }
    throw cursor.fault(
      .invalidTensor,
      "\(label) has its values as numbers of another type than \(type.word); export the network again")
  }
}

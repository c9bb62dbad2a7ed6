import Files
import Messages
import StrictJSON
import TensorCore

extension SafetensorsHeader {
  /// True if a file that begins so is a safetensors file: a possible length, and then an object.
  static func isLikely(_ first: [UInt8]) -> Bool {
    first.count >= 9 && first[8] == UInt8(ascii: "{") && length(first) <= UInt64(lengthLimit)
  }

  private static func length(_ first: [UInt8]) -> UInt64 {
    first.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Reads the header of a file and checks it, and says where the data begins.
  ///
  /// - Throws: ``WeightFileError``; everything in the file is untrusted.
  static func read(from file: InputFile) throws(WeightFileError) -> (header: Self, dataStart: Int) {
    guard file.size >= 8 else {
      throw WeightFileError(
        .headerLength, file: file.path, "\(file.size) bytes; a safetensors file begins with 8 for a length")
    }
    let length = length(try file.array(in: 0..<8))
    guard length <= UInt64(lengthLimit) else {
      throw WeightFileError(
        .headerLength, file: file.path,
        "a header of \(length) bytes; at most \(lengthLimit) are allowed, so this is no safetensors file")
    }
    guard Int(length) <= file.size - 8 else {
      throw WeightFileError(
        .headerLength, file: file.path,
        "a header of \(length) bytes in a file of \(file.size); the file is not complete")
    }
    let dataStart = 8 + Int(length)
    let header = try Self(json: try file.array(in: 8..<dataStart), file: file.path)
    try header.validate(dataByteCount: file.size - dataStart, file: file.path)
    return (header, dataStart)
  }

  private init(json: [UInt8], file: String) throws(WeightFileError) {
    // White space may follow the object, not precede it.
    guard json.first == UInt8(ascii: "{") else {
      throw WeightFileError(.malformedHeader, file: file, "the header must begin with '{'")
    }
    var parser = SafetensorsParser(scanner: JSONScanner(json), file: file)
    do {
      try parser.parse()
    } catch {
      throw error as? WeightFileError ?? WeightFileError(.malformedHeader, file: file, "the header, \(error)")
    }
    self = parser.header
  }
}

/// The fields of a header, read one by one.
private struct SafetensorsParser {
  var scanner: JSONScanner
  let file: String
  var header = SafetensorsHeader()
  private var hasMetadata = false

  init(scanner: JSONScanner, file: String) {
    self.scanner = scanner
    self.file = file
  }

  mutating func parse() throws {
    try scanner.open(.object)
    while let name = try scanner.nextName(limit: TensorLimit.name) {
      if name == SafetensorsHeader.metadataName {
        guard !hasMetadata else { throw scanner.fault("'\(name)' is there twice") }
        hasMetadata = true
        try parseMetadata()
      } else {
        header.tensors.append(try tensor(named: name))
        try requireFew(header.tensors.count)
      }
    }
    try scanner.expectEnd()
  }

  private mutating func parseMetadata() throws {
    let limit = SafetensorsHeader.textLimit
    var byteCount = 0
    try scanner.open(.object)
    while let key = try scanner.nextName(limit: TensorLimit.name) {
      let value = try scanner.string(limit: limit)
      byteCount += value.utf8.count
      guard byteCount <= limit else {
        throw scanner.fault("the texts of the metadata have more than \(limit) bytes together")
      }
      guard header.metadata.updateValue(value, forKey: key) == nil else {
        throw scanner.fault("the metadata has '\(key.printable)' twice")
      }
      try requireFew(header.metadata.count)
    }
  }

  private mutating func tensor(named name: String) throws -> SafetensorsTensor {
    var type: String?
    var extents: [Int]?
    var offsets: [Int]?
    try scanner.open(.object)
    while let field = try scanner.nextName(limit: TensorLimit.name) {
      switch field {
      case "dtype" where type == nil: type = try scanner.string(limit: TensorLimit.name)
      case "shape" where extents == nil: extents = try counts(limit: TensorLimit.rank)
      case "data_offsets" where offsets == nil: offsets = try counts(limit: 2)
      default: throw scanner.fault("'\(field.printable)' is twice there, or is no field of a tensor")
      }
    }
    guard let type, let extents, let offsets else {
      throw scanner.fault("'\(name.printable)' needs dtype, shape and data_offsets")
    }
    guard let type = SafetensorsType(rawValue: type) else {
      throw WeightFileError(
        .unknownElementType, file: file, "tensor '\(name.printable)': the type '\(type.printable)' is unknown"
      )
    }
    guard TensorLimit.isSound(extents), let shape = Shape(checking: extents) else {
      throw WeightFileError(
        .invalidTensor, file: file, "tensor '\(name.printable)': the shape \(extents) has too many elements")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw WeightFileError(
        .invalidTensor, file: file,
        "tensor '\(name.printable)': the data_offsets \(offsets) are not a beginning and an end")
    }
    return SafetensorsTensor(name: name, type: type, shape: shape, bytes: offsets[0]..<offsets[1])
  }

  private mutating func counts(limit: Int) throws -> [Int] {
    var counts: [Int] = []
    try scanner.open(.array)
    while try scanner.nextElement() {
      guard counts.count < limit else { throw scanner.fault("more than \(limit) numbers") }
      counts.append(try scanner.count())
    }
    return counts
  }

  private func requireFew(_ count: Int) throws {
    guard count <= SafetensorsHeader.countLimit else {
      throw scanner.fault("more than \(SafetensorsHeader.countLimit) entries")
    }
  }
}

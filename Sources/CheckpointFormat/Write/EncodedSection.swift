import Deflate
import Messages
import StrictJSON
import TensorCore

/// The content of a section as it lies in the file, FORMAT §3.
struct EncodedSection: Sendable {
  var bytes: [UInt8]
  var decodedLength: Int
  var isDeflated: Bool

  /// Documents below this size stay readable as they are.
  static let documentThreshold = 4096

  /// Encodes a section. Compressed when allowed, worth it, and within the limit of expansion.
  init(_ content: [UInt8], compressing: Bool, threshold: Int = 64) {
    bytes = content
    decodedLength = content.count
    isDeflated = false
    guard compressing, content.count >= threshold else { return }
    var target = AlignedBuffer(byteCount: content.count - content.count / 8)
    let encoder = Deflater(.matches)
    var targetBytes = target.mutableBytes
    guard let count = encoder.encode(content.rawBytes, into: &targetBytes),
      content.count <= count * Int(Format.sectionExpansionLimit)
    else { return }
    bytes = Array(copying: target.bytes.extracting(first: count))
    isDeflated = true
  }

  /// The decoded content of a section whose record was validated.
  static func decode(_ stored: RawSpan, record: SectionRecord) throws(CheckpointError) -> [UInt8] {
    try check(stored, record: record)
    guard record.encoding == SectionRecord.deflate else {
      return Array(copying: stored)
    }
    var content = [UInt8](repeating: 0, count: Int(record.decodedLength))
    var span = content.mutableSpan
    // A `UInt8` has no padding.
    var contentBytes = unsafe span.mutableBytes
    if let fault = Inflater().decode(stored, into: &contentBytes) {
      throw CheckpointError(
        .badSectionContent, at: record.offset,
        "the compressed section \(record.kind) cannot be decoded: \(fault)")
    }
    return content
  }

  /// Checks the checksum of a section.
  static func check(_ stored: RawSpan, record: SectionRecord) throws(CheckpointError) {
    let sum = CRC32C.checksum(of: stored)
    guard sum == record.crc else {
      throw CheckpointError(
        .sectionChecksum, at: record.offset,
        "section \(record.kind) is damaged: its checksum is 0x\(hexadecimal(sum)), and 0x\(hexadecimal(record.crc)) is recorded"
      )
    }
  }

  /// The rules of FORMAT §3.2 for a document.
  static func checkDocument(
    _ document: [UInt8], _ kind: SectionKind, at offset: UInt64?
  ) throws(CheckpointError) {
    guard (try? UTF8Span(validating: document.span)) != nil else {
      throw CheckpointError(.badText, at: offset, "section \(kind) is not valid UTF-8")
    }
    do {
      try JSONScanner.check(document, valueLimit: Format.documentValueLimit, outermost: .object)
    } catch {
      throw CheckpointError(
        .badDocument, at: offset, "section \(kind) is not the JSON that it must be: \(error)")
    }
    if kind == .architecture, let fault = nameFault(in: document) {
      throw CheckpointError(.badDocument, at: offset, "the name of the architecture \(fault)")
    }
  }

  /// The reason why the member `name` of a sound document is no name; nil where it is one, or no text.
  private static func nameFault(in document: [UInt8]) -> String? {
    var scanner = JSONScanner(document)
    do {
      try scanner.open(.object)
      while let name = try scanner.nextName() {
        if name == "name", scanner.peek() == UInt8(ascii: "\"") { return try scanner.string().nameFault }
        try scanner.skipValue()
      }
    } catch {}
    return nil
  }
}

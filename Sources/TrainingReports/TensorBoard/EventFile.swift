import Files
import Platform
import TensorCore

/// A file of records framed as TFRecord frames them: the length in 8 bytes, its checksum, the record, its checksum. Checksums are
/// CRC-32C, rotated and shifted by a constant, so that a checksum of checksums is not degenerate.
final class EventFile {
  private let file: GrowingFile

  /// Creates a file under the name that TensorBoard looks for: `events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER`.
  ///
  /// - Parameter wallTime: seconds since 1970.
  init(folder: String, wallTime: Double) throws(FileError) {
    try makeFolders(folder)
    let seconds = String(Int(min(max(wallTime, 0), 9_999_999_999)))
    let start =
      folder + "/" + Self.namePrefix + String(repeating: "0", count: 10 - seconds.count) + seconds
      + ".\(Self.hostName).\(getpid())."
    var number = 0
    while isRegularFile(start + "\(number)") { number += 1 }
    file = try GrowingFile(path: start + "\(number)")
    try append(EventMessages.fileVersion(wallTime: wallTime))
  }

  private static let namePrefix = "events.out.tfevents."

  /// Returns true if a folder has such a file.
  static func isThere(in folder: String) -> Bool {
    FolderListing.names(in: folder, endingIn: "", limit: .max).contains { $0.hasPrefix(namePrefix) }
  }

  /// Adds a record; it is in the file when this returns.
  func append(_ message: WireMessage) throws(FileError) {
    try file.append(Self.frame(message.bytes).rawBytes)
  }

  static func frame(_ record: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt64(record.count))
    writer.write(maskedChecksum(writer.bytes))
    writer.write(bytes: record)
    writer.write(maskedChecksum(record))
    return writer.bytes
  }

  static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let sum = CRC32C.checksum(of: bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }

  /// The name of the machine without characters that a file's name cannot have.
  private static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "host" }
    let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let plain = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
    return plain.isEmpty ? "host" : plain
  }
}

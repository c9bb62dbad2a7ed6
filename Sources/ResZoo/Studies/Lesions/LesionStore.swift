import Files
import Messages
import ModelDescriptor
import TensorCore

/// The answers that a study has so far, in a file: they survive an interruption.
///
/// Each line after the first is JSON. Lines of other networks or other images are passed over.
final class LesionStore {
  /// The answers of one network with one set of blocks left out.
  struct Entry: Codable {
    /// A text that tells the network and the images from others.
    var subject: String
    /// The blocks that are left out.
    var without: [String]
    /// As ``LesionInputs/answers(of:progress:)`` gives them.
    var answers: [Int]
    /// The time that they took.
    var seconds: Double
  }

  /// The place of an entry.
  private struct Key: Hashable {
    var subject: String
    var without: [String]
  }

  let path: String
  private let file: GrowingFile
  /// Keeps other processes from the file.
  private let lock: FileLock
  private var entries: [Key: Entry] = [:]

  private static let head = Array(#"{"format":"reszoo lesions","version":1}"#.utf8) + [0x0A]
  /// More seconds than any lesion takes.
  private static let secondsLimit = 1e9
  /// The most bytes that are read.
  private static let limit = 1 << 28

  /// Opens the file, or creates it.
  ///
  /// - Throws: ``FileError``, with `exists` for a file of another kind; ``LesionError`` with `busy` when another process has it.
  init(path: String) throws {
    guard let lock = try FileLock.ifFree(path: path + ".lock") else {
      throw LesionError(.busy, path, "another process works on this study; name another output")
    }
    self.path = path
    self.lock = lock
    file = try GrowingFile(path: path, isOwn: true)
    let bytes = file.byteCount > 0 ? try InputFile(path: path).readAll(limit: Self.limit) : []
    guard bytes.isEmpty || bytes.starts(with: Self.head) else {
      throw FileError(
        .exists, path: path,
        "results are kept there until they are complete, but it is another file; move it, or name another output"
      )
    }
    if bytes.isEmpty {
      try file.append(Self.head.rawBytes)
      return
    }
    var end = Self.head.count
    // The last line may be torn.
    while let stop = bytes[end...].firstIndex(of: 0x0A),
      let entry = try? JSON.decode(Entry.self, from: Array(bytes[end..<stop]))
    {
      entries[Key(subject: entry.subject, without: entry.without)] = entry
      end = stop + 1
    }
    try file.truncate(to: UInt64(end))
  }

  /// The answers of an earlier run; nil unless there is one of these classes for each image.
  func entry(_ subject: String, without: [String], images: Int, classes: Int) -> Entry? {
    guard let entry = entries[Key(subject: subject, without: without)], entry.answers.count == images,
      entry.answers.allSatisfy({ $0 < classes }), (0...Self.secondsLimit).contains(entry.seconds)
    else { return nil }
    return entry
  }

  /// Keeps answers.
  ///
  /// - Throws: ``FileError``.
  func append(_ entry: Entry) throws {
    try file.append((JSON.encode(entry) + [0x0A]).rawBytes)
  }
}

import Crypto
import Files
import Messages
package import TensorCore
import Threads

/// The SHA-256 of an image as it is stored. The bytes are hashed, not the file's date and size: a copy keeps its features wherever it
/// lies and however it is dated, a change is always seen, and reading an image costs little beside running a network on it.
package struct ImageDigest: Hashable, Sendable {
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  /// The size of a digest in a file: 32 bytes.
  package static let byteCount = 32

  /// The digest of some bytes.
  package init(of bytes: [UInt8]) {
    self.init(Array(SHA256.hash(data: bytes)))
  }

  /// - Parameter digest: 32 bytes.
  package init(_ digest: [UInt8]) {
    precondition(digest.count == Self.byteCount, "a digest of \(digest.count) bytes")
    var words: [UInt64] = []
    for start in stride(from: 0, to: Self.byteCount, by: 8) {
      words.append(digest[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    (first, second, third, fourth) = (words[0], words[1], words[2], words[3])
  }

  /// In hexadecimal, as programs print it.
  package var text: String {
    var writer = ByteWriter()
    write(to: &writer)
    return hexadecimal(writer.bytes)
  }

  /// Writes 32 bytes.
  package func write(to writer: inout ByteWriter) {
    for word in [first, second, third, fourth] { writer.write(word) }
  }

  /// The digests of images; nil for those that cannot be read. A record has that of its file and its number.
  ///
  /// - Complexity: O(bytes of the files); each is read once.
  package static func digests(of sources: [ImageSource], threads: Int = 0) -> [ImageDigest?] {
    var units: [Unit: Int] = [:]
    for source in sources {
      guard let unit = Unit(source), units[unit] == nil else { continue }
      units[unit] = units.count
    }
    let job = HashingJob(units: units.sorted { $0.value < $1.value }.map(\.key))
    WorkerPool(threads: threads).run(job, tasks: units.count)
    let hashed = job.digests.withLock { $0 }
    var recordBytes: [ExactText: Int] = [:]
    // By its name a file can be of one CIFAR or the other, whose records lie elsewhere.
    func layout(of path: String) -> Int {
      if let known = recordBytes[ExactText(path)] { return known }
      let size = (try? InputFile(path: path))?.byteCount ?? 0
      let bytes = (CIFARFiles.kind(of: path, byteCount: size) ?? .ten).recordBytes
      recordBytes[ExactText(path)] = bytes
      return bytes
    }
    return sources.map { source in
      if case .data(_, let bytes) = source { return ImageDigest(of: bytes) }
      guard let unit = Unit(source), let number = units[unit], let digest = hashed[number] else { return nil }
      guard case .record(let path, let index) = source else { return ImageDigest(digest) }
      var writer = ByteWriter()
      writer.write(bytes: digest)
      writer.write(Int64(layout(of: path)))
      writer.write(Int64(index))
      return ImageDigest(of: writer.bytes)
    }
  }
}

extension ImageDigest {
  /// SHA-256, in hexadecimal, of a line for each image that can be read, in their order: its digest in hexadecimal.
  ///
  /// - Complexity: O(bytes of the files); each is read once.
  package static func listSHA256(of sources: [ImageSource], threads: Int = 0) -> String {
    var hasher = SHA256()
    for digest in digests(of: sources, threads: threads) {
      guard let digest else { continue }
      hasher.update(data: Array((digest.text + "\n").utf8))
    }
    return hexadecimal(hasher.finalize())
  }
}

/// Bytes that are hashed at once: a file, or a part of one.
private struct Unit: Hashable {
  var file: ExactText
  /// The part; nil for the whole file.
  var part: Range<UInt64>?

  init?(_ source: ImageSource) {
    switch source {
    case .file(let path), .record(let path, _): file = ExactText(path)
    case .member(let path, _, let offset, let count):
      file = ExactText(path)
      part = offset..<offset + UInt64(count)
    case .data, .illegible: return nil
    }
  }
}

/// Hashes files and parts of files, one in each task.
private final class HashingJob: ParallelJob {
  private let units: [Unit]
  let digests: Locked<[[UInt8]?]>

  init(units: [Unit]) {
    self.units = units
    digests = Locked(Array(repeating: nil, count: units.count))
  }

  func run(task: Int, worker: Int) {
    let digest = try? Self.digest(of: units[task])
    digests.withLock { $0[task] = digest }
  }

  private static func digest(of unit: Unit) throws(FileError) -> [UInt8] {
    let file = try InputFile(path: unit.file.text)
    var hasher = SHA256()
    var position = unit.part?.lowerBound ?? 0
    let end = unit.part?.upperBound ?? file.byteCount
    while position < end {
      let count = Int(min(1 << 20, end - position))
      let piece = try file.read(count: count, at: position)
      let bytes = piece.bytes
      unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
      position += UInt64(count)
    }
    return Array(hasher.finalize())
  }
}

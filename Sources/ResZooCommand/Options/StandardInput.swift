import Files
import Messages
import Platform
import ResZoo

/// The bytes that an operand `-` stands for: a list of paths, or one image.
enum StandardInput {
  case paths([String])
  case image([UInt8])

  /// The most bytes that are read.
  private static let byteLimit = 1 << 30
  /// The most bytes of a path; what is longer leads nowhere, and is cut for messages.
  private static let pathLimit = 4096

  /// Reads all of standard input.
  init() throws(Failure) {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe read(STDIN_FILENO, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(.noInput, "standard input: \(systemMessage(errno))") }
      if count == 0 { break }
      bytes += piece[..<count]
      guard bytes.count <= Self.byteLimit else {
        throw Failure(
          .data, "standard input: has more than \(Self.byteLimit.grouped) bytes, which is no list of paths")
      }
    }
    try self.init(bytes)
  }

  /// Takes bytes for an image if control characters that no list has are among the first ones.
  private init(_ bytes: [UInt8]) throws(Failure) {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw Failure(.data, "standard input: is text in UTF-16; paths must be in UTF-8")
    }
    let isText = bytes.prefix(Self.pathLimit).allSatisfy {
      $0 >= 0x20 || [0x00, 0x09, 0x0A, 0x0D].contains($0)
    }
    guard !isText else {
      self = .paths(try Self.paths(bytes))
      return
    }
    do throws(ImageError) {
      try requireImageFormat(bytes)
    } catch {
      throw Failure(
        .data, "standard input: \(error.message). '-' takes paths, one on each line, or one image")
    }
    self = .image(bytes)
  }

  /// The paths of a list: each ends in a line feed, with or without a carriage return before it, or all end in a NUL.
  private static func paths(_ bytes: [UInt8]) throws(Failure) -> [String] {
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    let isSeparatedByNULs = content.contains(0)
    guard !isSeparatedByNULs || content.last == 0 else {
      throw Failure(
        .data,
        "standard input: has a NUL, but does not end in one; paths are one on each line, or each ends in a NUL ('find -print0')"
      )
    }
    return content.split(separator: isSeparatedByNULs ? 0 : 0x0A).compactMap { line in
      let path = !isSeparatedByNULs && line.last == 0x0D ? line.dropLast() : line
      guard !path.isEmpty else { return nil }
      guard path.count > pathLimit else { return String(decoding: path, as: UTF8.self) }
      return String(decoding: path.prefix(100), as: UTF8.self) + "… (\(path.count.grouped) bytes)"
    }
  }
}

import Files
import Messages
import Platform
import ResZoo

/// The bytes that an operand `-` stands for: a list of paths, or one image.
enum StandardInput {
  case paths([Path])
  case image([UInt8])

  /// A path of a list.
  struct Path {
    var text: String
    /// False for one that is not UTF-8; the text has U+FFFD in the place of what is not.
    var isLegible: Bool
  }

  /// The most bytes of an image that are read, as of a file.
  private static let imageByteLimit = 512 << 20
  /// The most bytes of a list that are read.
  private static let listByteLimit = 1 << 28
  /// The most bytes of a path; what is longer leads nowhere, and is cut for messages.
  private static let pathLimit = 4096

  /// Reads all of standard input.
  init() throws(Failure) {
    OpenInputs.insertStandardInput()
    var bytes: [UInt8] = []
    var list = ListCheck()
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe read(STDIN_FILENO, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(.noInput, "standard input: \(systemMessage(errno))") }
      if count == 0 { break }
      if bytes.count > 1 << 24 {
        // Growing by halves would hold all bytes twice; what is not written takes no memory.
        bytes.reserveCapacity(Self.imageByteLimit + piece.count)
      }
      bytes += piece[..<count]
      let isList = bytes.count >= Self.pathLimit && Self.isList(bytes)
      if isList { try list.check(bytes) }
      let limit = isList ? Self.listByteLimit : Self.imageByteLimit
      guard bytes.count <= limit else {
        let kind = isList ? "list of paths" : "image"
        throw Failure(.data, "standard input: has more than \(limit.grouped) bytes, which is no \(kind)")
      }
    }
    try self.init(bytes)
  }

  /// Takes bytes for an image if control characters that no list has are among the first ones.
  private init(_ bytes: [UInt8]) throws(Failure) {
    if Self.isUTF16(bytes) {
      throw Failure(.data, "standard input: is text in UTF-16; paths must be in UTF-8")
    }
    guard !Self.isList(bytes) else {
      var check = ListCheck()
      try check.check(bytes)
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

  private static func isUTF16(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
  }

  /// True if none of the first bytes is a control character that no list has.
  private static func isList(_ bytes: [UInt8]) -> Bool {
    !isUTF16(bytes)
      && bytes.prefix(pathLimit).allSatisfy { $0 >= 0x20 || [0x00, 0x09, 0x0A, 0x0D].contains($0) }
  }

  /// Refuses what no list of paths is before all of it was read.
  private struct ListCheck {
    private var position = 0
    private var lineStart = 0
    private var paths = 0

    /// The most paths, which take some ten times the memory of their bytes.
    private static let countLimit = 5_000_000
    /// The most bytes up to the end of a path, far above those that a system takes.
    private static let lineLimit = 1 << 20

    /// Looks at the bytes that were not there before.
    mutating func check(_ bytes: [UInt8]) throws(Failure) {
      while position < bytes.count {
        let byte = bytes[position]
        if byte == 0, position == lineStart, position > 0, bytes[position - 1] == 0 {
          throw Failure(
            .data, "standard input: has two NULs with no path between them, so it is no list of paths")
        }
        position += 1
        if byte == 0 || byte == 0x0A {
          lineStart = position
          paths += 1
        }
        guard paths <= Self.countLimit else {
          throw Failure(
            .data, "standard input: has more than \(Self.countLimit.grouped) paths; give them in parts")
        }
        guard position - lineStart <= Self.lineLimit else {
          throw Failure(
            .data,
            "standard input: has \(Self.lineLimit.grouped) bytes without an end of a path; paths are one on each line, or each ends in a NUL ('find -print0')"
          )
        }
      }
    }
  }

  /// The paths of a list: each ends in a line feed, with or without a carriage return before it, or all end in a NUL.
  private static func paths(_ bytes: [UInt8]) throws(Failure) -> [Path] {
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
      guard path.count <= pathLimit else {
        return Path(
          text: String(decoding: path.prefix(100), as: UTF8.self) + "… (\(path.count.grouped) bytes)",
          isLegible: true)
      }
      guard let text = String(validating: path, as: UTF8.self) else {
        return Path(text: String(decoding: path, as: UTF8.self), isLegible: false)
      }
      return Path(text: text, isLegible: true)
    }
  }
}

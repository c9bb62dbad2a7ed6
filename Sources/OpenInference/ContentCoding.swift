import Deflate
package import Serving

/// A form that the body of a request or an answer is compressed in (RFC 9110 §8.4.1).
package enum ContentCoding: String, Sendable {
  case gzip
  /// Deflate in zlib's wrapper, as the standard has it.
  case deflate

  private var wrapper: Inflater.Wrapper { self == .gzip ? .gzip : .zlib }

  /// Decompresses a body.
  ///
  /// - Parameter limit: the most bytes of the result.
  /// - Throws: ``ServingError`` of the codes `invalid` and `tooLarge`.
  package func decode(_ body: [UInt8], limit: Int) throws(ServingError) -> [UInt8] {
    let inflater = Inflater(wrapper)
    var decoded: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    var position = 0
    while !inflater.isFinished {
      let step: (read: Int, written: Int)? = {
        var target = piece.mutableSpan
        var bytes = unsafe target.mutableBytes
        return unsafe inflater.decode(piece: body.span.bytes.extracting(position..<body.count), into: &bytes)
      }()
      guard let step, step.read > 0 || step.written > 0 else {
        throw ServingError(.invalid, "the body is not sound \(rawValue) data")
      }
      position += step.read
      guard decoded.count + step.written <= limit else {
        throw ServingError(.tooLarge, "the body has more than \(limit) bytes when it is decompressed")
      }
      decoded += piece[..<step.written]
    }
    guard position == body.count else {
      throw ServingError(.invalid, "\(body.count - position) bytes follow the \(rawValue) data")
    }
    return decoded
  }

  /// Compresses a body; nil where that makes it no smaller.
  func encode(_ body: [UInt8]) -> [UInt8]? {
    let deflater = Deflater(.matches, level: 1, wrapper)
    var target = [UInt8](repeating: 0, count: body.count)
    let count: Int? = {
      var span = target.mutableSpan
      var bytes = unsafe span.mutableBytes
      return unsafe deflater.encode(body.span.bytes, into: &bytes)
    }()
    return count.map { Array(target[..<$0]) }
  }

  /// The form of an answer by what a client accepts (`Accept-Encoding`); nil for none.
  static func accepted(_ header: String) -> ContentCoding? {
    var best: (coding: ContentCoding, weight: Double)?
    for part in header.split(separator: ",") {
      let fields = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      guard let name = fields.first, let coding = ContentCoding(rawValue: name.lowercased()) else { continue }
      let weight = fields.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
      if weight > 0, weight > best?.weight ?? 0 { best = (coding, weight) }
    }
    return best?.coding
  }
}

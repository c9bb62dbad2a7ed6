import CSPNG
import Platform

/// What libspng is given of a PNG file, piece by piece: the header, colours if it insists on some, the pixels and an end.
@safe final class PNGSource {
  private let file: UnsafeBufferPointer<UInt8>
  /// Places in the file.
  private let pixels: Range<Int>
  private let start: [UInt8]
  private let end: [UInt8]
  private var position = 0

  /// - Parameter file: bytes that outlive the source.
  init(_ file: UnsafeBufferPointer<UInt8>, _ chunks: PNGChunks) {
    unsafe self.file = unsafe file
    pixels = chunks.pixels
    let header = unsafe Array(file.prefix(PNGChunks.headerEnd))
    // Color type 3: indices, which are looked up here and not by libspng, in whose way a palette of any size could be.
    start = header[25] == 3 ? header + Self.oneColor : header
    end = chunks.isCut ? [] : Self.ending
  }

  /// A palette of one black colour.
  private static let oneColor: [UInt8] = [0, 0, 0, 3] + Array("PLTE".utf8) + [0, 0, 0, 0, 0, 0, 0]
  private static let ending: [UInt8] = [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]

  /// libspng's callback: the next bytes, all of them or an error.
  static let read:
    @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int) -> Int32 =
      { _, user, target, count in
        guard let user = unsafe user, let target = unsafe target else { return Int32(SPNG_IO_ERROR.rawValue) }
        let source = unsafe Unmanaged<PNGSource>.fromOpaque(user).takeUnretainedValue()
        return unsafe source.copy(count, to: target) ? 0 : SPNG_IO_EOF.rawValue
      }

  private func copy(_ count: Int, to target: UnsafeMutableRawPointer) -> Bool {
    guard count <= start.count + pixels.count + end.count - position else { return false }
    let target = unsafe UnsafeMutableRawBufferPointer(start: target, count: count)
    var done = 0
    unsafe start.withUnsafeBytes { unsafe copy($0, from: 0, to: target, &done) }
    let pixels = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(file)[pixels])
    unsafe copy(pixels, from: start.count, to: target, &done)
    unsafe end.withUnsafeBytes { unsafe copy($0, from: start.count + pixels.count, to: target, &done) }
    return done == count
  }

  /// Copies what is wanted next of a piece that begins at `start` in the stream.
  private func copy(
    _ piece: UnsafeRawBufferPointer, from start: Int, to target: UnsafeMutableRawBufferPointer,
    _ done: inout Int
  ) {
    let offset = position - start
    guard done < target.count, (0..<piece.count).contains(offset) else { return }
    let count = min(target.count - done, piece.count - offset)
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: piece[offset..<offset + count])
    unsafe UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count]).copyMemory(from: bytes)
    position += count
    done += count
  }
}

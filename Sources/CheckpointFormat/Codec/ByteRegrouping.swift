import CCodec

/// Takes floats apart into a plane of top bytes, which compress, and planes of the other bytes, which do not
/// (FORMAT §5.2).
enum ByteRegrouping {
  /// Splits elements.
  ///
  /// - Parameters:
  ///   - width: bytes of one element: 2, 4 or 8.
  ///   - elements: whole elements.
  ///   - planes: receives `width - 1` bytes for each element.
  ///   - top: receives one byte for each element.
  static func split(
    width: Int, elements: RawSpan, planes: inout MutableRawSpan, top: inout MutableRawSpan
  ) {
    let count = elements.byteCount / width
    precondition(
      elements.byteCount == count * width && planes.byteCount == count * (width - 1)
        && top.byteCount == count,
      "\(elements.byteCount) bytes in, \(planes.byteCount) and \(top.byteCount) out, \(width) wide")
    unsafe elements.withUnsafeBytes { source in
      unsafe planes.withUnsafeMutableBytes { planes in
        unsafe top.withUnsafeMutableBytes { top in
          guard count > 0 else { return }
          let (e, p, t) = unsafe (address(source), mutableAddress(planes), mutableAddress(top))
          switch width {
          case 2: unsafe rz_split_16(count, e, p, t)
          case 4: unsafe rz_split_32(count, e, p, t)
          case 8: unsafe rz_split_64(count, e, p, t)
          default: preconditionFailure("no split of elements of \(width) bytes")
          }
        }
      }
    }
  }

  /// Joins what ``split(width:elements:planes:top:)`` took apart.
  static func join(width: Int, planes: RawSpan, top: RawSpan, elements: inout MutableRawSpan) {
    let count = elements.byteCount / width
    precondition(
      elements.byteCount == count * width && planes.byteCount == count * (width - 1)
        && top.byteCount == count,
      "\(planes.byteCount) and \(top.byteCount) bytes in, \(elements.byteCount) out, \(width) wide")
    unsafe planes.withUnsafeBytes { planes in
      unsafe top.withUnsafeBytes { top in
        unsafe elements.withUnsafeMutableBytes { target in
          guard count > 0 else { return }
          let (p, t, e) = unsafe (address(planes), address(top), mutableAddress(target))
          switch width {
          case 2: unsafe rz_join_16(count, p, t, e)
          case 4: unsafe rz_join_32(count, p, t, e)
          case 8: unsafe rz_join_64(count, p, t, e)
          default: preconditionFailure("no join of elements of \(width) bytes")
          }
        }
      }
    }
  }

  /// Returns true if every byte is zero.
  static func isZero(_ bytes: RawSpan) -> Bool {
    unsafe bytes.withUnsafeBytes { unsafe rz_all_zero(address($0), $0.count) != 0 }
  }

  private static func address(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
    unsafe buffer.assumingMemoryBound(to: UInt8.self).baseAddress
  }

  private static func mutableAddress(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<UInt8>?
  {
    unsafe buffer.assumingMemoryBound(to: UInt8.self).baseAddress
  }
}

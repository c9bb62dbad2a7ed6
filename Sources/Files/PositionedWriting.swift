import Platform

/// Writes all bytes at a position of an open file, whatever parts the system takes them in.
///
/// - Returns: the system's number of what went wrong, `ENOSPC` when it takes nothing; nil when all is written.
func writeAll(_ bytes: RawSpan, to descriptor: Int32, at start: off_t) -> Int32? {
  var done = 0
  while done < bytes.byteCount {
    let (count, number) = FileSizeSignal.suppressed {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe pwrite(
          descriptor, buffer.baseAddress.unsafelyUnwrapped + done, buffer.count - done, start + off_t(done))
      }
      return (count, errno)
    }
    if count > 0 {
      done += count
    } else if count == 0 || number != EINTR {
      return count == 0 ? ENOSPC : number
    }
  }
  return nil
}

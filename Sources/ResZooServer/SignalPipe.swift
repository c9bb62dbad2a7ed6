import Platform
import Synchronization

/// Signals written to a pipe as they come: all that a handler of signals may do.
enum SignalPipe {
  /// The end that handlers write to.
  static let writeEnd = Atomic<Int32>(-1)

  /// Has a signal written to the pipe.
  static func take(_ number: Int32) {
    signal(number) { number in
      let before = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = unsafe Platform.write(SignalPipe.writeEnd.load(ordering: .acquiring), &byte, 1)
      errno = before
    }
  }
}

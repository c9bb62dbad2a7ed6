import Platform
import Synchronization
import Threads

/// The signals that a server takes, in the order in which they come.
final class ServerSignals: Sendable {
  let stream: AsyncStream<Int32>

  /// From now on SIGTERM, SIGINT and SIGHUP are taken; none that comes later is lost.
  init() throws {
    let (stream, continuation) = AsyncStream<Int32>.makeStream()
    self.stream = stream
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0, fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 else {
      throw ServerFailure("no pipe can be opened")
    }
    SignalPipe.writeEnd.store(ends[1], ordering: .releasing)
    let reading = ends[0]
    let started = DetachedThread.start {
      var number: UInt8 = 0
      while true {
        guard unsafe read(reading, &number, 1) == 1 else {
          if errno == EINTR { continue }
          return
        }
        continuation.yield(Int32(number))
      }
    }
    guard started else { throw ServerFailure("no thread can be started") }
    for number in [SIGTERM, SIGINT, SIGHUP] { SignalPipe.take(number) }
  }

  /// Ends the process as a signal ends one that does not take it.
  static func end(by number: Int32) {
    signal(number, SIG_DFL)
    raise(number)
  }
}

import Dispatch
import Platform

/// The signals that a server takes, in the order in which they come.
final class ServerSignals {
  let stream: AsyncStream<Int32>
  private let sources: [any DispatchSourceSignal]

  init() {
    let (stream, continuation) = AsyncStream<Int32>.makeStream()
    self.stream = stream
    sources = [SIGTERM, SIGINT, SIGHUP].map { number in
      // The source only sees signals that the process does not end by.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { continuation.yield(number) }
      source.resume()
      return source
    }
  }

  /// Ends the process as a signal ends one that does not take it.
  static func end(by number: Int32) {
    signal(number, SIG_DFL)
    raise(number)
  }
}

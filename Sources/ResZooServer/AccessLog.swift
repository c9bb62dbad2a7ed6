import Messages
import ModelDescriptor
import Platform
import Threads

/// A request as a line of the log has it.
struct AccessRecord: Encodable, Sendable {
  var method: String
  var target: String
  var status: Int
  var received: Int
  var sent: Int
  var seconds: Double
  var client: String?
  var requestId: String?
  var traceParent: String?
}

/// Lines on standard error: one for each request, where they are asked for, and one for each event of the server.
final class AccessLog: Sendable {
  enum Form: String, CaseIterable, Sendable {
    /// Events alone.
    case events
    /// Requests too, for people.
    case text
    /// The same as JSON, an object a line.
    case json
  }

  private struct Event: Encodable {
    var time: String
    var message: String
  }

  private struct Request: Encodable {
    var time: String
    var request: AccessRecord
  }

  private let form: Form
  private let waiting = Locked(Waiting())
  private let news = Threads.Semaphore(0)

  init(_ form: Form) {
    self.form = form
    _ = DetachedThread.start { [waiting, news] in Self.serve(waiting, news) }
  }

  /// Logs an event.
  func event(_ message: String) {
    if form == .json {
      write((try? JSON.text(ofRecord: Event(time: Self.time, message: message))) ?? "")
    } else {
      write("reszoo-server: \(message.printable)")
    }
  }

  /// Logs a request.
  func request(_ record: @autoclosure () -> AccessRecord) {
    switch form {
    case .events: return
    case .json: write((try? JSON.text(ofRecord: Request(time: Self.time, request: record()))) ?? "")
    case .text:
      let record = record()
      let milliseconds = (record.seconds * 1e6).rounded() / 1e3
      write(
        "\(Self.time) \(record.client ?? "-") \(record.method) \(record.target.printable) \(record.status) "
          + "\(record.received) \(record.sent) \(milliseconds) ms"
          + (record.requestId.map { " " + $0.printable } ?? ""))
    }
  }

  /// The time of the day by UTC, as RFC 3339 has it.
  private static var time: String {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    var parts = unsafe tm()
    unsafe gmtime_r(&now.tv_sec, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
    let date = String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(date).\("\(1000 + now.tv_nsec / 1_000_000)".dropFirst())Z"
  }

  /// Lines that are still to be written, by a thread of its own: nobody waits for who reads them.
  private struct Waiting {
    var lines: [String] = []
    var lost = 0
  }

  /// Most lines that wait; further ones are counted and lost.
  private static let lineLimit = 10_000

  private func write(_ line: String) {
    waiting.withLock { waiting in
      if waiting.lines.count < Self.lineLimit { waiting.lines.append(line) } else { waiting.lost += 1 }
    }
    news.signal()
  }

  /// Waits until all lines are written, or for a second.
  func finish() {
    let end = ContinuousClock.now + .seconds(1)
    while waiting.withLock({ !$0.lines.isEmpty || $0.lost > 0 }), ContinuousClock.now < end { usleep(1000) }
  }

  private static func serve(_ waiting: Locked<Waiting>, _ news: Threads.Semaphore) {
    while true {
      news.wait()
      let next = waiting.withLock { $0 }
      var text = next.lines.map { $0 + "\n" }.joined()
      if next.lost > 0 { text += "(\(next.lost) lines were lost, as nobody read them)\n" }
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        let count = unsafe bytes.withUnsafeBytes { unsafe Platform.write(2, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        bytes = bytes.dropFirst(count)
      }
      // Only now are they gone: whoever waits for the end waits for them.
      waiting.withLock { waiting in
        waiting.lines.removeFirst(next.lines.count)
        waiting.lost -= next.lost
      }
    }
  }
}

import NIOCore

/// What connections and requests may take.
struct ServerLimits: Sendable {
  /// Most bytes of a body, as it comes and decompressed.
  var bodyByteCount: Int
  /// Most bytes of all bodies that are being read.
  var allBodiesByteCount: Int
  /// Most connections; further ones wait to be accepted.
  var connectionCount: Int
  /// The time that a body may take to come, and an answer to leave.
  var transferTime: TimeAmount
  /// The time after which a connection without a request is closed: longer than that of usual load balancers.
  var idleTime = TimeAmount.seconds(75)
  /// Most bytes of a request's head.
  static let headByteCount = 64 << 10
  /// Most fields of a request's head.
  static let fieldCount = 200
}

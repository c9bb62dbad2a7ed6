import OpenInference
import Synchronization

/// What all connections share.
final class ServerParts: Sendable {
  let service: RESTService
  let gate: Gate
  let limits: ServerLimits
  let log: AccessLog
  /// Bytes of bodies that are being read or answered.
  let bodyBytes = Atomic<Int>(0)
  private let phase: ServerPhase

  init(_ service: RESTService, _ gate: Gate, _ limits: ServerLimits, _ log: AccessLog, _ phase: ServerPhase) {
    self.service = service
    self.gate = gate
    self.limits = limits
    self.log = log
    self.phase = phase
  }

  /// False when the server is about to end: clients are then asked to come back on another connection.
  var isWanted: Bool { phase.isWanted }
}

/// Whether the server is about to end.
final class ServerPhase: Sendable {
  private let isEnding = Atomic<Bool>(false)

  /// False from the moment at which the server was told to end.
  var isWanted: Bool { !isEnding.load(ordering: .relaxed) }

  /// Notes that the server was told to end.
  func end() { isEnding.store(true, ordering: .relaxed) }
}

import NIOCore
import Synchronization

/// A number of connections with a limit.
final class OpenCount: Sendable {
  private let limit: Int
  private let count = Atomic<Int>(0)

  init(limit: Int) { self.limit = limit }

  /// Counts one more; false if there are too many.
  func add() -> Bool { count.add(1, ordering: .relaxed).newValue <= limit }

  func remove() { count.subtract(1, ordering: .relaxed) }
}

/// Closes a connection of gRPC that is one too many, and one on which no call begins: gRPC itself counts the time without calls, from the moment
/// at which the client has said what it speaks.
final class SilenceHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private static let patience = TimeAmount.seconds(20)

  private let connections: OpenCount
  private var timer: Scheduled<Void>?

  init(_ connections: OpenCount) { self.connections = connections }

  func handlerAdded(context: ChannelHandlerContext) {
    guard connections.add() else {
      context.close(promise: nil)
      return
    }
    let box = NIOLoopBound(context, eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: Self.patience) { box.value.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    callBegan()
    connections.remove()
  }

  /// A call has begun.
  func callBegan() {
    timer?.cancel()
    timer = nil
  }
}

import NIOCore
import NIOHPACK
import NIOHTTP2
import Synchronization

/// A call of gRPC on its way in: its bytes count towards those of all bodies that are being read or answered, and one too many ends it.
final class CallHandler: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  private let parts: ServerParts
  private var reserved = 0
  private var isRefused = false

  init(_ parts: ServerParts) { self.parts = parts }

  func handlerAdded(context: ChannelHandlerContext) {
    guard let connection = context.channel.parent else { return }
    try? connection.pipeline.syncOperations.handler(type: SilenceHandler.self).callBegan()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isRefused { return }
    if case .data(let part) = unwrapInboundIn(data), !reserve(part.data.readableBytes) {
      return refuse(context)
    }
    context.fireChannelRead(data)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    parts.bodyBytes.subtract(reserved, ordering: .relaxed)
    reserved = 0
  }

  private func reserve(_ count: Int) -> Bool {
    reserved += count
    return parts.bodyBytes.add(count, ordering: .relaxed).newValue <= parts.limits.allBodiesByteCount
  }

  /// Answers with gRPC's status 14, which tells clients to try again.
  private func refuse(_ context: ChannelHandlerContext) {
    isRefused = true
    let fields: HPACKHeaders = [
      ":status": "200", "content-type": "application/grpc", "grpc-status": "14",
      "grpc-message": "too much is being uploaded at the moment; try again later",
    ]
    context.write(wrapOutboundOut(.headers(.init(headers: fields, endStream: true))), promise: nil)
    // No error: the answer is whole, and the rest of the request is not wanted (RFC 9113 §8.1).
    context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
  }
}

import NIOCore
import NIOWebSocket

/// The simulator's end of a client's WebSocket: frames out, and the two ways in which it ends.
///
/// Touched on the channel's event loop only. A class, since closing a channel calls its handlers while it is being
/// closed.
final class ServedSocket {
    private let channel: any Channel
    private(set) var isClosing = false

    init(_ channel: any Channel) {
        self.channel = channel
    }

    /// Whether what was sent before is on its way.
    var isWritable: Bool { channel.isWritable }
    /// When the connection has ended.
    var end: EventLoopFuture<Void> { channel.closeFuture }
    var eventLoop: any EventLoop { channel.eventLoop }

    /// Nothing leaves before `flush()`.
    func writeText(_ payload: [UInt8], promise: EventLoopPromise<Void>? = nil) {
        channel.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: payload)), promise: promise)
    }

    func flush() {
        channel.flush()
    }

    /// Answers a ping.
    func pong(_ data: ByteBuffer) {
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .pong, data: data), promise: nil)
    }

    /// Ends the connection without a close frame, as a failing network does.
    func drop() {
        isClosing = true
        channel.close(promise: nil)
    }

    /// Begins the close handshake; the connection ends with the client's answer, or after a second without one.
    func close(_ code: UInt16) {
        guard !isClosing else { return }
        isClosing = true
        var data = ByteBuffer()
        data.writeInteger(code)
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data), promise: nil)
        let channel = channel
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in deadline.cancel() }
    }

    /// Takes the client's close frame: an answer to ours, or the beginning of the end.
    func answerClose(_ reason: ByteBuffer) {
        if isClosing {
            channel.close(promise: nil)
            return
        }
        isClosing = true
        let channel = channel
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: reason)).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    /// It has ended.
    func hasEnded() {
        isClosing = true
    }
}

import NIOCore
import NIOHTTP1

/// Adds to every answer of a connection, also to those that the HTTP parser gives, what keeps browsers from doing harm with it.
final class AnswerHeaders: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private static let fields = [
        ("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"), ("x-frame-options", "DENY"),
    ]

    /// Adds one behind the parser of a channel that speaks HTTP; on its event loop.
    static func add(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(AnswerHeaders(), position: .after(parser))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        for (name, value) in Self.fields { head.headers.replaceOrAdd(name: name, value: value) }
        if !head.headers.contains(name: ContentPolicy.name) {
            head.headers.add(name: ContentPolicy.name, value: ContentPolicy.data.rawValue)
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}

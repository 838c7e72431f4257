import Glibc
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Synchronization

/// What a client did to a `ScriptedPeer`.
enum ClientDid: Hashable, Sendable {
    /// The head of its HTTP request, line by line.
    case ask([String])
    /// Sent a frame; a text is given as such.
    case say(String)
    case frame(opcode: UInt8, payload: [UInt8])
    /// Sent a frame that it did not mask.
    case unmasked
    case leave
}

/// The server's end of one connection.
///
/// Everything it sends is bytes, so that it can send what no library would.
final class ScriptedPeer: Sendable {
    private let channel: any Channel
    let did = Inbox<ClientDid>()
    /// Whether a close frame of the client makes the server end the connection.
    let endsWhenClosed = Atomic(true)

    init(_ channel: any Channel) {
        self.channel = channel
    }

    /// How the server leaves right after its answer.
    enum Departure: Sendable, CaseIterable {
        /// In order: TLS's farewell and a FIN.
        case end
        case reset
    }

    /// Reads the client's request and agrees to it; `followedBy` goes out with the answer in one piece.
    ///
    /// With a `departure` the client finds the end of the connection in the same read as the answer.
    @discardableResult
    func upgrade(followedBy frames: [UInt8] = [], departure: Departure? = nil) async throws -> [String] {
        guard case .ask(let lines) = try await did.next() else { throw Inbox<ClientDid>.Ended() }
        var request = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            request.headers.add(name: String(line[..<colon]), value: String(value))
        }
        let channel = channel
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { _, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { _, _ in channel.eventLoop.makeSucceededVoidFuture() })
        let head = request
        let headers = try await channel.eventLoop.flatSubmit {
            upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: head, initialResponseHeaders: [:])
        }.get()
        let accept = headers.first(name: "sec-websocket-accept") ?? ""
        let answer =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            + "Sec-WebSocket-Accept: \(accept)\r\n\r\n"
        guard let departure else {
            try await send(Array(answer.utf8) + frames)
            return lines
        }
        let bytes = ByteBuffer(bytes: Array(answer.utf8) + frames)
        try await channel.eventLoop.flatSubmit {
            // A reset is what remains when there is no time to linger.
            if departure == .reset {
                let options = channel as? any SocketOptionProvider
                options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
            }
            channel.writeAndFlush(bytes, promise: nil)
            // The client may have been quicker.
            return channel.close().flatMapError { error in
                (error as? ChannelError) == .alreadyClosed
                    ? channel.eventLoop.makeSucceededVoidFuture() : channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
        return lines
    }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends without waiting until the client takes it.
    func sendLater(_ bytes: [UInt8]) -> EventLoopFuture<Void> {
        channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    func say(_ texts: String...) async throws {
        try await send(texts.flatMap { Frame.text($0) })
    }

    /// Confirms whatever the client wants to subscribe to.
    func confirm() async throws {
        let request = try await did.next { if case .say(let text) = $0 { text.contains("subscribe") } else { false } }
        guard case .say(let text) = request else { return }
        try await say(text.replacing(#""method":"subscribe""#, with: #""type":"subscribed""#))
    }

    func close() async throws {
        try await channel.close()
    }
}

/// Frames as a server sends them (RFC 6455, section 5.2).
enum Frame {
    static func text(_ text: String) -> [UInt8] {
        make(first: 0x81, Array(text.utf8))
    }

    /// `first`: the FIN bit, three reserved bits, and the opcode.
    static func make(first: UInt8, _ payload: [UInt8], isMasked: Bool = false) -> [UInt8] {
        let mask: UInt8 = isMasked ? 0x80 : 0
        var frame: [UInt8]
        switch payload.count {
        case ..<126: frame = [first, mask | UInt8(payload.count)]
        case ..<65536: frame = [first, mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            frame = [first, mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        if isMasked { frame += [0, 0, 0, 0] }
        return frame + payload
    }

    static func close(_ code: UInt16, _ reason: String = "") -> [UInt8] {
        make(first: 0x88, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }
}

/// Reads the client's request and then its frames.
final class PeerReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let peer: ScriptedPeer
    private var buffer: [UInt8] = []
    private var hasRequest = false
    private var hasCloseFrame = false

    init(_ peer: ScriptedPeer) {
        self.peer = peer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        buffer += Array(Self.unwrapInboundIn(data).readableBytesView)
        if !hasRequest {
            let text = String(decoding: buffer, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { return }
            hasRequest = true
            peer.did.put(.ask(text[..<end.lowerBound].split(separator: "\r\n").map(String.init)))
            buffer.removeFirst(text[..<end.upperBound].utf8.count)
        }
        while takeFrame() {}
        if hasCloseFrame, peer.endsWhenClosed.load(ordering: .relaxed) { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        peer.did.put(.leave)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func takeFrame() -> Bool {
        guard buffer.count >= 2 else { return false }
        var at = 2
        var length = Int(buffer[1] & 0x7F)
        if length == 126 {
            guard buffer.count >= 4 else { return false }
            length = Int(buffer[2]) << 8 | Int(buffer[3])
            at = 4
        }
        guard buffer[1] & 0x80 != 0 else {
            peer.did.put(.unmasked)
            buffer.removeFirst(min(buffer.count, at + length))
            return true
        }
        guard buffer.count >= at + 4 + length else { return false }
        let mask = Array(buffer[at..<at + 4])
        let payload = (0..<length).map { buffer[at + 4 + $0] ^ mask[$0 % 4] }
        let opcode = buffer[0] & 0x0F
        buffer.removeFirst(at + 4 + length)
        if opcode == 8 { hasCloseFrame = true }
        peer.did.put(
            opcode == 1 ? .say(String(decoding: payload, as: UTF8.self)) : .frame(opcode: opcode, payload: payload))
        return true
    }
}

import NIOCore
import NIOWebSocket

/// Makes whole messages of a server's frames and sees that they keep to RFC 6455.
///
/// Text and binary messages are taken alike: what counts is whether the bytes parse. UTF-8 is checked there too, so that a bad
/// message costs itself and not the connection.
struct MessageAssembler {
    enum Outcome: Equatable {
        /// A part of a message, or a pong.
        case nothing
        case message([UInt8])
        /// A whole message that is too long to be kept; `beginning` are its first bytes.
        case oversized(size: Int, beginning: [UInt8])
        case ping(ByteBuffer)
        case close(code: Int?, reason: [UInt8])
        /// Close with code 1009: a message past `readLimit`.
        case tooLarge
        /// Close with code 1002, for this reason.
        case violation(String)
    }

    /// The longest message that is read to its end, in bytes; also the longest frame.
    ///
    /// Past what is kept a message is only counted, so that a foolish message does not cost the connection, and with it events.
    static let readLimit = 32 << 20
    /// What is kept of an oversized message: more than a log shows.
    private static let beginningLength = 1024

    /// The longest message that is handed on; at most `readLimit`.
    private let keepLimit: Int
    private var isInMessage = false
    private var kept: [UInt8] = []
    private var size = 0

    init(keepLimit: Int) {
        self.keepLimit = keepLimit
    }

    mutating func take(_ frame: WebSocketFrame) -> Outcome {
        if frame.rsv1 || frame.rsv2 || frame.rsv3 { return .violation("reserved bits are set") }
        if frame.maskKey != nil { return .violation("a masked frame") }
        switch frame.opcode {
        case .text, .binary:
            if isInMessage { return .violation("a new message inside a fragmented one") }
            return add(frame)
        case .continuation:
            guard isInMessage else { return .violation("a continuation without a message") }
            return add(frame)
        case .ping: return .ping(frame.data)
        case .pong: return .nothing
        case .connectionClose: return close(frame.data)
        default: return .violation("an unknown opcode")
        }
    }

    private mutating func add(_ frame: WebSocketFrame) -> Outcome {
        let data = frame.data
        // The usual case: one frame, one message, one copy.
        if frame.fin, !isInMessage, data.readableBytes <= keepLimit { return .message(Array(buffer: data)) }
        size += data.readableBytes
        guard size <= Self.readLimit else { return .tooLarge }
        isInMessage = !frame.fin
        if size <= keepLimit {
            kept.append(contentsOf: data.readableBytesView)
        } else if kept.count < Self.beginningLength {
            kept.append(contentsOf: data.readableBytesView.prefix(Self.beginningLength - kept.count))
        } else {
            kept.removeLast(kept.count - Self.beginningLength)
        }
        guard frame.fin else { return .nothing }
        defer { (kept, size) = ([], 0) }
        return size <= keepLimit ? .message(kept) : .oversized(size: size, beginning: kept)
    }

    /// The payload of a close frame (RFC 6455, sections 5.5.1 and 7.4).
    private func close(_ data: ByteBuffer) -> Outcome {
        var data = data
        guard data.readableBytes > 0 else { return .close(code: nil, reason: []) }
        guard let code = data.readInteger(as: UInt16.self) else { return .violation("a close frame with half a code") }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: return .violation("a close frame with code \(code)")
        }
        let reason = Array(data.readableBytesView)
        guard String(validating: reason, as: UTF8.self) != nil else {
            return .violation("a close frame whose reason is not UTF-8")
        }
        return .close(code: Int(code), reason: reason)
    }
}

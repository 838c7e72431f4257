/// Why a connection of a feed ended, or did not come about.
///
/// Texts come from `Excerpt` where the peer wrote them, and never hold a key or a token.
package enum ConnectionEnd: Error, Hashable {
    /// DNS, TCP, TLS or the upgrade failed.
    case unreachable(String)
    /// Not open within `connectTimeout`.
    case connectTimeout(Duration)
    /// The server answered the upgrade with another status than 101.
    case upgradeRefused(status: Int, retryAfter: Duration?)
    case authenticationFailed(String)
    case connectionLimit(String)
    /// The feed did not answer this message in time.
    case unanswered(String)
    /// The feed refused every key.
    case noKeyAccepted
    /// Silence since a ping.
    case noPong(Duration)
    /// Nothing at all came.
    case idle(Duration)
    /// The server closed it with a close frame; the code is nil where the frame had none.
    case closedByServer(code: Int?, reason: String)
    /// It ended without a close frame.
    case dropped(String)
    /// The server broke the WebSocket protocol (RFC 6455).
    case protocolError(String)
    /// A message longer than what is read at all.
    case messageTooLarge(limit: Int)
    /// More connections were held than the plan allows.
    case surplus
    /// Fewer connections are configured than before.
    case unneeded
    /// The relay closes it to open it anew, for this reason.
    case reopened(String)
    /// The relay stops.
    case stopped
}

extension ConnectionEnd: CustomStringConvertible {
    /// What happened, as a clause.
    package var description: String {
        switch self {
        case .unreachable(let text): "cannot connect: \(text)"
        case .connectTimeout(let limit): "not connected within \(limit)"
        case .upgradeRefused(let status, let retryAfter):
            "the server refused the WebSocket with status \(status)"
                + (retryAfter.map { ", to be tried again after \($0)" } ?? "")
        case .authenticationFailed(let text): "the feed refused the API key: \(text)"
        case .connectionLimit(let text): "the feed allows no further connection: \(text)"
        case .unanswered(let message): "the feed did not answer \(message)"
        case .noKeyAccepted: "the feed refused every subscription key"
        case .noPong(let limit): "nothing came within \(limit) of a ping"
        case .idle(let limit): "nothing came for \(limit)"
        case .closedByServer(let code, let reason):
            "the server closed the connection" + (code.map { " with code \($0)" } ?? "")
                + (reason.isEmpty ? "" : ": \(reason)")
        case .dropped(let text): "the connection broke off: \(text)"
        case .protocolError(let text): "the server broke the WebSocket protocol: \(text)"
        case .messageTooLarge(let limit): "a message of more than \(limit) bytes"
        case .surplus: "the plan allows fewer connections"
        case .unneeded: "fewer connections are configured"
        case .reopened(let reason): "closed by the relay, to be opened anew: \(reason)"
        case .stopped: "closed by the relay"
        }
    }
}

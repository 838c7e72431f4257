package import RelayModel

/// What happens between a simulated feed and its clients, events aside; clients are numbered from 1 as they connect.
package enum SimulatorChange: Equatable, Sendable, CustomStringConvertible {
    case connected(client: Int)
    case authenticated(client: Int)
    case subscribed(client: Int, keys: [String])
    case unsubscribed(client: Int, keys: [String])
    case refused(client: Int, FeedErrorCode)
    /// `sent` counts the events it got.
    case disconnected(client: Int, sent: Int)
    /// All of `SimulatorOptions.count` are sent.
    case finished(sent: Int)

    package var description: String {
        switch self {
        case .connected(let client): "client \(client) connected"
        case .authenticated(let client): "client \(client) authenticated"
        case .subscribed(let client, let keys): "client \(client) subscribed \(keys.joined(separator: ", "))"
        case .unsubscribed(let client, let keys): "client \(client) unsubscribed \(keys.joined(separator: ", "))"
        case .refused(let client, let code): "client \(client) refused: \(code.rawValue)"
        case .disconnected(let client, let sent): "client \(client) disconnected after \(sent) events"
        case .finished(let sent): "all \(sent) events sent, connections stay open"
        }
    }
}

/// One event as one client was sent it; a duplicate is one more.
package struct SentEvent: Sendable {
    package let client: Int
    /// The payload of the text frame.
    package let bytes: [UInt8]
    /// When the socket had taken it.
    package let at: Timestamp
}

/// Where a simulated feed tells what it does; both are called on its event loop and must not block.
package struct SimulatorObserver: Sendable {
    package var onChange: (@Sendable (SimulatorChange) -> Void)?
    /// For those who account for each event.
    ///
    /// Costs a promise an event.
    package var onEvent: (@Sendable (SentEvent) -> Void)?

    package init(
        onChange: (@Sendable (SimulatorChange) -> Void)? = nil, onEvent: (@Sendable (SentEvent) -> Void)? = nil
    ) {
        self.onChange = onChange
        self.onEvent = onEvent
    }
}

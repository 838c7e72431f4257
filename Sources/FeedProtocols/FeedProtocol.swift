import RelayModel

/// The language that a feed speaks, by its name in the configuration.
package enum FeedProtocol: String, Hashable, Sendable {
    case interface402
    case atomicstream

    /// What tells a message of the protocol itself by its presence alone; nil where that takes the `type`.
    ///
    /// Whatever its value is and whatever else the message holds, it is no event.
    func controlMark(of document: JSONDocument) -> String? {
        guard self == .atomicstream, let op = document.member(document.root, "op") else { return nil }
        return document.string(op) ?? String(decoding: document.slice(op), as: UTF8.self)
    }

    /// Whether a message of this `type` belongs to the protocol itself and so is no event.
    func isControl(type: String) -> Bool {
        switch self {
        case .interface402:
            switch type {
            case "authenticated", "subscribed", "unsubscribed", "pong", "error": true
            default: false
            }
        case .atomicstream: false
        }
    }
}

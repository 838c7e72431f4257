/// The language that a feed speaks, by its name in the configuration.
package enum FeedProtocol: String, Hashable, Sendable {
    case interface402

    /// Whether a message of this `type` belongs to the protocol itself and so is no event.
    func isControl(type: String) -> Bool {
        switch self {
        case .interface402:
            switch type {
            case "authenticated", "subscribed", "unsubscribed", "pong", "error": true
            default: false
            }
        }
    }
}

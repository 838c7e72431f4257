import RelayModel

/// What a simulated interface402 feed answers to a client's message.
enum SessionAnswer: Equatable, Sendable {
    case authenticated(SimulatorOptions.Plan)
    case subscribed([String])
    case unsubscribed([String])
    case pong
    case error(FeedErrorCode)
    /// The connection ends with this status code.
    case close(UInt16)

    /// The message's text; nil for an end.
    func bytes(at now: Timestamp) -> [UInt8]? {
        var object = JSONObjectWriter()
        switch self {
        case .authenticated(let plan):
            object.string("type", "authenticated")
            object.string("userId", "user_simulated")
            object.string("plan", plan.rawValue)
            return object.bytes
        case .subscribed(let keys):
            object.string("type", "subscribed")
            object.strings("keys", keys)
        case .unsubscribed(let keys):
            object.string("type", "unsubscribed")
            object.strings("keys", keys)
        case .pong:
            object.string("type", "pong")
        case .error(let code):
            object.string("type", "error")
            object.string("code", code.rawValue)
            object.string("message", code.message)
        case .close:
            return nil
        }
        object.value("timestamp", now.milliseconds)
        return object.bytes
    }
}

/// The error codes of the vendor's page, and one of our own for what it does not foresee.
package enum FeedErrorCode: String, Sendable {
    case authenticationFailed = "AUTHENTICATION_FAILED"
    case subscriptionFailed = "SUBSCRIPTION_FAILED"
    case rateLimitExceeded = "RATE_LIMIT_EXCEEDED"
    case connectionLimit = "CONNECTION_LIMIT"
    case invalidMessage = "INVALID_MESSAGE"

    var message: String {
        switch self {
        case .authenticationFailed: "Invalid API key"
        case .subscriptionFailed: "Invalid subscription key"
        case .rateLimitExceeded: "Too many messages"
        case .connectionLimit: "Too many concurrent connections"
        case .invalidMessage: "Expected a method: authenticate, subscribe, unsubscribe or ping"
        }
    }
}

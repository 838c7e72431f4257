package import RelayModel

/// What a session wants done, in this order.
package enum SessionAction: Sendable {
    /// Send these bytes as one text message. They may hold the key: not to be logged.
    case send([UInt8])
    case deliver(JSONDocument)
    case malformed(MalformedMessage)
    case report(SessionReport)
    /// Close the connection with code 1000; the session is over.
    case end(ConnectionEnd)
}

/// Something about a session that its owner or its operator wants to know.
package enum SessionReport: Hashable, Sendable {
    case authenticated(FeedPlan)
    /// Every key is answered and at least one confirmed: what follows is complete.
    case subscribed(keys: Int, refused: [String])
    /// The feed does not take a message of several keys, and does not say which is to blame: they are asked for one by one.
    case keysRefused([String], reason: String)
    /// The feed does not take this key; the others stay.
    case keyRefused(String, reason: String)
    /// The feed found the relay too fast; nothing but pings is sent for this long.
    case rateLimited(pause: Duration)
    /// An error that names none of the documented codes, or comes where it means nothing.
    case serverError(code: String, message: String)
    /// A message of the protocol that nobody waits for.
    case unexpected(String)
}

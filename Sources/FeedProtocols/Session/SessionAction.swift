package import RelayModel

/// What a session wants done, in this order.
package enum SessionAction: Sendable {
    /// Send these bytes as one text message. They may hold the key, a token or a payment: not to be logged.
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
    /// What follows is complete: on interface402 every key is answered and at least one confirmed; on atomicstream the state of
    /// the stream is good, and `keys` are the addresses that it watches.
    case subscribed(keys: Int, refused: [String])
    /// The socket is up, but what it brought after `since` may not be all: until it is subscribed again.
    case impaired(reason: String, since: Timestamp)
    /// For whoever buys the stream's slices.
    case stream(StreamNews)
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
    /// A member of the protocol's message has another JSON type than documented; it is taken as absent.
    case unreadable(member: String, of: String)
}

package import FeedProtocols
package import RelayConfig
package import RelayModel

/// Where events come from: one feed with all its connections.
package protocol FeedSource: AnyObject, Sendable {
    /// The feed's name in the configuration.
    var feed: String { get }
    /// When the last whole message, a pong included, came on any connection; nil before the first. From any thread.
    var lastMessageAt: Timestamp? { get }
    /// How many connections are subscribed. From any thread.
    ///
    /// A source that is to take over from another has done so when this is above 0.
    var subscribedConnections: Int { get }
    /// Begins to connect; what comes goes to the sink until `stop` returns. To be called once.
    func start()
    /// Switches reading off and on, from any thread.
    ///
    /// While it is off no more is read from the sockets, the watchdog rests and no new connection is opened. What was
    /// already read still arrives, and so does what the kernel holds (a few MB at most) when the server ends a connection.
    func setReading(_ isReading: Bool)
    /// Takes over another configuration of the feed without a reconnect, from any thread.
    ///
    /// Keys are subscribed and unsubscribed, watch-lists and options sent, on the live connections, connections are added, or closed from the highest number
    /// down, and times count for the next ones. False, and nothing changes, for what a live connection cannot change: name, protocol,
    /// URL, API key, `tls.caFile`, and a stream's id, version, encoding and event format; that takes another source.
    func reconfigure(_ configuration: FeedConfiguration) -> Bool
    /// Opens at once what waits to be opened again, as if nothing had failed before; from any thread.
    func retryNow()
    /// Closes all connections with code 1000. When it returns the sink gets no further calls.
    func stop() async
}

/// What takes the events of a feed.
///
/// Called on the feed's event loop, in order: it must not block.
package protocol FeedSink: Sendable {
    /// All messages that came in one read of a socket; never empty.
    func received(_ messages: [ReceivedMessage])
    /// Whole messages or pongs came on a connection, the last of them at `moment`.
    ///
    /// Once a read, after what it brought, and in any case before the connection's end.
    func heard(connection: Int, at moment: Timestamp)
    /// The peer answered the close of a connection that this side ends: it brought all that was sent to it.
    func drained(connection: Int, at moment: Timestamp)
    /// The reading of all connections stopped or went on.
    func readingChanged(to isReading: Bool, at moment: Timestamp)
    func changed(_ change: ConnectionChange)
}

/// A message as it came on one connection of a feed.
package struct ReceivedMessage: Sendable {
    package enum Content: Sendable {
        case event(JSONDocument)
        case malformed(MalformedMessage)
    }

    package let content: Content
    package let receivedAt: Timestamp
    /// The number of the connection, from 0.
    package let connection: Int

    package init(content: Content, receivedAt: Timestamp, connection: Int) {
        self.content = content
        self.receivedAt = receivedAt
        self.connection = connection
    }
}

/// Something that happened to one connection of a feed.
package struct ConnectionChange: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case connecting
        /// The WebSocket is open; nothing is subscribed yet.
        case opened
        case authenticated(FeedPlan)
        /// Every key is answered, at least one of them confirmed; `refused` are those that were not, or are left out for a while
        /// over an earlier refusal. Comes again when a key was confirmed late, and when other keys were asked for and answered.
        case subscribed(keys: Int, refused: [String])
        case keyRefused(String, reason: String)
        /// The connection is up and brings less than it should: what it brought after `since` may not be all, until it is subscribed
        /// again. May come before it was ever subscribed.
        case impaired(reason: String, since: Timestamp)
        /// The connection is gone or did not come about.
        ///
        /// `lastMessageAt` is when its last whole message or pong came, nil where none did: a gap begins there. `retryIn` is
        /// nil when it is not opened again, or only after something else has changed.
        case down(ConnectionEnd, lastMessageAt: Timestamp?, retryIn: Duration?)
    }

    package let kind: Kind
    package let at: Timestamp
    /// The number of the connection, from 0.
    package let connection: Int

    package init(kind: Kind, at: Timestamp, connection: Int) {
        self.kind = kind
        self.at = at
        self.connection = connection
    }
}

/// Why a feed cannot even be tried.
package struct FeedSetupError: Error, Hashable, Sendable, CustomStringConvertible {
    package let feed: String
    /// What is wrong and what to do, as a clause.
    package let reason: String

    package init(feed: String, reason: String) {
        self.feed = feed
        self.reason = reason
    }

    package var description: String { "feed \(feed): \(reason)" }
}

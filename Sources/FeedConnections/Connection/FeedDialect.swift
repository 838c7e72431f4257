import FeedProtocols
import Logging
import RelayModel

/// What is particular to a protocol on one connection of a feed: where it opens, with which session, and what follows from what
/// the session reports and from how the connection ends.
///
/// On the feed's event loop; its functions may call the feed, and the feed the connection.
protocol FeedDialect: AnyObject, SendableMetatype {
    associatedtype Session: FeedSession
    /// What the configuration says for all connections of the feed.
    associatedtype Settings: Sendable

    /// How to open the connection now; nil while there is nothing to open it with, until it is woken.
    func opening(_ settings: Settings) -> FeedOpening?
    /// The session of the connection that was just opened.
    func session(_ settings: Settings, now: Timestamp) -> Session
    /// Takes over other settings on a live connection.
    func change(_ session: inout Session, to settings: Settings, now: Timestamp) -> [SessionAction]
    /// Takes a report of the session, of which the sink was told.
    func take(_ report: SessionReport, _ settings: Settings, at now: Timestamp)
    /// What is wanted and not brought, of which the session says that `refused` was refused.
    func missing(_ refused: [String], _ settings: Settings) -> [String]
    /// The connection is gone or did not come about: when it is opened again, if it is wanted.
    func ended(_ end: ConnectionEnd, subscribedFor: Duration?, at now: Timestamp) -> FeedRetry
    /// The connection has told of its end, and does what `ended` returned.
    func hasEnded()
}

/// Where a connection is opened, and what must not be shown of it.
struct FeedOpening: Sendable {
    var target: WebSocketDial.Target
    var hiding: [Secret]
}

/// When a connection that is gone is opened again.
enum FeedRetry: Hashable {
    case afterWait
    case atOnce
    /// Something else has to change before, and then the connection is woken.
    case whenWoken
}

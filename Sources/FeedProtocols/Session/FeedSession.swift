package import RelayModel

/// One connection to a feed, whatever its protocol: what to say, what to make of what comes, and when silence is too long.
///
/// A value without a clock. Each call takes `now` and returns what to do; `tick` wants to be called at `nextDeadline`, which
/// any call may move.
package protocol FeedSession: Sendable {
    /// When the last whole message came, malformed ones and answers to pings included; nil before the first.
    ///
    /// A gap begins here.
    var lastMessageAt: Timestamp? { get }
    /// When `tick` has something to do next; nil when it never has.
    var nextDeadline: Timestamp? { get }

    /// The WebSocket is open.
    mutating func opened(now: Timestamp) -> [SessionAction]
    /// One whole message.
    mutating func received(_ bytes: [UInt8], now: Timestamp) -> [SessionAction]
    /// A message that is too long to be worth its copy; `beginning` are its first bytes.
    mutating func receivedTooLarge(size: Int, beginning: [UInt8], now: Timestamp) -> [SessionAction]
    /// Some bytes came, be it a part of a message: the peer lives.
    mutating func heard(now: Timestamp)
    /// From here on nothing is read, so nothing can be missed: the watchdog rests.
    mutating func readingPaused(now: Timestamp)
    /// Reading goes on, and so does every wait for the peer: a pause neither shortens nor renews it.
    mutating func readingResumed(now: Timestamp)
    /// The connection is being closed from this side.
    mutating func closing()
    /// Does what is due.
    mutating func tick(now: Timestamp) -> [SessionAction]
}

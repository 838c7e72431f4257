/// One message of a feed (or one of the relay's own), ready to be stored and sent.
///
/// Immutable and shared by its deliveries.
package final class Event: Sendable {
    package let id: EventID
    /// The feed's name; nil for an event of the relay's own that concerns no feed.
    package let feed: String?
    /// The `type` as decoded text, never empty of meaning: a message without one is malformed.
    package let type: String
    /// The event's own time, else that of its receipt.
    package let timestamp: Timestamp
    /// When the relay received it.
    package let receivedAt: Timestamp
    /// The sole sender, recipient and amount of the event or of its payment; nil where there is none or more than one.
    ///
    /// `amount` keeps its digits as sent.
    package let sender: String?
    package let recipient: String?
    package let amount: String?
    /// The payment that a verification or settlement belongs to, byte for byte; nil where there is none or it is unknown.
    package let payment: [UInt8]?
    /// The event exactly as the feed sent it, byte for byte.
    package let data: [UInt8]

    package init(
        id: EventID, feed: String?, type: String, timestamp: Timestamp, receivedAt: Timestamp, sender: String?,
        recipient: String?, amount: String?, payment: [UInt8]?, data: [UInt8]
    ) {
        self.id = id
        self.feed = feed
        self.type = type
        self.timestamp = timestamp
        self.receivedAt = receivedAt
        self.sender = sender
        self.recipient = recipient
        self.amount = amount
        self.payment = payment
        self.data = data
    }
}

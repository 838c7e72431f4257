package import RelayModel

/// A payment event as it is kept for the verifications and settlements that may follow.
package struct RememberedPayment: Sendable {
    package let key: PaymentKey
    /// When it was received: 24 h later it is forgotten.
    package let receivedAt: Timestamp
    /// The event exactly as the feed sent it.
    package let data: [UInt8]

    package init(key: PaymentKey, receivedAt: Timestamp, data: [UInt8]) {
        self.key = key
        self.receivedAt = receivedAt
        self.data = data
    }

    /// How long a payment is remembered; the contract's section 2.
    package static let lifetime = Duration.seconds(86_400)
    /// How many are remembered; the oldest go first.
    ///
    /// More than 40 payments a second for a whole day.
    package static let limit = 4_000_000
}

/// A verification or settlement that waits, on disk, for its payment.
package struct JoinWait: Sendable {
    /// Given by the outbox, in the order in which waits began; 0 before.
    package var id: Int64
    package let key: PaymentKey
    package let feed: String
    package let receivedAt: Timestamp
    /// The event's own time, else that of its receipt by the wall clock.
    package let wallTime: Timestamp
    /// When it goes on without its payment.
    package let endsAt: Timestamp
    package let data: [UInt8]

    package init(
        id: Int64 = 0, key: PaymentKey, feed: String, receivedAt: Timestamp, wallTime: Timestamp, endsAt: Timestamp,
        data: [UInt8]
    ) {
        self.id = id
        self.key = key
        self.feed = feed
        self.receivedAt = receivedAt
        self.wallTime = wallTime
        self.endsAt = endsAt
        self.data = data
    }

    /// How long an event waits for its payment; the contract's section 2.
    package static let limit = Duration.seconds(10)
}

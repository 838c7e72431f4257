package import RelayModel

/// What the intake hands over, in the order in which the feeds brought it.
package enum Arrival: Sendable {
    /// An event that needs no payment.
    case accepted(AcceptedEvent)
    /// A payment to be remembered, with its deliveries where some rule matched it.
    case payment(RememberedPayment, AcceptedEvent?)
    /// A verification or settlement that some rule matches, or may match with its payment.
    ///
    /// `unjoined` is what `judge` made of it before its payment was looked for.
    case joining(JoiningEvent, unjoined: Judgement, judge: any ArrivalJudge)
    /// What is known of feeds once all that arrived before is on disk.
    case notice(FeedNotice)

    /// When the event was received, by the relay's clock.
    package var receivedAt: Timestamp {
        switch self {
        case .accepted(let accepted): accepted.event.receivedAt
        case .payment(let payment, _): payment.receivedAt
        case .joining(let event, _, _): event.receivedAt
        case .notice(let notice): notice.at
        }
    }
}

/// What is told of feeds: events of the relay's own, and until when each had brought everything.
///
/// It goes with the events, in their order: written before them, it would say of one that a crash then loses that nothing is
/// missing.
package struct FeedNotice: Sendable {
    package let own: [OwnEvent]
    package let seen: [String: Timestamp]
    /// Feeds that are configured no longer.
    package let forgotten: Set<String>

    package init(own: [OwnEvent], seen: [String: Timestamp], forgotten: Set<String>) {
        self.own = own
        self.seen = seen
        self.forgotten = forgotten
    }

    /// No later than any of it.
    var at: Timestamp { (own.map(\.at) + seen.values).min() ?? Timestamp(milliseconds: .min) }
}

/// A verification or settlement on the way to its payment.
package struct JoiningEvent: Sendable {
    /// That of its payment.
    package let key: PaymentKey
    package let feed: String
    package let document: JSONDocument
    package let receivedAt: Timestamp
    /// When it was received by the wall clock.
    package let wallTime: Timestamp

    package init(key: PaymentKey, feed: String, document: JSONDocument, receivedAt: Timestamp, wallTime: Timestamp) {
        self.key = key
        self.feed = feed
        self.document = document
        self.receivedAt = receivedAt
        self.wallTime = wallTime
    }

    /// The event of a wait as it was read from disk.
    init(_ wait: JoinWait) throws(JSONFault) {
        self.init(
            key: wait.key, feed: wait.feed, document: try JSONParser(limits: .message).parse(wait.data),
            receivedAt: wait.receivedAt, wallTime: wait.wallTime)
    }

    /// How it waits on disk.
    var wait: JoinWait {
        JoinWait(
            key: key, feed: feed, receivedAt: receivedAt, wallTime: wallTime, endsAt: receivedAt + JoinWait.limit,
            data: document.bytes)
    }
}

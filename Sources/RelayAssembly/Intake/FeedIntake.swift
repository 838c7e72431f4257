package import FeedProtocols
package import OutboxStorage
package import RelayModel

/// What the intake made of one event.
package enum IntakeVerdict: Sendable {
    /// To be handed to the outbox's writer.
    case arrived(Arrival)
    /// No rule wants it, and nothing hangs on it.
    case unmatched
    /// The same event with the same bytes came lately, over this connection or another of the feed.
    case repeated
}

/// From an event of a feed to what the outbox's writer takes: identity, duplicates, rules.
///
/// Pure: it reads no clock and does no I/O. One for each feed, whose connections all run on one event loop.
package struct FeedIntake: Sendable {
    /// How many of the latest messages of a feed are known by their bytes: at the 200 messages/s of the largest plan, five
    /// minutes of them, in about 6 MiB.
    ///
    /// The outbox's unique (event, destination) stands behind it.
    private static let duplicateWindow = 65536

    private let reader: EventReader
    private var rules: RuleBook
    private var remembersPayments: Bool
    private var window = DuplicateWindow(capacity: FeedIntake.duplicateWindow)
    /// Events that came with an id that had come before, but with other bytes: they go through the rules too.
    package private(set) var changedVersions = 0

    /// The intake of the feed that `reader` reads.
    package init(reader: EventReader, rules: RuleBook) {
        self.reader = reader
        self.rules = rules
        remembersPayments = rules.remembersPayments(of: reader.feed)
    }

    /// Judges by these rules from the next event on; what came lately stays known.
    package mutating func use(_ rules: RuleBook) {
        self.rules = rules
        remembersPayments = rules.remembersPayments(of: reader.feed)
    }

    /// Judges one event, as `MessageReader` told it.
    ///
    /// It was received at `receivedAt` by the relay's clock, and about `wallTime` by the wall clock.
    package mutating func take(
        _ document: JSONDocument, receivedAt: Timestamp, wallTime: Timestamp
    ) -> IntakeVerdict {
        let id = reader.id(of: document)
        switch window.insert(id, document.bytes) {
        case .repeated: return .repeated
        case .changed: changedVersions += 1
        case .new: break
        }
        // What is known of its payment, the outbox's writer finds out: as far as an event is decided without, it is now.
        let judgement = rules.judge(
            document, by: reader, id: id, payment: .notKnownYet, receivedAt: receivedAt, wallTime: wallTime)
        if remembersPayments, reader.isPayment(document), let key = reader.paymentKey(of: document) {
            let payment = RememberedPayment(key: key, receivedAt: receivedAt, data: document.bytes)
            return .arrived(.payment(payment, judgement.accepted))
        }
        guard judgement.accepted != nil || judgement.isUndecided else { return .unmatched }
        if reader.joinsPayment(document), let key = reader.paymentKey(of: document) {
            let event = JoiningEvent(
                key: key, feed: reader.feed, document: document, receivedAt: receivedAt, wallTime: wallTime)
            return .arrived(.joining(event, unjoined: judgement, judge: rules))
        }
        return judgement.accepted.map { .arrived(.accepted($0)) } ?? .unmatched
    }
}

import EventRules
package import FeedProtocols
package import OutboxStorage
package import RelayConfig
package import RelayModel

/// What the intake made of one event.
package enum IntakeVerdict: Sendable {
    /// Some rule matched: to be committed.
    case accepted(AcceptedEvent)
    /// No rule wants it.
    case unmatched
    /// The same event with the same bytes came lately, over this connection or another of the feed.
    case repeated
}

/// From an event of a feed to its deliveries: identity, duplicates, rules.
///
/// Pure: it reads no clock and does no I/O. One for each feed, whose connections all run on one event loop.
package struct FeedIntake: Sendable {
    /// How many of the latest messages of a feed are known by their bytes: at the 200 messages/s of the largest plan, five
    /// minutes of them, in about 6 MiB.
    ///
    /// The outbox's unique (event, destination) stands behind it.
    private static let duplicateWindow = 65536

    private let reader: EventReader
    private let ruleSet: RuleSet
    private let routes: RuleRoutes
    private var window = DuplicateWindow(capacity: FeedIntake.duplicateWindow)
    /// Events that came with an id that had come before, but with other bytes: they go through the rules too.
    package private(set) var changedVersions = 0

    /// The intake of the feed that `reader` reads.
    ///
    /// `configuration` is the whole of it.
    package init(reader: EventReader, configuration: Configuration) {
        self.reader = reader
        ruleSet = configuration.ruleSet
        routes = RuleRoutes(feed: reader.feed, configuration: configuration)
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
        let fields = reader.fields(of: document, payment: .none)
        let verdicts = ruleSet.evaluate(document, fields)
        guard !verdicts.matched.isEmpty else { return .unmatched }
        let deliveries = routes.deliveries(ofMatches: verdicts.matched) { lanes(of: document, fields, $0) }
        guard !deliveries.isEmpty else { return .unmatched }
        let event = reader.event(document, id: id, fields: fields, receivedAt: receivedAt, wallTime: wallTime)
        return .accepted(AcceptedEvent(event: event, deliveries: deliveries))
    }

    /// What a delivery of the event queues behind; the contract's section 4.
    private func lanes(of document: JSONDocument, _ fields: DerivedFields, _ order: DeliveryOrder) -> [LaneKey] {
        switch order {
        case .none: return []
        case .all: return [.all]
        case .wallet:
            let wallets = reader.wallets(of: document, fields: fields)
            if !wallets.isEmpty { return wallets.map { LaneKey(wallet: $0) } }
            return lanes(of: document, fields, .payment)
        case .payment:
            return reader.paymentId(of: document).map { [LaneKey(payment: $0, feed: reader.feed)] } ?? []
        }
    }
}

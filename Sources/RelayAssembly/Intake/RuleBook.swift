import EventRules
import FeedProtocols
package import OutboxStorage
package import RelayConfig
package import RelayModel

/// A configuration's rules with where they deliver to: what becomes of an event of any feed, or of the relay's own.
///
/// Immutable: a reload makes another. What arrived by one is judged by it to the end, what waits on disk by the newest.
package final class RuleBook: ArrivalJudge {
    private let ruleSet: RuleSet
    private let routes: RuleRoutes
    private let readers: [String: EventReader]
    private let remembering: Set<String>

    package init(_ configuration: Configuration) {
        ruleSet = configuration.ruleSet
        routes = RuleRoutes(configuration)
        var readers: [String: EventReader] = [:]
        var remembering: Set<String> = []
        for feed in configuration.feeds {
            readers[feed.name] = EventReader(protocol: feed.feedProtocol, feed: feed.name)
            if case .interface402 = feed.kind, configuration.joins(feed: feed.name) { remembering.insert(feed.name) }
        }
        self.readers = readers
        self.remembering = remembering
    }

    /// Whether some rule that sees the feed can match a verification or settlement, so that payments are remembered.
    func remembersPayments(of feed: String) -> Bool { remembering.contains(feed) }

    /// What comes of an event of a feed, as `reader` reads it.
    ///
    /// `id` is asked for only where some rule matches.
    func judge(
        _ document: JSONDocument, by reader: EventReader, id: @autoclosure () -> EventID, payment: PaymentKnowledge,
        receivedAt: Timestamp, wallTime: Timestamp
    ) -> Judgement {
        let fields = reader.fields(of: document, payment: payment)
        let verdicts = ruleSet.evaluate(document, fields)
        var result = Judgement(
            accepted: nil,
            isUndecided: !verdicts.undecided.isEmpty && routes.reach(verdicts.undecided, feed: reader.feed))
        guard !verdicts.matched.isEmpty else { return result }
        let deliveries = routes.deliveries(ofMatches: verdicts.matched, feed: reader.feed) {
            Self.lanes(of: document, by: reader, fields, $0)
        }
        if !deliveries.isEmpty {
            let event = reader.event(document, id: id(), fields: fields, receivedAt: receivedAt, wallTime: wallTime)
            let marks = SearchMarks(
                wallets: reader.wallets(of: document, fields: fields), payment: reader.paymentId(of: document))
            result.accepted = AcceptedEvent(event: event, deliveries: deliveries, marks: marks)
        }
        return result
    }

    // MARK: ArrivalJudge

    package func judge(_ event: JoiningEvent, payment: JoinedPayment) -> Judgement {
        // A feed that is no longer configured may have left events that wait.
        let reader = readers[event.feed] ?? EventReader(protocol: .interface402, feed: event.feed)
        let knowledge: PaymentKnowledge =
            switch payment {
            case .found(let document): .known(document)
            case .awaited: .notKnownYet
            case .absent: .none
            }
        return judge(
            event.document, by: reader, id: reader.id(of: event.document), payment: knowledge,
            receivedAt: event.receivedAt, wallTime: event.wallTime)
    }

    package func judge(_ own: OwnEvent, data: [UInt8]) -> AcceptedEvent? {
        guard let document = try? JSONParser(limits: .message).parse(data) else { return nil }
        let reader = EventReader(protocol: .interface402, feed: own.feed ?? "")
        let fields = DerivedFields(feed: reader.feed, wallets: [], transfers: [])
        let deliveries: [NewDelivery]
        if own.kind == .test {
            let delivery = own.destination.flatMap { routes.delivery(to: $0, lanes: Self.ownLanes) }
            deliveries = delivery.map { [$0] } ?? []
        } else {
            let matched = ruleSet.evaluate(document, fields).matched
            deliveries = routes.deliveries(ofMatches: matched, feed: own.feed, lanes: Self.ownLanes)
        }
        guard !deliveries.isEmpty else { return nil }
        return AcceptedEvent(
            event: Event(
                id: reader.id(of: document), feed: own.feed, type: own.kind.rawValue, timestamp: own.at,
                receivedAt: own.at, sender: nil, recipient: nil, amount: nil, payment: nil, data: data),
            deliveries: deliveries)
    }

    // MARK: Lanes

    /// What a delivery of an event of a feed queues behind; the contract's section 4.
    private static func lanes(
        of document: JSONDocument, by reader: EventReader, _ fields: DerivedFields, _ order: DeliveryOrder
    ) -> [LaneKey] {
        switch order {
        case .none: return []
        case .all: return [.all]
        case .wallet:
            let wallets = reader.wallets(of: document, fields: fields)
            if !wallets.isEmpty { return wallets.map { LaneKey(wallet: $0) } }
            return lanes(of: document, by: reader, fields, .payment)
        case .payment:
            return reader.paymentId(of: document).map { [LaneKey(payment: $0, feed: reader.feed)] } ?? []
        }
    }

    /// An own event has neither wallets nor a payment.
    private static func ownLanes(_ order: DeliveryOrder) -> [LaneKey] {
        order == .all ? [.all] : []
    }
}

extension Configuration {
    /// Whether some rule that sees the feed can match a verification or settlement.
    fileprivate func joins(feed: String) -> Bool {
        zip(rules, ruleSet.patterns).contains { rule, pattern in
            rule.feeds?.contains(feed) ?? true
                && (pattern.canMatch(type: "verification", feed: feed)
                    || pattern.canMatch(type: "settlement", feed: feed))
        }
    }
}

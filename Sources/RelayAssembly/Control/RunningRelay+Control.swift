import AdminAPI
import DeliveryPlanning
import EventRules
import Logging
import OutboxStorage
import RelayConfig
import RelayModel
import WebhookDelivery

/// What the API asks of a relay that runs.
extension RunningRelay: RelayControl {
    /// Deliveries that one transaction of a replay brings back: a few milliseconds of the writer.
    private static let replayChunk = 500
    /// Deliveries looked at in one page to find the one that carries a test which has just been written.
    private static let looksAtOnce = 100
    /// Reading rests for moments whenever a burst comes; only a rest that lasts says that something is wrong.
    private static let pressurePatience = Duration.seconds(5)

    // MARK: Looking

    func reasonsNotReady() async -> [String] {
        var reasons: [String] = []
        for feed in feeds {
            if let reason = feed.reasonNotReady { reasons.append("feed \(feed.name): \(reason)") }
        }
        let standing = links.standing
        if let trouble = standing.trouble { reasons.append("the outbox cannot be written: \(trouble)") }
        if let reason = standing.fill?.reasonNotReady { reasons.append(reason) }
        if let since = standing.pressedSince, clock.now - since >= Self.pressurePatience {
            reasons.append("the outbox cannot take more: the feeds are not read since \(since)")
        }
        return reasons
    }

    func status() async throws(ControlError) -> RelayStatus {
        let (look, fault) = await look()
        var spending = payments.board.status(now: clock.now)
        spending?.ledger = look.ledger
        let activity = await dispatcher.activity()
        let standing = links.standing
        let figures = links.figures.now
        let sample = sampled()
        let lastMinute = series.lastMinute(sample)
        return RelayStatus(
            version: RelayVersion.current, isRunning: true, startedAt: startedAt, now: sample.at,
            reasonsNotReady: await reasonsNotReady(),
            feeds: feeds.map { $0.status(lastMinute: lastMinute.feeds[$0.name] ?? FeedStatus.Rate()) },
            destinations: DestinationStatuses.of(
                configuration.destinations.map { .init(name: $0.name, url: ShownURL.of($0.url.revealed)) },
                counts: look.counts, standings: standings.now,
                live: DestinationStatuses.Live(
                    activity: activity, turns: figures.turns, measures: dispatcher.measures,
                    lastMinute: lastMinute.destinations)),
            outbox: OutboxStatus(
                path: configuration.outbox.path, size: look.size, maxSize: configuration.outbox.maxSize,
                trouble: standing.trouble ?? fault, isPressed: standing.pressedSince != nil,
                keptSize: standing.fill?.keptSize ?? 0, commits: figures.commits),
            rules: configuration.rules.map {
                RuleStatus(name: $0.name, deliverTo: $0.deliverTo, feeds: $0.feeds)
            },
            payments: spending, linearRules: configuration.ruleSet.linearCount, liveClients: live?.followers ?? 0)
    }

    func payments(
        _ filter: LedgerFilter, isNewestFirst: Bool, cursor: PaymentID?, limit: Int
    ) async throws(ControlError) -> LedgerPage {
        try await reading {
            try await self.reader.payments(
                filter, order: isNewestFirst ? .newestFirst : .oldestFirst, cursor: cursor, limit: limit)
        }
    }

    func payment(_ id: PaymentID) async throws(ControlError) -> LedgerEntry {
        guard let found = try await reading({ try await self.reader.payment(id) }) else { throw .unknownPayment(id) }
        return found
    }

    func deliveries(
        _ filter: DeliveryFilter, isNewestFirst: Bool, cursor: DeliveryID?, limit: Int
    ) async throws(ControlError) -> DeliveryPage {
        if let name = filter.destination { try await requireKnown(name) }
        let page = try await reading {
            try await self.reader.deliveries(
                filter, order: isNewestFirst ? .newestFirst : .oldestFirst, cursor: cursor, limit: limit)
        }
        // Nothing under a name that nothing has would read as nothing happened.
        if page.deliveries.isEmpty, cursor == nil { try await requireKnown(rule: filter.rule) }
        return page
    }

    func delivery(_ id: DeliveryID) async throws(ControlError) -> DeliveryDetail {
        guard var found = try await reading({ try await self.reader.delivery(id) }) else {
            throw .unknownDelivery(id)
        }
        if let destination = configuration.destinations.first(where: { $0.name == found.summary.destination }) {
            let signedAt = found.attempts.last?.signedAt ?? RelayClock.wallTime.seconds
            found.request = try? ShownRequest.of(found, to: destination, signedAt: signedAt)
        }
        return found
    }

    func match(_ event: [UInt8], feed: String?) async throws(ControlError) -> MatchReport {
        let question = try EventMatch.read(event, feed: feed, configuration: configuration)
        var payment: [UInt8]?
        if let key = question.payment {
            let since = clock.now - RememberedPayment.lifetime
            payment = try await reading { try await self.reader.payment(key, since: since) }
        }
        return await Self.report(question, payment, configuration)
    }

    /// Not on the actor, which has to pass on pressure meanwhile: many rules and a large event take their time.
    @concurrent
    private static func report(
        _ question: EventMatch.Question, _ payment: [UInt8]?, _ configuration: Configuration
    ) async -> MatchReport {
        EventMatch.report(question, payment: payment, configuration: configuration)
    }

    // MARK: Deliveries

    func retry(_ id: DeliveryID) async throws(ControlError) -> DeliverySummary {
        try await change(.retry(id), id)
    }

    func discard(_ id: DeliveryID) async throws(ControlError) -> DeliverySummary {
        try await change(.discard(id), id)
    }

    func replay(_ filter: DeliveryFilter) async throws(ControlError) -> Int {
        if let name = filter.destination { try await requireKnown(name) }
        try await requireAny(filter)
        // What is accepted from here on, and delivered meanwhile, is not sent again.
        var filter = filter
        filter.until = min(filter.until ?? clock.now, clock.now)
        var changed = 0
        var next: DeliveryID?
        repeat {
            let outcome = try await writing(.replay(filter, from: next, limit: Self.replayChunk))
            changed += outcome.changed
            next = outcome.next
        } while next != nil
        logger.notice("Deliveries are sent again", metadata: ["count": "\(changed)"])
        return changed
    }

    private func change(_ action: OperatorAction, _ id: DeliveryID) async throws(ControlError) -> DeliverySummary {
        let outcome = try await writing(action)
        if let refusal = outcome.refusal { throw ControlError(refusal, id) }
        logger.notice("Operator acts on a delivery", metadata: ["action": "\(action.verb)", "delivery": "\(id)"])
        return try await delivery(id).summary
    }

    // MARK: Destinations

    func pause(_ destination: String) async throws(ControlError) -> DestinationStatus {
        try await setStop(.paused, destination)
    }

    func resume(_ destination: String) async throws(ControlError) -> DestinationStatus {
        try await setStop(nil, destination)
    }

    private func setStop(
        _ stop: DestinationStanding.Stop?, _ name: String
    ) async throws(ControlError) -> DestinationStatus {
        guard await dispatcher.setStop(stop, reason: stop == nil ? nil : "by an operator", destination: name) != nil
        else { throw .unknownDestination(name, known: configuration.destinations.map(\.name)) }
        try await settled()
        logger.notice(
            stop == nil ? "Destination is resumed" : "Destination is paused", metadata: ["destination": "\(name)"])
        guard let status = try await self.status().destinations.first(where: { $0.name == name }) else {
            throw .unknownDestination(name, known: configuration.destinations.map(\.name))
        }
        return status
    }

    func test(_ destination: String) async throws(ControlError) -> DeliverySummary {
        guard configuration.destinations.contains(where: { $0.name == destination }) else {
            throw .unknownDestination(destination, known: configuration.destinations.map(\.name))
        }
        let before = try await newestDelivery()
        writer.raise(own: [OwnEvent(.test, at: clock.now, destination: destination)])
        try await settled()
        let isLater = DeliveryFilter(destination: destination)
        var cursor = before
        repeat {
            let page = try await reading { [cursor] in
                try await self.reader.deliveries(
                    isLater, order: .oldestFirst, cursor: cursor, limit: Self.looksAtOnce)
            }
            if let test = page.deliveries.first(where: { $0.type == OwnEvent.Kind.test.rawValue }) { return test }
            cursor = page.cursor
        } while cursor != nil
        throw .unavailable("the test was not written; the log says why")
    }

    /// The delivery that was accepted last, of whatever destination; nil before the first.
    private func newestDelivery() async throws(ControlError) -> DeliveryID? {
        try await reading {
            try await self.reader.deliveries(
                DeliveryFilter(), order: .newestFirst, cursor: nil, limit: 1
            ).deliveries.first?.id
        }
    }

    func reload() async throws(ControlError) -> ReloadReport {
        try await reloadFile()
    }

    // MARK: The outbox

    private func requireKnown(_ destination: String) async throws(ControlError) {
        let configured = configuration.destinations.map(\.name)
        guard !configured.contains(destination) else { return }
        let removed = DestinationStatuses.removed(
            from: configured, counts: try await reading { try await self.reader.counts() })
        guard !removed.contains(destination) else { return }
        throw .unknownDestination(destination, known: configured + removed)
    }

    /// Throws where the filter names a delivery, an event or a rule that there is not.
    private func requireAny(_ filter: DeliveryFilter) async throws(ControlError) {
        if let id = filter.delivery { _ = try await delivery(id) }
        if let event = filter.event, try await !hasAny(DeliveryFilter(event: event)) { throw .unknownEvent(event) }
        try await requireKnown(rule: filter.rule)
    }

    /// Throws for a rule that neither the configuration nor any delivery names.
    private func requireKnown(rule: String?) async throws(ControlError) {
        let known = configuration.rules.map(\.name)
        guard let rule, !known.contains(rule), try await !hasAny(DeliveryFilter(rule: rule)) else { return }
        throw .unknownRule(rule, known: known)
    }

    private func hasAny(_ filter: DeliveryFilter) async throws(ControlError) -> Bool {
        var cursor: DeliveryID?
        repeat {
            let page = try await reading { [cursor] in
                try await self.reader.deliveries(filter, order: .newestFirst, cursor: cursor, limit: 1)
            }
            if !page.deliveries.isEmpty { return true }
            cursor = page.cursor
        } while cursor != nil
        return false
    }

    private func settled() async throws(ControlError) {
        do {
            try await writer.settled()
        } catch {
            throw .unavailable(
                "the outbox cannot be written now; this is done as soon as it can be: \(error.reason)")
        }
    }

    private func reading<Result: Sendable>(
        _ read: () async throws -> Result
    ) async throws(ControlError) -> Result {
        do {
            return try await read()
        } catch let error as OutboxError {
            throw .unavailable(error.reason)
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private func writing(_ action: OperatorAction) async throws(ControlError) -> OperatorOutcome {
        do {
            return try await writer.perform(action)
        } catch {
            throw .unavailable(error.reason)
        }
    }
}

extension OperatorAction {
    var verb: String {
        switch self {
        case .retry: "retry"
        case .discard: "discard"
        case .replay: "replay"
        }
    }
}

extension ControlError {
    /// Why an action on a delivery was refused.
    init(_ refusal: OperatorOutcome.Refusal, _ id: DeliveryID) {
        switch refusal {
        case .unknownDelivery: self = .unknownDelivery(id)
        case .wrongState(let state): self = .conflict("delivery \(id) is \(state.rawValue) already")
        }
    }
}

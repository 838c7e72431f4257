import AdminAPI
import Glibc
import OutboxStorage
import RelayConfig
import RelayModel
import WebhookDelivery

/// An outbox whose relay is down: the file, read and changed by whoever asks.
///
/// `@unchecked Sendable`: `OfflineControl` uses it on its serial queue only.
final class OfflineOutbox: @unchecked Sendable {
    static let notRunning = "the relay is not running"
    /// Deliveries that one transaction of a replay brings back: nobody else waits for the outbox meanwhile.
    private static let replayChunk = 5000
    /// How often, and how long in between, a lock that is held is tried: a relay that stops gives up its socket first.
    private static let lockTries = 20
    private static let lockPause: useconds_t = 50_000

    private let configuration: OperatorConfiguration
    private let now: @Sendable () -> Timestamp
    private var openReader: SQLiteOutboxReader?

    init(_ configuration: OperatorConfiguration, now: @escaping @Sendable () -> Timestamp) {
        self.configuration = configuration
        self.now = now
    }

    // MARK: Looking

    func status() throws(ControlError) -> RelayStatus {
        let (counts, standings, size) = try read { reader throws(OutboxError) in
            (try reader.counts(), try reader.standings(), try reader.size())
        }
        return RelayStatus(
            version: RelayVersion.current, isRunning: false, startedAt: nil, now: now(),
            reasonsNotReady: [Self.notRunning], feeds: [],
            destinations: DestinationStatuses.of(configuration.destinations, counts: counts, standings: standings),
            outbox: OutboxStatus(
                path: configuration.outboxPath, size: size, maxSize: configuration.maxSize, trouble: nil,
                isPressed: false),
            rules: [])
    }

    func deliveries(
        _ filter: DeliveryFilter, order: ListingOrder, cursor: DeliveryID?, limit: Int
    ) throws(ControlError) -> DeliveryPage {
        try read { reader throws(OutboxError) in
            try reader.deliveries(filter, order: order, cursor: cursor, limit: limit)
        }
    }

    func delivery(_ id: DeliveryID) throws(ControlError) -> DeliveryDetail {
        guard var found = try read({ reader throws(OutboxError) in try reader.delivery(id) }) else {
            throw .unknownDelivery(id)
        }
        if let url = configuration.destinations.first(where: { $0.name == found.summary.destination })?.url {
            found.request = .unsigned(found, url: url, signedAt: found.attempts.last?.signedAt)
        }
        return found
    }

    func payments(
        _ filter: LedgerFilter, order: ListingOrder, cursor: PaymentID?, limit: Int
    ) throws(ControlError) -> LedgerPage {
        try read { reader throws(OutboxError) in
            try reader.payments(filter, order: order, cursor: cursor, limit: limit)
        }
    }

    func payment(_ id: PaymentID) throws(ControlError) -> LedgerEntry {
        guard let found = try read({ reader throws(OutboxError) in try reader.payment(id) }) else {
            throw .unknownPayment(id)
        }
        return found
    }

    /// Throws where the filter names a delivery or an event that there is not.
    ///
    /// A rule is not asked after: the outbox alone does not know which there are.
    func requireAny(_ filter: DeliveryFilter) throws(ControlError) {
        if let id = filter.delivery { _ = try delivery(id) }
        guard let event = filter.event else { return }
        let found = try deliveries(DeliveryFilter(event: event), order: .newestFirst, cursor: nil, limit: 1)
        if found.deliveries.isEmpty { throw .unknownEvent(event) }
    }

    /// Throws where the configuration does not name the destination and the outbox has nothing for it.
    func requireNamed(_ destination: String) throws(ControlError) {
        let names = configuration.destinations.map(\.name)
        guard !names.contains(destination) else { return }
        let others = DestinationStatuses.removed(
            from: configuration.destinations.map(\.name),
            counts: try read { reader throws(OutboxError) in try reader.counts() })
        guard !others.contains(destination) else { return }
        throw .unknownDestination(destination, known: names + others)
    }

    // MARK: Changing

    func change(_ action: OperatorAction, _ id: DeliveryID) throws(ControlError) -> DeliverySummary {
        let now = now()
        let outcome = try write { outbox throws(OutboxError) in try outbox.perform(action, now: now) }
        if let refusal = outcome.refusal { throw ControlError(refusal, id) }
        return try delivery(id).summary
    }

    func replay(_ filter: DeliveryFilter) throws(ControlError) -> Int {
        let now = now()
        return try write { outbox throws(OutboxError) in
            var changed = 0
            var next: DeliveryID?
            repeat {
                let outcome = try outbox.perform(.replay(filter, from: next, limit: Self.replayChunk), now: now)
                changed += outcome.changed
                next = outcome.next
            } while next != nil
            return changed
        }
    }

    /// Pauses, or resumes where `stop` is nil; as a running relay does it: one that is stopped already keeps why and since
    /// when, one that is resumed begins with a clean record.
    func setStop(_ stop: DestinationStanding.Stop?, _ name: String) throws(ControlError) -> DestinationStatus {
        guard let destination = configuration.destinations.first(where: { $0.name == name }) else {
            throw .unknownDestination(name, known: configuration.destinations.map(\.name))
        }
        let now = now()
        let standing = try write { outbox throws(OutboxError) in
            let old = try outbox.standings()[name] ?? DestinationStanding()
            var standing = old
            standing.set(stop, reason: "by an operator", at: now)
            if standing != old { _ = try outbox.commit(OutboxBatch(standings: [name: standing])) }
            return standing
        }
        let counts = try read { reader throws(OutboxError) in try reader.counts() }
        return DestinationStatuses.status(of: destination, counts: counts[name], standing: standing)
    }

    // MARK: The file

    private func read<Answer>(
        _ work: (SQLiteOutboxReader) throws(OutboxError) -> Answer
    ) throws(ControlError) -> Answer {
        try requireFile()
        do throws(OutboxError) {
            if let openReader { return try work(openReader) }
            let reader = try SQLiteOutboxReader(path: configuration.outboxPath)
            openReader = reader
            return try work(reader)
        } catch {
            openReader = nil
            throw .unavailable(error.reason)
        }
    }

    private func write<Answer>(_ work: (SQLiteOutbox) throws(OutboxError) -> Answer) throws(ControlError) -> Answer {
        // Opening it would make one.
        try requireFile()
        let path = configuration.outboxPath
        for _ in 0..<Self.lockTries {
            do throws(OutboxError) {
                return try work(SQLiteOutbox(path: path))
            } catch {
                guard error.kind == .locked else { throw .unavailable(error.reason) }
                usleep(Self.lockPause)
            }
        }
        throw .unavailable(
            "a relay holds the outbox \(path), but does not answer on \(path).sock: look at its log; try again, or end it "
                + "first")
    }

    private func requireFile() throws(ControlError) {
        let path = configuration.outboxPath
        guard access(path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR else { return }
        throw .unavailable("there is no outbox \(path) yet: the relay makes it when it first runs")
    }
}

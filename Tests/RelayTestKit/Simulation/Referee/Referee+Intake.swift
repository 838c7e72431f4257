import FeedProtocols
import OutboxStorage
import OutboxTestKit
import RelayAssembly
import RelayModel

/// What is taken in, and what has to come of it; the contract's section 2.
extension Referee {
    typealias TakenID = Int

    /// An event that the intake handed on.
    struct Taken {
        let message: SimulatedMessage
        let bytes: [UInt8]
        let receivedAt: Timestamp
        let wallTime: Timestamp
        /// The rules by which it was judged.
        let version: Int
        /// What it became is on disk.
        var isSafe = false
    }

    func oracle(_ version: Int) -> Oracle { Oracle(setup: scenario.setups[version]) }

    /// The intake judged an event that a connection brought; returns how it is called from here on, where it was handed on.
    mutating func judged(
        _ emission: Int, _ verdict: IntakeVerdict, at now: Timestamp, wallTime: Timestamp, version: Int
    ) throws(Violation) -> TakenID? {
        let message = scenario.emissions[emission].message
        if let known = known[message] {
            guard case .repeated = verdict else { throw Violation("\(message) came again and is judged again") }
            if let known { arrivals[emission, default: []].append(known) } else { unwanted.insert(emission) }
            return nil
        }
        let oracle = oracle(self.version)
        let match = oracle.match(message, payment: .unknown)
        let isRemembered = message.kind == .payment && oracle.remembersPayments(of: message.feed)
        let isWanted = isRemembered || !match.routes.isEmpty || match.isUndecided
        switch verdict {
        case .arrived where isWanted:
            taken.append(
                Taken(
                    message: message, bytes: message.bytes, receivedAt: now, wallTime: wallTime, version: self.version))
            known[message] = .some(taken.count - 1)
            arrivals[emission, default: []].append(taken.count - 1)
            return taken.count - 1
        case .unmatched where !isWanted:
            known[message] = .some(nil)
            unwanted.insert(emission)
            return nil
        default: throw Violation("the intake makes \(verdict) of \(message)")
        }
    }

    /// The relay has something to tell of itself.
    mutating func raised(_ events: [OwnEvent]) {
        own += events
        for event in events where event.kind == .feedUnhealthy { feeds[event.feed ?? ""]?.refused(event) }
    }

    /// A transaction was written: `taken` is what the batch has of what was handed on, `version` the rules by which it was
    /// planned.
    mutating func wrote(
        _ batch: OutboxBatch, _ written: [TakenID], version: Int, at now: Timestamp
    ) throws(Violation) {
        standings.merge(batch.standings) { _, newer in newer }
        try wrote(batch.updates)
        var expected = take(written, version)
        expected += try endWaits(batch, version, at: now)
        var place = -1
        var isDue: [Int: Expectation] = [:]
        for one in expected where !one.routes.isEmpty {
            let taken = taken[one.taken]
            let index = batch.accepted.indices.first { index in
                let event = batch.accepted[index].event
                return isDue[index] == nil && event.data == taken.bytes && event.receivedAt == taken.receivedAt
                    && event.payment == one.payment?.bytes
            }
            guard let index else {
                throw Violation(
                    "\(taken.message) with its payment \(one.payment.map { "\($0)" } ?? "unknown") is not accepted")
            }
            isDue[index] = one
            guard !one.isWait else { continue }
            if index < place { throw Violation("\(taken.message) is accepted before what came earlier") }
            place = index
        }
        for (index, accepted) in batch.accepted.enumerated() {
            if accepted.event.type.hasPrefix(OwnEvent.typePrefix) {
                try acceptedOwn(accepted, version)
            } else if let one = isDue[index] {
                try acceptedEvent(accepted, one)
            } else {
                throw Violation("event \(accepted.event.id) is accepted, and no rule asks for it")
            }
        }
        for id in written { self.taken[id].isSafe = true }
        for stored in disk.deliveries.dropFirst(foundCount) { try appeared(stored.delivery) }
        foundCount = disk.deliveries.count
        if let missing = owed.keys.filter({ found[$0] == nil }).map({ "\($0.event) for \($0.destination)" }).min() {
            throw Violation("event \(missing) was accepted, and there is no delivery on disk")
        }
        for (feed, seen) in batch.feedsSeen { feeds[feed]?.wrote(seen) }
    }

    private mutating func acceptedEvent(_ accepted: AcceptedEvent, _ one: Expectation) throws(Violation) {
        let taken = taken[one.taken]
        guard accepted.event.timestamp == taken.wallTime else {
            throw Violation("event \(accepted.event.id) is of \(accepted.event.timestamp), not of \(taken.wallTime)")
        }
        let routes = Dictionary(
            accepted.deliveries.map { ($0.destination, $0.rules) }, uniquingKeysWith: { first, _ in first })
        guard routes == one.routes, routes.count == accepted.deliveries.count else {
            throw Violation(
                "\(taken.message) goes to \(routes.sorted { $0.key < $1.key }), not to \(one.routes.sorted { $0.key < $1.key })"
            )
        }
        for (destination, rules) in routes {
            owe(
                accepted.event.id, destination,
                Due(
                    data: taken.bytes, payment: one.payment?.bytes, rules: rules,
                    lanes: oracle(one.version).lanes(taken.message, one.payment, at: destination)))
        }
    }

    private mutating func owe(_ event: EventID, _ destination: String, _ due: Due) {
        let owes = Owed(event: event, destination: destination)
        if owed[owes] == nil { owed[owes] = due }
    }

    private mutating func acceptedOwn(_ accepted: AcceptedEvent, _ version: Int) throws(Violation) {
        let document = try? JSONParser(limits: .message).parse(accepted.event.data)
        let number = document.flatMap { document in
            document.member(document.root, "n").flatMap { Int64(String(decoding: document.slice($0), as: UTF8.self)) }
        }
        guard let number, number > lastOwnNumber else {
            throw Violation("an own event has the number \(number ?? 0) after \(lastOwnNumber)")
        }
        lastOwnNumber = number
        // Those of a feed come in their order, and so do all others.
        let index = own.firstIndex { $0.feed == accepted.event.feed }
        guard let index, accepted.event.data == own[index].data(number: number) else {
            throw Violation("an own event is accepted that was not raised, or not in its turn")
        }
        let event = own.remove(at: index)
        if event.kind == .feedGap, let feed = event.feed { try feeds[feed]?.told(event) }
        let destination = Scenario.operatorsDestination
        guard accepted.deliveries.map(\.destination) == [destination] else {
            throw Violation("\(event.kind.rawValue) goes to \(accepted.deliveries.map(\.destination))")
        }
        owe(
            accepted.event.id, destination,
            Due(
                data: accepted.event.data, payment: nil, rules: ["own"],
                lanes: oracle(version).ownLanes(at: destination)))
    }

    private mutating func appeared(_ delivery: Delivery) throws(Violation) {
        let owes = Owed(event: delivery.event.id, destination: delivery.destination)
        guard let due = owed[owes] else {
            throw Violation("delivery \(delivery.id) for \(delivery.destination) is one that no rule asks for")
        }
        guard found[owes] == nil else {
            throw Violation("event \(delivery.event.id) is twice on disk for \(delivery.destination)")
        }
        guard delivery.event.data == due.data, delivery.event.payment == due.payment, delivery.rules == due.rules else {
            throw Violation("delivery \(delivery.id) is not that of the version that was accepted first")
        }
        found[owes] = delivery.id
        let lanes = due.lanes.sorted().map { Lane(destination: delivery.destination, name: $0) }
        self.lanes[delivery.id] = lanes
        for lane in lanes { queues[lane, default: []].append(delivery.id) }
        pending[delivery.destination, default: []].insert(delivery.id)
        let progress = Progress(notBefore: delivery.notBefore)
        live[delivery.id] = progress
        written[delivery.id] = progress
    }

    private mutating func wrote(_ updates: [DeliveryUpdate]) throws(Violation) {
        for update in updates {
            let attempt = Attempt(id: update.id, number: update.attempt.number)
            let progress = unwritten.removeValue(forKey: attempt)
            guard let stored = stored(update.id), !stored.isPruned,
                pending[update.destination, default: []].contains(update.id)
            else { continue }
            if let progress { written[update.id] = progress }
            if stored.state != .pending { try ended(update.id) }
        }
    }
}

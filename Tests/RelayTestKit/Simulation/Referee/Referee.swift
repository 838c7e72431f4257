import DeliveryPlanning
import OutboxStorage
import OutboxTestKit
import RelayModel

/// What the relay did that it must not do.
struct Violation: Error {
    let what: String

    init(_ what: String) {
        self.what = what
    }
}

/// Watches a simulated relay and knows the contract: it judges what is sent, decided and written by what it has seen itself.
///
/// It takes nothing from the planner but the claims that it checks. What the relay knew and had not written is forgotten
/// with a crash, here too.
struct Referee {
    /// How far a delivery is.
    struct Progress {
        var attempts = 0
        var recordedAttempts = 0
        var notBefore: Timestamp
        /// When its last attempt failed as one to a destination that is down, without a Retry-After.
        var outageFailureAt: Timestamp?
        var hasEnded = false
        /// First attempts of younger ones that began while this one waited for its own and nothing hindered it.
        var overtaken = 0
    }

    struct Flight {
        let delivery: Delivery
        let isProbe: Bool
    }

    /// What is known of a destination since the relay's last start.
    struct Place {
        var flights: [DeliveryID: Flight] = [:]
        var silences = 0
        var isDown = false
        var probeAt = Timestamp(milliseconds: .min)
        var probeWait = Duration.seconds(1)
        var outageEndedAt: Timestamp?
        var starts: [Timestamp] = []
        var stop: DestinationStanding.Stop?
    }

    /// An event that a destination is to get.
    private struct Owed: Hashable {
        let event: EventID
        let destination: String
    }

    private struct Attempt: Hashable {
        let id: DeliveryID
        let number: Int
    }

    private struct Lane: Hashable {
        let destination: String
        let name: String
    }

    let scenario: Scenario
    private let disk: MemoryOutbox.Disk
    private let messages: [[UInt8]: SimulatedMessage]
    let policies: [String: DestinationPolicy]
    var live: [DeliveryID: Progress] = [:]
    private var written: [DeliveryID: Progress] = [:]
    /// What each attempt made of its delivery, until it is written.
    private var unwritten: [Attempt: Progress] = [:]
    var places: [String: Place]
    /// Standings as they came to the disk.
    private var standings: [String: DestinationStanding] = [:]
    /// Destinations and events that belong together, with the bytes of the first version that came to the disk.
    private var owed: [Owed: [UInt8]] = [:]
    private var found: [Owed: DeliveryID] = [:]
    /// Deliveries of each destination that have not ended on disk.
    var pending: [String: Set<DeliveryID>] = [:]
    /// The same of each lane, in the order of acceptance.
    private var queues: [Lane: [DeliveryID]] = [:]
    private var lanes: [DeliveryID: [Lane]] = [:]
    private var delivered: Set<DeliveryID> = []
    /// What the receivers answered with 2xx.
    var acknowledged: Set<DeliveryID> = []

    init(scenario: Scenario, disk: MemoryOutbox.Disk) {
        self.scenario = scenario
        self.disk = disk
        messages = Dictionary(
            scenario.arrivals.map { ($0.message.bytes, $0.message) }, uniquingKeysWith: { first, _ in first })
        policies = Dictionary(uniqueKeysWithValues: scenario.policies.map { ($0.name, $0) })
        places = policies.mapValues { _ in Place() }
    }

    /// The intake judged a message; `isKnown`: it had the same bytes before, since the relay's last start.
    func judged(_ message: SimulatedMessage, isKnown: Bool, as accepted: AcceptedEvent?) throws(Violation) {
        let wanted = isKnown ? [] : scenario.destinations(of: message)
        let got = accepted?.deliveries.map(\.destination) ?? []
        guard Set(got) == wanted, got.count == wanted.count else {
            throw Violation("the intake gives \(message) to \(got), not to \(wanted.sorted())")
        }
    }

    /// A transaction was written.
    mutating func wrote(_ batch: OutboxBatch) throws(Violation) {
        standings.merge(batch.standings) { _, newer in newer }
        for update in batch.updates {
            guard written[update.id]?.hasEnded == false,
                let progress = unwritten.removeValue(forKey: Attempt(id: update.id, number: update.attempt.number))
            else { continue }
            written[update.id] = progress
            if update.state != .pending { try ended(update.id) }
        }
        for accepted in batch.accepted {
            guard let message = messages[accepted.event.data] else {
                throw Violation("the bytes of \(accepted.event.id) are none that the feed sent")
            }
            for destination in scenario.destinations(of: message) {
                let owes = Owed(event: accepted.event.id, destination: destination)
                if owed[owes] == nil { owed[owes] = accepted.event.data }
            }
        }
        for stored in disk.deliveries.dropFirst(found.count) { try appeared(stored.delivery) }
    }

    private mutating func appeared(_ delivery: Delivery) throws(Violation) {
        let owes = Owed(event: delivery.event.id, destination: delivery.destination)
        guard let bytes = owed[owes], let message = messages[bytes] else {
            throw Violation("delivery \(delivery.id) for \(delivery.destination) is one that no rule asks for")
        }
        guard found[owes] == nil else {
            throw Violation("event \(delivery.event.id) is twice on disk for \(delivery.destination)")
        }
        guard delivery.event.data == bytes else {
            throw Violation("delivery \(delivery.id) has other bytes than the version that was accepted first")
        }
        found[owes] = delivery.id
        let order = policies[delivery.destination]?.order ?? .none
        let lanes = scenario.lanes(of: message, order).map { Lane(destination: delivery.destination, name: $0) }
        self.lanes[delivery.id] = lanes
        for lane in lanes { queues[lane, default: []].append(delivery.id) }
        pending[delivery.destination, default: []].insert(delivery.id)
        let progress = Progress(notBefore: delivery.notBefore)
        live[delivery.id] = progress
        written[delivery.id] = progress
    }

    /// The end of a delivery is on disk.
    private mutating func ended(_ id: DeliveryID) throws(Violation) {
        for lane in lanes[id] ?? [] { queues[lane]?.removeAll { $0 == id } }
        guard let stored = stored(id) else { return }
        pending[stored.delivery.destination]?.remove(id)
        guard stored.state == .delivered else { return }
        guard acknowledged.contains(id) else {
            throw Violation("delivery \(id) is delivered on disk, and no receiver took it")
        }
        delivered.insert(id)
    }

    func stored(_ id: DeliveryID) -> MemoryOutbox.Stored? {
        let index = Int(id.number) - 1
        return disk.deliveries.indices.contains(index) ? disk.deliveries[index] : nil
    }

    /// The delivery in a lane of this one that must end before it; nil where it is its turn.
    func predecessor(of id: DeliveryID) -> DeliveryID? {
        for lane in lanes[id] ?? [] {
            if let first = queues[lane]?.first, first < id { return first }
        }
        return nil
    }

    /// What becomes of a delivery; counts when it is written.
    mutating func note(_ progress: Progress, of id: DeliveryID) {
        live[id] = progress
        unwritten[Attempt(id: id, number: progress.recordedAttempts)] = progress
    }

    /// The relay died: what it had not written never was.
    mutating func crashed() throws(Violation) {
        live = written
        for id in live.keys { live[id]?.overtaken = 0 }
        unwritten = [:]
        for name in places.keys {
            let standing = standings[name]
            // What an outage's end made due stays so.
            let outageEndedAt = places[name]?.outageEndedAt
            places[name] = Place(
                isDown: standing?.downSince != nil, outageEndedAt: outageEndedAt, stop: standing?.stop)
        }
        try checkEnds()
    }

    private func checkEnds() throws(Violation) {
        if let id = delivered.filter({ stored($0)?.state != .delivered }).min() {
            throw Violation("delivery \(id) was delivered on disk and is no longer")
        }
    }

    /// Deliveries that a destination would take and that have not ended on disk.
    func waiting() -> [DeliveryID] {
        pending.filter { scenario.isHealed($0.key) }.flatMap(\.value).sorted()
    }

    /// The same in words, the first of them by number.
    var waitingText: String {
        let waiting = waiting()
        return "\(waiting.count) deliveries wait (\(waiting.prefix(5).map(\.description).joined(separator: ", "))…)"
    }

    /// All is done.
    func finish() throws(Violation) {
        try checkEnds()
        let missing = owed.keys.filter { found[$0] == nil }
            .map { "event \($0.event) was accepted, and \($0.destination) never gets it" }
        // The first of them, since a seed must say the same each time.
        if let first = missing.min() { throw Violation(first) }
    }
}

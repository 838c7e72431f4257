import DeliveryPlanning
import FeedProtocols
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

/// Watches a simulated relay and knows the contract: it judges what is taken in, written, sent, decided and told by what it
/// has seen itself.
///
/// It takes nothing from the relay but the claims that it checks. What the relay knew and had not written is forgotten
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
        /// The relay knew all that operators had done to it when it began.
        let isInformed: Bool
    }

    /// What is known of a destination since the relay's last start.
    struct Place {
        var flights: [DeliveryID: Flight] = [:]
        var silences = 0
        var isDown = false
        var probeAt = Timestamp(milliseconds: .min)
        var probeWait = Duration.seconds(1)
        var outageEndedAt: Timestamp?
        /// Those that count for its rate, and all.
        var starts: [Timestamp] = []
        var allStarts: [Timestamp] = []
        var stop: DestinationStanding.Stop?
        /// The configuration does not name it.
        var isRemoved = false
    }

    /// An event that a destination is to get.
    struct Owed: Hashable {
        let event: EventID
        let destination: String
    }

    /// How a destination is to get an event.
    struct Due {
        let data: [UInt8]
        let payment: [UInt8]?
        let rules: [String]
        let lanes: Set<String>
    }

    struct Attempt: Hashable {
        let id: DeliveryID
        let number: Int
    }

    struct Lane: Hashable {
        let destination: String
        let name: String
    }

    let scenario: Scenario
    let disk: MemoryOutbox.Disk
    /// The configuration in force.
    var version = 0

    // Deliveries.
    /// Those that are configured, and those that were, by the last policy that they had.
    var policies: [String: DestinationPolicy] = [:]
    var live: [DeliveryID: Progress] = [:]
    var written: [DeliveryID: Progress] = [:]
    /// What each attempt made of its delivery, until it is written.
    var unwritten: [Attempt: Progress] = [:]
    var places: [String: Place] = [:]
    /// Standings as they came to the disk.
    var standings: [String: DestinationStanding] = [:]
    /// Destinations and events that belong together, by the version of the event that came to the disk first.
    var owed: [Owed: Due] = [:]
    var found: [Owed: DeliveryID] = [:]
    /// How many deliveries were ever found on disk.
    var foundCount = 0
    /// Deliveries of each destination that have not ended on disk.
    var pending: [String: Set<DeliveryID>] = [:]
    /// The same of each lane, in the order of acceptance.
    var queues: [Lane: [DeliveryID]] = [:]
    var lanes: [DeliveryID: [Lane]] = [:]
    var delivered: Set<DeliveryID> = []
    /// What the receivers answered with 2xx.
    var acknowledged: Set<DeliveryID> = []
    /// What operators brought outside of the order.
    var outside: Set<DeliveryID> = []
    /// What operators changed, until an attempt that began after that is written: the relay and the disk may differ about it.
    var loose: Set<DeliveryID> = []
    /// What operators changed and the dispatcher has not heard of, how many times.
    var unheard: [DeliveryID: Int] = [:]
    /// What pruning removed.
    var pruned: Set<DeliveryID> = []

    // What is taken in; see `Referee+Intake`.
    var taken: [Taken] = []
    /// What came since the relay's last start.
    var known: [SimulatedMessage: TakenID?] = [:]
    /// How each emission came in, over any connection.
    var arrivals: [Int: [TakenID]] = [:]
    /// Emissions that came in and that no rule wanted.
    var unwanted: Set<Int> = []
    var ledger = JoinLedger()
    /// The relay's own events that are not written, in their order.
    var own: [OwnEvent] = []
    var lastOwnNumber: Int64 = 0

    /// Feeds; see `Referee+Coverage`.
    var feeds: [String: FeedLedger] = [:]

    init(scenario: Scenario, disk: MemoryOutbox.Disk) {
        self.scenario = scenario
        self.disk = disk
        for name in scenario.receivers.keys { places[name] = Place() }
        for feed in scenario.setups[0].setup.feeds { feeds[feed.name] = FeedLedger() }
    }

    func stored(_ id: DeliveryID) -> MemoryOutbox.Stored? {
        let index = Int(id.number) - 1
        return disk.deliveries.indices.contains(index) ? disk.deliveries[index] : nil
    }

    /// The delivery in a lane of this one that must end before it; nil where it is its turn.
    func predecessor(of id: DeliveryID) -> DeliveryID? {
        if outside.contains(id) { return nil }
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

    /// The end of a delivery is on disk.
    mutating func ended(_ id: DeliveryID) throws(Violation) {
        for lane in lanes[id] ?? [] { queues[lane]?.removeAll { $0 == id } }
        guard let stored = stored(id) else { return }
        pending[stored.delivery.destination]?.remove(id)
        guard stored.state == .delivered else { return }
        guard acknowledged.contains(id) else {
            throw Violation("delivery \(id) is delivered on disk, and no receiver took it")
        }
        delivered.insert(id)
    }

    // MARK: Life

    /// The relay starts, with this version of its configuration.
    mutating func started(_ version: Int) {
        self.version = version
        policies.merge(scenario.setups[version].policies) { _, newer in newer }
        for name in places.keys {
            let standing = standings[name]
            // What an outage's end made due stays so.
            places[name] = Place(
                isDown: standing?.downSince != nil, outageEndedAt: places[name]?.outageEndedAt, stop: standing?.stop,
                isRemoved: scenario.setups[version].policies[name] == nil)
        }
    }

    /// The relay died: what it had not written never was.
    mutating func crashed() throws(Violation) {
        live = written
        for id in loose {
            live[id] = progressOnDisk(of: id)
            written[id] = live[id]
        }
        for id in live.keys { live[id]?.overtaken = 0 }
        unwritten = [:]
        loose = []
        unheard = [:]
        known = [:]
        own = []
        for name in places.keys { places[name]?.flights = [:] }
        for name in feeds.keys { feeds[name]?.crashed() }
        try checkEnds()
    }

    func progressOnDisk(of id: DeliveryID) -> Progress? {
        guard let stored = stored(id) else { return nil }
        let last = stored.attempts.last.map { $0.startedAt + $0.duration }
        return Progress(
            attempts: stored.delivery.attempts, recordedAttempts: stored.delivery.recordedAttempts,
            notBefore: stored.delivery.notBefore, outageFailureAt: stored.delivery.failedByOutage ? last : nil,
            hasEnded: stored.state != .pending)
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
        if let wait = ledger.waits.first { throw Violation("\(taken[wait.taken].message) still waits for its payment") }
        if let own = own.first { throw Violation("\(own.kind.rawValue) of \(own.at) is not written") }
        try checkCoverage()
    }
}

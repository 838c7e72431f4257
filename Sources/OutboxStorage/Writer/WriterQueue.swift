import DeliveryPlanning
import RelayModel

/// What waits to be written or read, and what is done next: the decisions of `OutboxWriter`.
struct WriterQueue {
    /// Counted for each event beside its bytes: the object, its strings, its deliveries.
    private static let bytesPerEvent = 512

    private let limits: WriterLimits
    private var events: [AcceptedEvent] = []
    /// Of all events that are not on disk.
    private var eventBytes = 0
    private var updates: [DeliveryUpdate] = []
    private var standings: [String: DestinationStanding] = [:]
    /// A load waits until as many updates are written as had come when it was asked for.
    private var loads: [(updatesBefore: Int, request: LoadRequest)] = []
    private var updatesTaken = 0
    /// Taken by `take` and not yet finished.
    private var takenEvents = 0
    private var takenUpdates = 0
    private var isTroubled = false
    /// The feeds are not to be read: more waits than the high-water mark and not yet less than the low one, or writing fails.
    private(set) var isPressed = false

    init(limits: WriterLimits) {
        self.limits = limits
    }

    /// Events that are not on disk.
    var unwrittenEvents: Int { events.count + takenEvents }
    /// Outcomes that are not on disk.
    var unwrittenUpdates: Int { updates.count + takenUpdates }

    mutating func accept(_ accepted: [AcceptedEvent]) {
        events.append(contentsOf: accepted)
        for one in accepted { eventBytes += Self.size(of: one) }
        judgePressure()
    }

    mutating func record(_ updates: [DeliveryUpdate], _ standings: [String: DestinationStanding]) {
        self.updates.append(contentsOf: updates)
        self.standings.merge(standings) { _, newer in newer }
    }

    mutating func load(_ request: LoadRequest) {
        loads.append((updatesTaken + updates.count, request))
    }

    /// All that one transaction may hold, in the order in which it came; nil where nothing waits.
    mutating func take() -> OutboxBatch? {
        guard !events.isEmpty || !updates.isEmpty || !standings.isEmpty else { return nil }
        let count = countToTake()
        var batch = OutboxBatch(accepted: Array(events.prefix(count)), standings: standings)
        events.removeFirst(count)
        standings = [:]
        batch.updates = Array(updates.prefix(limits.updatesPerCommit))
        updates.removeFirst(batch.updates.count)
        takenUpdates = batch.updates.count
        updatesTaken += takenUpdates
        takenEvents = count
        return batch
    }

    private func countToTake() -> Int {
        var bytes = 0
        for (index, event) in events.prefix(limits.eventsPerCommit).enumerated() {
            bytes += Self.size(of: event)
            if bytes > limits.bytesPerCommit { return max(index, 1) }
        }
        return min(events.count, limits.eventsPerCommit)
    }

    /// What was taken, or a part of it, is on disk or given up for good.
    mutating func finish(_ batch: OutboxBatch) {
        takenEvents -= batch.accepted.count
        takenUpdates -= batch.updates.count
        for one in batch.accepted { eventBytes -= Self.size(of: one) }
        isTroubled = false
        judgePressure()
    }

    /// What was taken could not be written and is to be tried again.
    mutating func fail() {
        isTroubled = true
        judgePressure()
    }

    /// The loads whose updates are all on disk.
    ///
    /// To be called when nothing is taken.
    mutating func takeLoads() -> [LoadRequest] {
        let ready = loads.prefix { $0.updatesBefore <= updatesTaken }.map(\.request)
        loads.removeFirst(ready.count)
        return ready
    }

    private mutating func judgePressure() {
        if isTroubled || unwrittenEvents > limits.highWaterEvents || eventBytes > limits.highWaterBytes {
            isPressed = true
        } else if unwrittenEvents <= limits.highWaterEvents / limits.lowWaterDivisor,
            eventBytes <= limits.highWaterBytes / limits.lowWaterDivisor
        {
            isPressed = false
        }
    }

    private static func size(of accepted: AcceptedEvent) -> Int {
        accepted.event.data.count + (accepted.event.payment?.count ?? 0) + bytesPerEvent
    }
}

import DeliveryPlanning
package import OutboxStorage
package import RelayModel

/// Short ways to say what a check writes and reads. Moments are milliseconds.
extension OutboxUnderTest {
    @discardableResult
    func commit(_ batch: OutboxBatch) throws -> OutboxCommit { try outbox.commit(batch) }

    func standings() throws -> [String: DestinationStanding] { try outbox.standings() }

    /// Accepts event `number` for each destination, in the given lanes; returns what became ready.
    @discardableResult
    func accept(_ number: UInt64, at moment: Int64 = 0, for destinations: String..., lanes: [Int64] = []) throws
        -> OutboxCommit
    {
        try commit(OutboxBatch(accepted: [.sample(number, at: moment, for: destinations, lanes: lanes)]))
    }

    /// Ends the first attempt of a delivery, or the one of the number.
    @discardableResult
    func end(_ id: Int64, as state: DeliveryState = .delivered, attempt: Int = 1) throws -> OutboxCommit {
        try commit(OutboxBatch(updates: [.sample(id, state, attempt: attempt)]))
    }

    /// Postpones a delivery after a failure that ended at `endedAt`.
    @discardableResult
    func postpone(
        _ id: Int64, until moment: Int64, attempt: Int = 1, outage: Bool = false, endedAt: Int64 = 0
    ) throws -> OutboxCommit {
        try commit(
            OutboxBatch(updates: [
                .sample(id, .pending, attempt: attempt, notBefore: moment, outage: outage, endedAt: endedAt)
            ]))
    }

    /// What is due, as numbers of deliveries, and when the next is.
    func due(
        _ destination: String = "a", at now: Int64 = 1000, limit: Int = 100, bytes: Int = 1 << 20,
        excluding: Set<Int64> = []
    ) throws -> DueNumbers {
        let request = LoadRequest(
            destination: destination, kind: .due, limit: limit, byteLimit: bytes,
            excluding: Set(excluding.map(DeliveryID.init)))
        return DueNumbers(try outbox.load(request, now: Timestamp(milliseconds: now)))
    }

    /// What failed by an outage, as numbers of deliveries.
    func outageFailures(endedBefore moment: Int64, limit: Int = 100, bytes: Int = 1 << 20, excluding: Set<Int64> = [])
        throws -> [Int64]
    {
        let request = LoadRequest(
            destination: "a", kind: .outageFailures(endedBefore: Timestamp(milliseconds: moment)), limit: limit,
            byteLimit: bytes, excluding: Set(excluding.map(DeliveryID.init)))
        return DueNumbers(try outbox.load(request, now: Timestamp(milliseconds: 0))).ids
    }

    @discardableResult
    func perform(_ action: OperatorAction, now: Int64 = 500) throws -> OperatorOutcome {
        try outbox.perform(action, now: Timestamp(milliseconds: now))
    }

    func page(
        _ filter: DeliveryFilter = DeliveryFilter(), order: ListingOrder = .newestFirst, cursor: DeliveryID? = nil,
        limit: Int = 100
    ) throws -> DeliveryPage {
        try reader.deliveries(filter, order: order, cursor: cursor, limit: limit)
    }

    /// The numbers of all that a filter takes, page by page.
    package func listed(
        _ filter: DeliveryFilter, order: ListingOrder = .newestFirst, limit: Int = 100
    ) throws -> [Int64] {
        var ids: [Int64] = []
        var cursor: DeliveryID?
        repeat {
            let page = try page(filter, order: order, cursor: cursor, limit: limit)
            ids += page.deliveries.map(\.id.number)
            cursor = page.cursor
        } while cursor != nil
        return ids
    }

    /// All that is ready of a destination, whole.
    func everything(of destination: String = "a") throws -> [Delivery] {
        let request = LoadRequest(
            destination: destination, kind: .due, limit: .max, byteLimit: .max, excluding: [])
        return try outbox.load(request, now: Timestamp(milliseconds: .max)).deliveries
    }
}

/// `DueDeliveries` in numbers.
struct DueNumbers: Equatable {
    var ids: [Int64]
    var next: Int64?

    init(_ ids: [Int64], next: Int64? = nil) {
        self.ids = ids
        self.next = next
    }

    init(_ due: DueDeliveries) {
        ids = due.deliveries.map(\.id.number)
        next = due.next?.milliseconds
    }
}

extension OutboxCommit {
    /// The numbers of the deliveries that became ready.
    package var readyIDs: [Int64] { ready.map(\.id.number) }
}

extension AcceptedEvent {
    /// Event `number`, received at `moment` (milliseconds).
    package static func sample(
        _ number: UInt64, at moment: Int64 = 0, for destinations: [String], lanes: [Int64] = [], data: String = "{}"
    ) -> AcceptedEvent {
        let event = Event(
            id: EventID(high: 0, low: number), feed: "payments", type: "payment",
            timestamp: Timestamp(milliseconds: moment - 1), receivedAt: Timestamp(milliseconds: moment), sender: nil,
            recipient: nil, amount: nil, payment: nil, data: Array(data.utf8))
        return AcceptedEvent(
            event: event,
            deliveries: destinations.map {
                NewDelivery(
                    destination: $0, rules: ["rule"], format: .standard, lanes: lanes.map(LaneKey.init(rawValue:)))
            })
    }
}

extension DeliveryUpdate {
    /// What an attempt of a tenth of a second made of delivery `id`.
    package static func sample(
        _ id: Int64, _ state: DeliveryState, attempt: Int = 1, notBefore: Int64 = 0, outage: Bool = false,
        endedAt: Int64 = 0
    ) -> DeliveryUpdate {
        let duration = Duration.milliseconds(100)
        return DeliveryUpdate(
            id: DeliveryID(id), destination: "a", state: state, attempts: attempt,
            notBefore: Timestamp(milliseconds: notBefore), failedByOutage: outage,
            attempt: AttemptRecord(
                number: attempt, startedAt: Timestamp(milliseconds: endedAt) - duration, duration: duration,
                status: state == .delivered ? 204 : 503, error: state == .delivered ? nil : "HTTP 503",
                answer: state == .delivered ? nil : Array("busy".utf8),
                signedAt: 1_697_234_567 + Int64(attempt)))
    }
}

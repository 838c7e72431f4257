package import DeliveryPlanning
package import RelayModel

/// What waits to be written or read, and what is done next: the decisions of `OutboxWriter`.
package struct WriterQueue {
    /// What an operator asked for, and who waits for the answer.
    package struct Operation {
        package let action: OperatorAction
        package let answer: @Sendable (Result<OperatorOutcome, OutboxError>) -> Void
        /// It waits until as many records are written as had come when it was next: an outcome that came meanwhile counts first.
        fileprivate var recordsBefore: Int?
    }

    /// What became of payments, and who waits until it is on disk.
    struct Keeping {
        let change: LedgerChange
        let answer: @Sendable (OutboxError?) -> Void
    }

    private struct Settlement {
        let arrivalsBefore: Int
        let recordsBefore: Int
        let settled: @Sendable (OutboxError?) -> Void
    }

    private let limits: WriterLimits
    private var arrivals: [Arrival] = []
    /// Of all arrivals that are not on disk.
    private var arrivalBytes = 0
    private var records: [WriterRecord] = []
    private var updates = 0
    /// A load waits like an operation.
    private var loads: [(recordsBefore: Int, request: LoadRequest)] = []
    private var operations: [Operation] = []
    /// One for each paid feed at most: each waits for its answer.
    private var keepings: [Keeping] = []
    private var settlements: [Settlement] = []
    /// All that ever came, and of it what is on disk or given up for good.
    private var arrivalsCame = 0
    private var arrivalsDone = 0
    private var recordsCame = 0
    private var recordsDone = 0
    /// Taken by `take` and not yet finished.
    private var takenUpdates = 0
    private var isTroubled = false
    /// What has to be kept fills the outbox.
    private var isFull = false
    /// The feeds are not to be read: more waits than the high-water mark and not yet less than the low one, writing fails,
    /// or the outbox is full.
    package private(set) var isPressed = false

    package init(limits: WriterLimits) {
        self.limits = limits
    }

    /// Events that are not on disk.
    package var unwrittenEvents: Int { arrivalsCame - arrivalsDone }
    /// Outcomes that are not on disk.
    var unwrittenUpdates: Int { updates + takenUpdates }

    package mutating func accept(_ new: [Arrival]) {
        arrivals.append(contentsOf: new)
        arrivalsCame += new.count
        for arrival in new { arrivalBytes += Self.size(of: arrival) }
        judgePressure()
    }

    package mutating func record(_ record: WriterRecord) {
        guard record.feedsSeen.isEmpty, record.forgottenFeeds.isEmpty else {
            let notice = FeedNotice(own: record.own, seen: record.feedsSeen, forgotten: record.forgottenFeeds)
            accept([.notice(notice)])
            guard !record.updates.isEmpty || !record.standings.isEmpty else { return }
            return self.record(WriterRecord(updates: record.updates, standings: record.standings))
        }
        records.append(record)
        recordsCame += 1
        updates += record.updates.count
    }

    package mutating func load(_ request: LoadRequest) {
        loads.append((recordsCame, request))
    }

    package mutating func perform(
        _ action: OperatorAction, answer: @escaping @Sendable (Result<OperatorOutcome, OutboxError>) -> Void
    ) {
        operations.append(Operation(action: action, answer: answer))
    }

    /// Calls `answer` with nil once the change is on disk, or with the error where it is not written and will not be.
    mutating func keep(_ change: LedgerChange, answer: @escaping @Sendable (OutboxError?) -> Void) {
        keepings.append(Keeping(change: change, answer: answer))
    }

    /// Calls `settled` once all that came before is on disk, or with the error where nothing can be written.
    mutating func settle(_ settled: @escaping @Sendable (OutboxError?) -> Void) {
        settlements.append(Settlement(arrivalsBefore: arrivalsCame, recordsBefore: recordsCame, settled: settled))
        settle()
    }

    /// All that one transaction may hold, in the order in which it came; nil where nothing waits.
    ///
    /// A record is never divided.
    package mutating func take(now: Timestamp) -> WriterWork? {
        guard !arrivals.isEmpty || !records.isEmpty else { return nil }
        let count = countToTake()
        var work = WriterWork(input: JoinInput(horizon: now))
        work.input.arrivals = arrivals.prefix(count)
        // What is still in the queue may hold the payment for which something waits.
        if count < arrivals.count, let last = arrivals[..<count].last {
            work.input.horizon = min(last.receivedAt, now)
        }
        arrivals.removeFirst(count)
        for record in records {
            let isRoom = work.updates + record.updates.count <= limits.updatesPerCommit
            guard work.records == 0 || isRoom else { break }
            work.records += 1
            work.updates += record.updates.count
            work.input.add(record)
        }
        records.removeFirst(work.records)
        updates -= work.updates
        takenUpdates = work.updates
        return work
    }

    private func countToTake() -> Int {
        var bytes = 0
        for (index, arrival) in arrivals.prefix(limits.eventsPerCommit).enumerated() {
            bytes += Self.size(of: arrival)
            if bytes > limits.bytesPerCommit { return max(index, 1) }
        }
        return min(arrivals.count, limits.eventsPerCommit)
    }

    /// Arrivals and records that were taken are on disk or given up for good.
    package mutating func finish(_ arrivals: ArraySlice<Arrival>, records: Int) {
        arrivalsDone += arrivals.count
        for arrival in arrivals { arrivalBytes -= Self.size(of: arrival) }
        recordsDone += records
        if records > 0 { takenUpdates = 0 }
        isTroubled = false
        judgePressure()
        settle()
    }

    /// What was taken could not be written and is to be tried again; who waits for more is told why.
    package mutating func fail(_ error: OutboxError) {
        isTroubled = true
        judgePressure()
        refuseWaiting(error)
    }

    /// Whether what has to be kept fills the outbox.
    package mutating func fill(isFull: Bool) {
        self.isFull = isFull
        judgePressure()
    }

    /// Nothing more will be done.
    mutating func end(_ error: OutboxError) {
        refuseWaiting(error)
    }

    private mutating func refuseWaiting(_ error: OutboxError) {
        for operation in operations { operation.answer(.failure(error)) }
        for keeping in keepings { keeping.answer(error) }
        for settlement in settlements { settlement.settled(error) }
        (operations, keepings, settlements) = ([], [], [])
    }

    /// What is to be kept next of payments: it waits for nothing that came before, but another one of its kind.
    mutating func takeKeeping() -> Keeping? { keepings.isEmpty ? nil : keepings.removeFirst() }

    /// The loads whose records are all on disk.
    package mutating func takeLoads() -> [LoadRequest] {
        let ready = loads.prefix { $0.recordsBefore <= recordsDone }.map(\.request)
        loads.removeFirst(ready.count)
        return ready
    }

    /// The next operation, once what is known of deliveries now is on disk.
    ///
    /// Asked on the writer's thread, between two transactions: an outcome that came while the last one was written would else
    /// be judged after the operation, and the delivery sent again that has just been delivered.
    package mutating func takeOperation() -> Operation? {
        guard let first = operations.first else { return nil }
        let recordsBefore = first.recordsBefore ?? recordsCame
        operations[0].recordsBefore = recordsBefore
        return recordsBefore <= recordsDone ? operations.removeFirst() : nil
    }

    private mutating func settle() {
        guard !settlements.isEmpty else { return }
        let done = settlements.prefix { $0.arrivalsBefore <= arrivalsDone && $0.recordsBefore <= recordsDone }
        for settlement in done { settlement.settled(nil) }
        settlements.removeFirst(done.count)
    }

    private mutating func judgePressure() {
        if isTroubled || isFull || unwrittenEvents > limits.highWaterEvents || arrivalBytes > limits.highWaterBytes {
            isPressed = true
        } else if unwrittenEvents <= limits.highWaterEvents / limits.lowWaterDivisor,
            arrivalBytes <= limits.highWaterBytes / limits.lowWaterDivisor
        {
            isPressed = false
        }
    }

    package static func size(of arrival: Arrival) -> Int {
        switch arrival {
        case .accepted(let accepted): size(of: accepted)
        // The bytes of both are one array.
        case .payment(let payment, _): payment.data.count + bytesPerEvent
        case .joining(let event, _, _): event.document.bytes.count + bytesPerEvent
        case .notice: bytesPerEvent
        }
    }

    private static func size(of accepted: AcceptedEvent) -> Int {
        accepted.event.data.count + (accepted.event.payment?.count ?? 0) + bytesPerEvent
    }

    /// Counted for each event beside its bytes: the object, its strings, its deliveries.
    private static let bytesPerEvent = 512
}

extension JoinInput {
    fileprivate mutating func add(_ record: WriterRecord) {
        updates += record.updates
        standings.merge(record.standings) { _, newer in newer }
        own += record.own
    }
}

package import DeliveryPlanning
package import Logging
package import RelayModel

/// The outbox on a thread of its own: takes what came meanwhile, joins it with its payments, writes it in one transaction,
/// tells what came of it.
///
/// So one sync serves many: at once when idle, for more at a time the busier it is. A transaction that fails is tried again
/// until it works; nothing is dropped by choice. By itself it ends waits when they are over and removes what need not be
/// kept. Calls never block and may come from any thread.
package final class OutboxWriter: Sendable {
    /// What was remembered of the destinations, beside them, and of payments, when the outbox was opened.
    package let standings: [String: DestinationStanding]
    package let memory: OutboxMemory
    package let ledger: LedgerMemory
    private let state: Monitor<WriterState>
    private let announcer: PressureAnnouncer

    /// Opens the outbox on a new thread and starts; blocks until it is open.
    ///
    /// `open` runs on the writer's thread, and the outbox never leaves it. `judge` gives the rules in force, for own events
    /// and for what waited for its payment.
    package static func start(
        limits: WriterLimits = .standard, retention: RetentionPolicy, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp, judge: @escaping @Sendable () -> any ArrivalJudge,
        reports: Reports, open: @escaping @Sendable () throws(OutboxError) -> any Outbox
    ) throws(OutboxError) -> OutboxWriter {
        let state = Monitor(WriterState(queue: WriterQueue(limits: limits)))
        let announcer = PressureAnnouncer(state: state, announce: reports.pressure)
        let opened = Monitor<Result<Remembered, OutboxError>?>(nil)
        try WriterThread.start(name: "outbox") {
            do throws(OutboxError) {
                let outbox = try open()
                try outbox.began(at: clock())
                let remembered = Remembered(
                    standings: try outbox.standings(), memory: try outbox.memory(),
                    ledger: try outbox.ledger(now: clock()))
                let loop = WriterLoop(
                    outbox: outbox, memory: remembered.memory, retention: retention, state: state, announcer: announcer,
                    limits: limits, logger: logger, clock: clock, judge: judge, reports: reports)
                opened.withLock { $0 = .success(remembered) }
                loop.run()
            } catch {
                opened.withLock { $0 = .failure(error) }
            }
            // The outbox is closed by now.
            state.withLock { $0.end() }
        }
        guard let result = opened.wait(until: { $0 }) else { preconditionFailure("a wait without limit ended") }
        return OutboxWriter(try result.get(), state: state, announcer: announcer)
    }

    private struct Remembered {
        let standings: [String: DestinationStanding]
        let memory: OutboxMemory
        let ledger: LedgerMemory
    }

    private init(_ remembered: Remembered, state: Monitor<WriterState>, announcer: PressureAnnouncer) {
        standings = remembered.standings
        memory = remembered.memory
        ledger = remembered.ledger
        self.state = state
        self.announcer = announcer
    }

    /// Joins and writes events and their deliveries, in this order.
    package func accept(_ arrivals: [Arrival]) {
        let isPressed = state.withLock { state in
            state.queue.accept(arrivals)
            return state.queue.isPressed
        }
        if isPressed { announcer.update() }
    }

    /// Writes outcomes, the standings that changed with them and the relay's own events about them, in one transaction.
    package func record(
        _ updates: [DeliveryUpdate], standings: [String: DestinationStanding] = [:], own: [OwnEvent] = []
    ) {
        state.withLock { $0.queue.record(WriterRecord(updates: updates, standings: standings, own: own)) }
    }

    /// Writes the relay's own events and what is remembered of feeds, in one transaction.
    package func raise(
        own: [OwnEvent] = [], feedsSeen: [String: Timestamp] = [:], forgottenFeeds: Set<String> = []
    ) {
        state.withLock {
            $0.queue.record(WriterRecord(own: own, feedsSeen: feedsSeen, forgottenFeeds: forgottenFeeds))
        }
    }

    /// Reads deliveries back, when all that was recorded before is on disk.
    package func load(_ requests: [LoadRequest]) {
        state.withLock { state in
            for request in requests { state.queue.load(request) }
        }
    }

    /// Does what an operator wants in a transaction of its own, after all that was recorded before.
    ///
    /// Throws, and has done nothing, when the outbox cannot be written.
    package func perform(_ action: OperatorAction) async throws(OutboxError) -> OperatorOutcome {
        let result: Result<OperatorOutcome, OutboxError> = await withCheckedContinuation { continuation in
            state.withLock { state in
                guard state.remainder == nil else {
                    return continuation.resume(returning: .failure(WriterState.ended))
                }
                state.queue.perform(action) { continuation.resume(returning: $0) }
            }
        }
        return try result.get()
    }

    /// Writes what became of payments and the relay's own events about it, in a transaction of its own, before whatever else
    /// waits; two calls in their order.
    ///
    /// When it returns, that is on disk. When it throws, nothing of it was written, nor will be: while nothing can be written,
    /// and once the writer has ended.
    package func keep(_ change: LedgerChange) async throws(OutboxError) {
        let fault: OutboxError? = await withCheckedContinuation { continuation in
            state.withLock { state in
                guard state.remainder == nil else { return continuation.resume(returning: WriterState.ended) }
                state.queue.keep(change) { continuation.resume(returning: $0) }
            }
        }
        if let fault { throw fault }
    }

    /// Returns when all that was handed over before is on disk.
    ///
    /// Throws when the outbox cannot be written now, or the writer has ended; what was handed over stays and is written as soon
    /// as that is possible.
    package func settled() async throws(OutboxError) {
        let fault: OutboxError? = await withCheckedContinuation { continuation in
            state.withLock { state in
                guard state.remainder == nil else { return continuation.resume(returning: WriterState.ended) }
                state.queue.settle { continuation.resume(returning: $0) }
            }
        }
        if let fault { throw fault }
    }

    /// How long things are kept and how much from now on.
    package func retain(_ policy: RetentionPolicy) {
        state.withLock { $0.newPolicy = policy }
    }

    /// Writes what waits, closes the outbox and ends the thread; returns what could not be written within `deadline`.
    ///
    /// Whoever calls `accept` and `record` stops doing so before.
    package func stop(within deadline: Duration) async -> Remainder {
        await withCheckedContinuation { continuation in
            state.withLock { $0.stop(by: ContinuousClock.now + deadline) { continuation.resume(returning: $0) } }
        }
    }
}

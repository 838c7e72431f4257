package import DeliveryPlanning
package import Logging
package import RelayModel

/// The outbox on a thread of its own: takes what came meanwhile, writes it in one transaction, tells what came of it.
///
/// So one sync serves many: at once when idle, for more at a time the busier it is. A transaction that fails is tried again
/// until it works; nothing is dropped by choice. Calls never block and may come from any thread.
package final class OutboxWriter: Sendable {
    /// What the writer tells, on its own thread, in the order in which it happened.
    package struct Reports: Sendable {
        /// A transaction is on disk.
        package var committed: @Sendable (OutboxCommit) -> Void
        /// A load, after all that was recorded before it was asked for is on disk and was told of.
        package var loaded: @Sendable (DueDeliveries) -> Void
        /// The load of this destination failed.
        package var loadFailed: @Sendable (String) -> Void
        /// Whether the feeds are to be left unread.
        ///
        /// Also on a thread that calls `accept`; one call at a time. It must not call the writer.
        package var pressure: @Sendable (Bool) -> Void
        /// Why nothing can be written; nil when it works again.
        package var trouble: @Sendable (OutboxError?) -> Void

        package init(
            committed: @escaping @Sendable (OutboxCommit) -> Void, loaded: @escaping @Sendable (DueDeliveries) -> Void,
            loadFailed: @escaping @Sendable (String) -> Void, pressure: @escaping @Sendable (Bool) -> Void,
            trouble: @escaping @Sendable (OutboxError?) -> Void
        ) {
            self.committed = committed
            self.loaded = loaded
            self.loadFailed = loadFailed
            self.pressure = pressure
            self.trouble = trouble
        }
    }

    /// What `stop` had to leave unwritten.
    package struct Remainder: Hashable, Sendable {
        package var events: Int
        package var updates: Int

        package init(events: Int = 0, updates: Int = 0) {
            self.events = events
            self.updates = updates
        }
    }

    /// What was remembered of the destinations when the outbox was opened.
    package let standings: [String: DestinationStanding]
    private let state: Monitor<WriterState>
    private let announcer: PressureAnnouncer

    /// Opens the outbox on a new thread and starts; blocks until it is open.
    ///
    /// `open` runs on the writer's thread, and the outbox never leaves it.
    package static func start(
        limits: WriterLimits = .standard, logger: Logger, clock: @escaping @Sendable () -> Timestamp, reports: Reports,
        open: @escaping @Sendable () throws(OutboxError) -> any Outbox
    ) throws(OutboxError) -> OutboxWriter {
        let state = Monitor(WriterState(queue: WriterQueue(limits: limits)))
        let announcer = PressureAnnouncer(state: state, announce: reports.pressure)
        let opened = Monitor<Result<[String: DestinationStanding], OutboxError>?>(nil)
        try WriterThread.start(name: "outbox") {
            do throws(OutboxError) {
                let outbox = try open()
                let standings = try outbox.standings()
                let loop = WriterLoop(
                    outbox: outbox, state: state, announcer: announcer, limits: limits, logger: logger, clock: clock,
                    reports: reports)
                opened.withLock { $0 = .success(standings) }
                loop.run()
            } catch {
                opened.withLock { $0 = .failure(error) }
            }
            // The outbox is closed by now.
            state.withLock { $0.end() }
        }
        guard let result = opened.wait(until: { $0 }) else { preconditionFailure("a wait without limit ended") }
        return OutboxWriter(standings: try result.get(), state: state, announcer: announcer)
    }

    private init(
        standings: [String: DestinationStanding], state: Monitor<WriterState>, announcer: PressureAnnouncer
    ) {
        self.standings = standings
        self.state = state
        self.announcer = announcer
    }

    /// Writes events and their deliveries, in this order.
    package func accept(_ accepted: [AcceptedEvent]) {
        let isPressed = state.withLock { state in
            state.queue.accept(accepted)
            return state.queue.isPressed
        }
        if isPressed { announcer.update() }
    }

    /// Writes outcomes, and the standings that changed with them.
    package func record(_ updates: [DeliveryUpdate], standings: [String: DestinationStanding] = [:]) {
        state.withLock { $0.queue.record(updates, standings) }
    }

    /// Reads deliveries back, when all that was recorded before is on disk.
    package func load(_ requests: [LoadRequest]) {
        state.withLock { state in
            for request in requests { state.queue.load(request) }
        }
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

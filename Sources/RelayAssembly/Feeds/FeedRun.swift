import AdminAPI
import FeedConnections
import FeedProtocols
import Logging
import NIOCore
import RelayConfig
import RelayModel
import Synchronization

/// One feed of a relay that runs: its source, its intake and its watch.
///
/// While another URL or API key takes over, the source before stays until the new one is subscribed: so nothing falls
/// between the two, and what both bring counts once.
final class FeedRun: Sendable {
    /// What a changed configuration of the feed needs, prepared so that nothing can fail any more.
    struct Change: Sendable {
        fileprivate let configuration: FeedConfiguration
        fileprivate let at: Timestamp
        /// Takes over where the live source cannot change.
        fileprivate let replacement: @Sendable () -> any FeedSource
    }

    private struct State {
        var configuration: FeedConfiguration
        /// The one in force, which is last, and those that it takes over from.
        var sources: [any FeedSource]
        var isReading = true
        var isStopped = false
        /// Tells the watch that the event loop takes its turns.
        var pulse: RepeatedTask?
        /// Closes sources that were taken over from.
        var retiring: [Int: Task<Void, Never>] = [:]
    }

    let name: String
    private let intake: IntakeSink
    private let watch: FeedWatch
    private let payments: StreamPayments
    private let make: FeedWorkshop.MakeSource
    private let eventLoop: any EventLoop
    private let clock: RelayClock
    private let logger: Logger
    private let state: Mutex<State>
    private let sourceCount = Mutex(1)

    init(
        _ configuration: FeedConfiguration, intake: IntakeSink, watch: FeedWatch, payments: StreamPayments,
        eventLoop: any EventLoop, clock: RelayClock, logger: Logger, make: @escaping FeedWorkshop.MakeSource
    ) throws(FeedSetupError) {
        name = configuration.name
        self.intake = intake
        self.watch = watch
        self.payments = payments
        self.make = make
        self.eventLoop = eventLoop
        self.clock = clock
        self.logger = logger
        let first = try make(configuration, SourceSink(source: 0, intake: intake, watch: watch))
        state = Mutex(State(configuration: configuration, sources: [first]))
    }

    // MARK: Life

    func start() {
        for source in state.withLock(\.sources) { source.start() }
        let pulse = eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: TimeAmount(FeedCoverage.aliveInterval)
        ) { [watch, clock] _ in watch.alive(now: clock.now) }
        state.withLock { $0.pulse = pulse }
    }

    func setReading(_ isReading: Bool) {
        let sources = state.withLock { state in
            state.isReading = isReading
            return state.sources
        }
        for source in sources { source.setReading(isReading) }
    }

    /// Closes the feed, or gives that up in time: no fault of a feed may keep what came in from being written.
    func stop(within limit: Duration) async {
        let (sources, retiring) = state.withLock { state in
            state.isStopped = true
            return (state.sources, state.retiring)
        }
        let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
        // Not children, which would be waited for.
        Task {
            await withTaskGroup(of: Void.self) { tasks in
                for source in sources { tasks.addTask { await source.stop() } }
            }
            for task in retiring.values { await task.value }
            outcome.yield(true)
        }
        let deadline = Task {
            try await Task.sleep(for: limit)
            outcome.yield(false)
        }
        var iterator = outcomes.makeAsyncIterator()
        let hasEnded = await iterator.next() ?? false
        deadline.cancel()
        state.withLock { $0.pulse?.cancel() }
        guard !hasEnded else { return }
        logger.warning("Feed did not close in time; it is left behind", metadata: ["waited": "\(limit)"])
    }

    func logTotals() {
        let totals = intake.totals
        logger.info(
            "Feed closed",
            metadata: [
                "received": "\(totals.received)", "matched": "\(totals.matched)", "repeated": "\(totals.repeated)",
                "malformed": "\(totals.malformed)", "changedVersions": "\(totals.changedVersions)",
            ])
    }

    // MARK: Changes

    /// The next event is judged by these rules.
    func use(_ rules: RuleBook) {
        intake.use(rules)
    }

    /// Makes whatever can fail of a changed configuration; nothing changes before `perform`.
    func prepare(_ configuration: FeedConfiguration, now: Timestamp) throws(FeedSetupError) -> Change {
        let number = sourceCount.withLock { count in
            defer { count += 1 }
            return count
        }
        let source = try make(configuration, SourceSink(source: number, intake: intake, watch: watch))
        // Another vendor's limit is no reason to give up what works.
        let yieldsToLimit = ShownURL.of(configuration.url) == ShownURL.of(state.withLock(\.configuration).url)
        return Change(
            configuration: configuration, at: now,
            replacement: { [self] in expect(source, number: number, yieldsToLimit: yieldsToLimit) })
    }

    /// Takes over the changed configuration: on the live connections where they can, else by a source that takes over.
    func perform(_ change: Change) {
        let live = state.withLock { state in
            state.configuration = change.configuration
            return state.sources.last
        }
        if case .interface402(let settings) = change.configuration.kind {
            watch.wanted(settings.keys, now: change.at)
        }
        if let live, live.reconfigure(change.configuration) { return }
        let source = change.replacement()
        let (isReading, isStopped) = state.withLock { state in
            state.sources.append(source)
            return (state.isReading, state.isStopped)
        }
        guard !isStopped else { return }
        logger.notice("Feed is connected anew; the connections before stay until it is subscribed")
        if !isReading { source.setReading(false) }
        source.start()
    }

    private func expect(_ source: any FeedSource, number: Int, yieldsToLimit: Bool) -> any FeedSource {
        let retire: @Sendable () -> Void = { [weak self, weak source] in
            guard let self, let source else { return }
            retireAll(before: source, number: number)
        }
        payments.expect(feed: name, source: number, retire: retire)
        watch.whenTakenOver(by: number, yieldsToLimit: yieldsToLimit, retire)
        return source
    }

    private func retireAll(before newest: any FeedSource, number: Int) {
        state.withLock { state in
            guard !state.isStopped, let index = state.sources.firstIndex(where: { $0 === newest }) else { return }
            let old = Array(state.sources[..<index])
            state.sources.removeFirst(index)
            state.retiring[number] = Task { [payments, name, weak self] in
                for source in old { await source.stop() }
                payments.isAlone(feed: name, source: number)
                // It may have been refused for the room that they took.
                newest.retryNow()
                self?.state.withLock { $0.retiring[number] = nil }
            }
        }
    }

    // MARK: Looking

    /// How many messages came, and what became of them.
    var totals: IntakeTotals { intake.totals }

    /// Tells until when nothing was missed, where that is later than what was told before.
    func tellSeen() { watch.tellSeen() }

    /// Why the feed does not bring all that it should, as a clause; nil where it does.
    var reasonNotReady: String? {
        if let awaited = reasonNotTakenOver { return awaited }
        if let unpaid = payments.board.standing(of: name)?.reasonNotPaid(now: clock.now) { return unpaid }
        let standing = watch.standing
        switch standing.state {
        case .connected: return nil
        case .down: return "no connection is subscribed since \(standing.since): \(standing.reason ?? "")"
        case .unhealthy: return standing.reason
        }
    }

    /// Why connections from before a reload are still in use; nil where they are not.
    private var reasonNotTakenOver: String? {
        let (count, newest) = state.withLock { ($0.sources.count, $0.sources.last) }
        guard count > 1, newest?.subscribedConnections == 0 else { return nil }
        return "the changed url, key or CA is not in use: no connection with it is subscribed, those from before go on"
    }

    /// How it stands; `lastMinute`: what came within it.
    func status(lastMinute: FeedStatus.Rate) -> FeedStatus {
        var standing = watch.standing
        let slice = payments.board.standing(of: name)
        if let unpaid = slice?.reasonNotPaid(now: clock.now) {
            standing.reason = unpaid
            if standing.state == .connected { standing.state = .unhealthy }
        }
        if standing.state == .connected, let awaited = reasonNotTakenOver {
            (standing.state, standing.reason) = (.unhealthy, awaited)
        }
        let totals = intake.totals
        let (configuration, isReading) = state.withLock { ($0.configuration, $0.isReading) }
        return FeedStatus(
            name: name, protocolName: configuration.feedProtocol.rawValue, url: ShownURL.of(configuration.url),
            state: standing.state, reason: standing.reason, since: standing.since, connections: standing.connections,
            configuredConnections: configuration.connections, isReading: isReading,
            lastMessageAt: standing.lastMessageAt, gaps: standing.gaps, gapTime: standing.gapTime,
            refusedKeys: standing.refusedKeys, received: totals.received,
            matched: totals.matched, repeated: totals.repeated, malformed: totals.malformed,
            reconnects: standing.reconnects, slice: slice?.status, recentGaps: standing.recentGaps,
            lastFailure: standing.lastFailure, lastMinute: lastMinute)
    }
}

extension FeedConfiguration {
    /// Its `protocol`.
    var feedProtocol: FeedProtocol {
        switch kind {
        case .interface402: .interface402
        case .atomicStream: .atomicstream
        }
    }
}

import AdminAPI
import DeliveryPlanning
import FeedConnections
import FeedProtocols
import Logging
import NIOPosix
import OutboxStorage
import RelayConfig
import RelayModel
import WebhookDelivery
import X402Payments

/// A relay that runs: its parts, and what changes about them while it does.
actor RunningRelay {
    /// Reads the configuration file anew.
    typealias Load = @Sendable () -> Result<LoadedConfiguration, ConfigurationFaults>

    /// How long a feed may take to close: 2 s for the peer's close frame, 5 s for TLS's farewell, and some to spare.
    private static let feedGrace = Duration.seconds(10)
    /// How often what each feed has brought is written down: a crash then costs a gap that begins at most a second early.
    private static let seenInterval = FeedCoverage.aliveInterval

    let clock: RelayClock
    let logger: Logger
    let startedAt: Timestamp
    let writer: OutboxWriter
    /// For listings, which may take their time.
    let reader: OutboxReader
    /// For figures alone: they wait behind no listing.
    let figuresReader: OutboxReader
    var lastLook = OutboxLook()
    let dispatcher: WebhookDispatcher
    let links: WriterLinks
    private let rules: CurrentRules
    let standings: KnownStandings
    let payments: StreamPayments
    nonisolated let live: LiveEvents?
    var series: FigureSeries
    private let workshop: FeedWorkshop
    private let signals: Relay.Signals
    private let loadFile: Load
    private(set) var configuration: Configuration
    private(set) var feeds: [FeedRun] = []
    private var isStopping = false
    /// The reload that came last: the next one begins after it.
    private var lastReload: Task<Void, Never>?
    /// Feeds that were taken out of the configuration and are closing, by the number of their removal.
    private var closing: [Int: Task<Void, Never>] = [:]
    private var removals = 0

    init(
        configuration: Configuration, writer: OutboxWriter, reader: OutboxReader,
        figuresReader: OutboxReader, dispatcher: WebhookDispatcher,
        links: WriterLinks, rules: CurrentRules, standings: KnownStandings,
        payments: StreamPayments, live: LiveEvents, workshop: FeedWorkshop, clock: RelayClock, logger: Logger,
        signals: Relay.Signals,
        load: @escaping Load
    ) {
        self.configuration = configuration
        self.writer = writer
        self.reader = reader
        self.figuresReader = figuresReader
        self.dispatcher = dispatcher
        self.links = links
        self.rules = rules
        self.standings = standings
        self.payments = payments
        self.live = live
        self.workshop = workshop
        self.clock = clock
        self.logger = logger
        self.signals = signals
        startedAt = clock.now
        series = FigureSeries(start: startedAt)
        loadFile = load
    }

    // MARK: Life

    /// Makes the feeds; nothing is connected before `start`.
    func prepare() throws(FeedSetupError) {
        for feed in configuration.feeds {
            feeds.append(try workshop.make(feed, rules: rules.now, seenAt: writer.memory.feedsSeen[feed.name]))
        }
    }

    func start() async {
        await payments.start()
        let names = Set(configuration.feeds.map(\.name))
        let gone = Set(writer.memory.feedsSeen.keys).subtracting(names)
        if !gone.isEmpty { writer.raise(forgottenFeeds: gone) }
        dispatcher.start()
        for feed in feeds { feed.start() }
        readOrNot()
    }

    /// Writes down until when each feed has brought everything, until it is cancelled.
    func keepSeen() async {
        while (try? await Task.sleep(for: Self.seenInterval)) != nil { writeSeen() }
    }

    private func writeSeen() {
        for feed in feeds { feed.tellSeen() }
    }

    /// Closes the feeds; nothing comes from them afterwards.
    func stopFeeds() async {
        // A reload that still reads its files applies nothing from here on.
        isStopping = true
        await withTaskGroup(of: Void.self) { tasks in
            for feed in feeds { tasks.addTask { await feed.stop(within: Self.feedGrace) } }
        }
        for task in closing.values { await task.value }
        for feed in feeds { feed.logTotals() }
        writeSeen()
    }

    /// Whether the dispatcher's thread and the feeds' event loop still take their turns.
    nonisolated func isAlive() async -> Bool {
        _ = await dispatcher.activity()
        return await workshop.isAlive()
    }

    /// Whether the sockets are to be read, for all feeds, whenever that or the feeds changed.
    ///
    /// What the writer said last counts, whatever is told here late.
    func readOrNot() {
        let isReading = links.standing.pressedSince == nil
        for feed in feeds { feed.setReading(isReading) }
    }

    // MARK: Reload

    /// Reads the file and applies it as a whole, or changes nothing and says why.
    ///
    /// Reloads that come at once are done one after the other.
    func reloadFile() async throws(ControlError) -> ReloadReport {
        let before = lastReload
        let task = Task { () -> Result<ReloadReport, ControlError> in
            await before?.value
            await self.signals.reloads()
            let result = await self.readAndApply()
            await self.signals.reloaded()
            return result
        }
        lastReload = Task { _ = await task.value }
        return try await task.value.get()
    }

    private func readAndApply() async -> Result<ReloadReport, ControlError> {
        let loaded: LoadedConfiguration
        let loadFile = loadFile
        switch try? await NIOThreadPool.singleton.runIfActive({ loadFile() }) {
        case .success(let new): loaded = new
        case .failure(let faults): return .failure(refused(faults.description.split(separator: "\n").map(String.init)))
        case nil: return .failure(.unavailable("the relay stops"))
        }
        do {
            return .success(try await apply(loaded))
        } catch let error as FeedSetupError {
            return .failure(refused([error.description]))
        } catch let error as ControlError {
            return .failure(error)
        } catch {
            return .failure(refused(["\(error)"]))
        }
    }

    private func refused(_ faults: [String]) -> ControlError {
        for fault in faults {
            // So severe that no log.level hides it: whoever sent the signal has no other answer.
            logger.critical("Reload refused; nothing is changed", metadata: ["fault": "\(fault)"])
        }
        return .configurationFaults(faults)
    }

    /// Everything that can fail comes first, and what follows happens as a whole.
    private func apply(_ loaded: LoadedConfiguration) async throws -> ReloadReport {
        guard !isStopping else { throw ControlError.unavailable("the relay stops") }
        let plan = ReloadPlan(from: configuration, to: loaded.configuration)
        let book = RuleBook(plan.configuration)
        let added = try plan.feedsAdded.map { try workshop.make($0, rules: book, seenAt: nil) }
        var replacements: [(FeedRun, FeedRun.Change)] = []
        for changed in plan.feedsChanged {
            guard let feed = feeds.first(where: { $0.name == changed.name }) else { continue }
            replacements.append((feed, try feed.prepare(changed, now: clock.now)))
        }
        let purse = try plan.configuration.payments.map { try Purse($0, memory: writer.ledger) }
        let destinations = plan.configuration.destinations
        try dispatcher.reconfigure(destinations, standings: standings.now)

        rules.replace(by: book)
        for feed in feeds { feed.use(book) }
        let stopped = plan.configuration.feeds.map(\.name).filter { payments.board.standing(of: $0)?.state == .stopped }
        payments.reconfigure(plan.configuration, purse: purse)
        writer.retain(RetentionPolicy(of: plan.configuration.outbox))
        for (feed, change) in replacements { feed.perform(change) }
        for name in plan.feedsRemoved { remove(name) }
        feeds += added
        for feed in added { feed.start() }
        readOrNot()
        configuration = plan.configuration

        let report = ReloadReport(
            applied: plan.applied + stopped.map { "feeds.\($0): may pay again after two unserved payments" },
            needsRestart: plan.needsRestart, warnings: loaded.warnings.map(\.description))
        log(report)
        return report
    }

    private func remove(_ name: String) {
        guard let index = feeds.firstIndex(where: { $0.name == name }) else { return }
        let feed = feeds.remove(at: index)
        removals += 1
        let number = removals
        closing[number] = Task {
            await feed.stop(within: Self.feedGrace)
            feed.logTotals()
            forget(name)
            closing[number] = nil
        }
    }

    private func forget(_ name: String) {
        // It may have come back meanwhile.
        guard !feeds.contains(where: { $0.name == name }) else { return }
        writer.raise(forgottenFeeds: [name])
    }

    private func log(_ report: ReloadReport) {
        for warning in report.warnings { logger.warning("Configuration", metadata: ["warning": "\(warning)"]) }
        for clause in report.needsRestart {
            logger.warning("Changed, but needs a restart; left as it is", metadata: ["change": "\(clause)"])
        }
        for clause in report.applied { logger.notice("Reloaded", metadata: ["change": "\(clause)"]) }
        logger.notice("Configuration is reloaded", metadata: ["changes": "\(report.applied.count)"])
    }
}

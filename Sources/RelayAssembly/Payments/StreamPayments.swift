import AdminAPI
import Logging
import OutboxStorage
import RelayConfig
import RelayModel
import WebhookDelivery
import X402Payments

/// Buys the slices of all paid feeds from one wallet: performs what each feed's `StreamAccess` decides, one thing at a time.
///
/// Whatever happens comes through one inbox, so that no two decisions about money are made at once.
actor StreamPayments {
    /// How long one exchange with a vendor may take; a facilitator that settles needs seconds.
    private static let exchangeTimeout = Duration.seconds(45)
    /// The longest sleep before the clock is looked at again: a machine that was suspended wakes late from longer ones.
    private static let longestSleep = Duration.seconds(5)
    private static let noteInterval = Duration.seconds(60)
    /// How long what is on its way may take to come to an end when the relay stops.
    private static let stopGrace = Duration.seconds(5)

    private struct Hosted {
        var configuration: FeedConfiguration
        var access: StreamAccess
        /// Tells what this access asked for from what one before it did.
        let epoch: Int
        var hasStarted = false
        /// The newest source, and where its orders go.
        var source = -1
        var orders: (@Sendable (StreamOrder) -> Void)?
        /// The last order that says which token is used: a new source begins with it.
        var tokenOrder: StreamOrder?
        /// Older sources that may hold the same token, as long as the source of this number is not alone.
        var beside: (source: Int, retire: @Sendable () -> Void, isTurnedAway: Bool)?
        /// What the log was told of late, and when.
        var notes: [String: Timestamp] = [:]
    }

    nonisolated let board = PaymentBoard()
    private nonisolated let inbox = PaymentInbox()
    private let world: PaymentWorld
    private let clock: RelayClock
    private let logger: Logger
    private var hosted: [String: Hosted] = [:]
    private var purse: Purse?
    /// Kept while `payments` is not configured: it knows what was spent.
    private var idlePurse: Purse?
    /// What is on disk, as far as a feed needs it that is added while the relay runs.
    private var memory: LedgerMemory
    /// Those of the last configuration that had any.
    private var rpcURLs: [Secret]
    private var epochs = 0
    private var random = SystemRandomNumberGenerator()
    /// What was begun and has not ended.
    private var underway: [Int: Task<Void, Never>] = [:]
    private var begun = 0
    private var lastWrite: Task<Void, Never>?
    private var alarm: (at: Timestamp, task: Task<Void, Never>)?
    private var turns: Task<Void, Never>?
    private var isStopping = false

    /// Throws where the wallet's text is none, which the configuration's check has excluded.
    init(
        _ configuration: Configuration, memory: LedgerMemory, world: PaymentWorld, clock: RelayClock, logger: Logger
    ) throws {
        self.world = world
        self.clock = clock
        self.logger = logger
        self.memory = memory
        rpcURLs = configuration.payments?.rpcURLs ?? []
        purse = try configuration.payments.map { try Purse($0, memory: memory) }
        for feed in configuration.feeds {
            guard let settings = StreamAccess.Settings(feed) else { continue }
            epochs += 1
            hosted[feed.name] = Hosted(
                configuration: feed, access: StreamAccess(settings, memory: memory, now: clock.now), epoch: epochs)
        }
        board.post(hosted.mapValues(\.access.standing), Self.status(purse, unresolved: memory.open.count))
    }

    /// What a feed's source of this number is given.
    nonisolated func tokens(feed: String, source: Int) -> SourceTokens {
        SourceTokens(feed: feed, source: source, inbox: inbox)
    }

    /// A source of this number is to take over: `retire` closes those before it, and `isAlone` is told then.
    nonisolated func expect(feed: String, source: Int, retire: @escaping @Sendable () -> Void) {
        inbox.post(.beside(feed: feed, source: source, retire: retire))
    }

    nonisolated func isAlone(feed: String, source: Int) {
        inbox.post(.alone(feed: feed, source: source))
    }

    // MARK: Life

    func start() {
        turns = Task {
            for await _ in inbox.turns { self.takeAll() }
        }
    }

    /// Nothing new is begun from here on.
    func close() {
        isStopping = true
        alarm?.task.cancel()
    }

    /// What is under way ends, or is left for the next start to find in the ledger.
    func stop() async {
        close()
        let deadline = Task { [underway] in
            try? await Task.sleep(for: Self.stopGrace)
            guard !Task.isCancelled else { return }
            for task in underway.values { task.cancel() }
        }
        while let task = underway.values.first { await task.value }
        deadline.cancel()
        // The outcome of the last exchange may still have to be written.
        takeAll()
        while let task = underway.values.first { await task.value }
        inbox.end()
        await turns?.value
    }

    /// Takes over another configuration, before what is told of its feeds from here on.
    nonisolated func reconfigure(_ configuration: Configuration, purse: Purse?) {
        inbox.post(.reconfigure(configuration, purse))
    }

    private func change(_ configuration: Configuration, _ changed: Purse?) {
        if let payments = configuration.payments { rpcURLs = payments.rpcURLs }
        if let changed {
            var kept = purse ?? idlePurse ?? changed
            kept.change(wallet: changed.wallet, policy: changed.policy)
            (purse, idlePurse) = (kept, nil)
        } else {
            (purse, idlePurse) = (nil, purse ?? idlePurse)
        }
        let feeds = configuration.feeds.filter { StreamAccess.Settings($0) != nil }
        for name in hosted.keys where !feeds.contains(where: { $0.name == name }) { hosted[name] = nil }
        for feed in feeds {
            guard let settings = StreamAccess.Settings(feed) else { continue }
            if hosted[feed.name] == nil {
                epochs += 1
                hosted[feed.name] = Hosted(
                    configuration: feed, access: StreamAccess(settings, memory: memory, now: clock.now), epoch: epochs)
            } else {
                hosted[feed.name]?.configuration = feed
                take(.reloaded(settings), of: feed.name)
            }
        }
    }

    // MARK: Turns

    private func takeAll() {
        for message in inbox.take() {
            switch message {
            case .attach(let feed, let source, let orders): attach(feed, source, orders)
            case .news(let feed, let source, let news):
                // What an older source hears is about a token that is not renewed any more.
                guard let host = hosted[feed], host.source == source, !isTurnedAway(news, feed) else { continue }
                take(.stream(news), of: feed)
            case .beside(let feed, let source, let retire): hosted[feed]?.beside = (source, retire, false)
            case .alone(let feed, let source): alone(feed, source)
            case .input(let feed, let epoch, let input):
                guard let host = hosted[feed], host.epoch == epoch else { continue }
                take(input, of: feed)
            case .reconfigure(let configuration, let purse): change(configuration, purse)
            case .tick:
                alarm = nil
                for feed in hosted.keys.sorted() {
                    guard let due = hosted[feed]?.access.nextDeadline, due <= clock.now else { continue }
                    take(.tick, of: feed)
                }
            }
        }
        settle()
    }

    private func attach(_ feed: String, _ source: Int, _ orders: @escaping @Sendable (StreamOrder) -> Void) {
        guard let host = hosted[feed], source > host.source else { return }
        hosted[feed]?.source = source
        hosted[feed]?.orders = orders
        if let order = host.tokenOrder { orders(order) }
        guard !host.hasStarted else { return }
        hosted[feed]?.hasStarted = true
        take(.start, of: feed)
    }

    /// Whether a new source was refused the token that an older one may still be let in with: a vendor may allow one connection for
    /// each token, and a refusal by its limit is no reason to pay.
    ///
    /// The older ones are closed, and it is tried again.
    private func isTurnedAway(_ news: StreamNews, _ feed: String) -> Bool {
        guard let beside = hosted[feed]?.beside, beside.source == hosted[feed]?.source else { return false }
        switch news {
        case .tokenRefused: break
        // It says nothing of the token while another source is let in with it, and may be over in a moment.
        case .notGreeted: return true
        default: return false
        }
        if !beside.isTurnedAway { beside.retire() }
        hosted[feed]?.beside?.isTurnedAway = true
        return true
    }

    private func alone(_ feed: String, _ source: Int) {
        guard let host = hosted[feed], let beside = host.beside, beside.source <= source else { return }
        hosted[feed]?.beside = nil
        if beside.isTurnedAway, let order = host.tokenOrder { host.orders?(order) }
    }

    private func take(_ input: StreamAccess.Input, of feed: String) {
        guard var access = hosted[feed]?.access else { return }
        let actions = access.take(input, now: clock.now, purse: &purse, using: &random)
        hosted[feed]?.access = access
        for action in actions { perform(action, of: feed) }
    }

    /// Says how all stands, and sees to it that the next deadline is not missed.
    private func settle() {
        let now = clock.now
        board.post(hosted.mapValues(\.access.standing), Self.status(purse, unresolved: memory.open.count))
        guard !isStopping, let next = hosted.values.compactMap(\.access.nextDeadline).min() else { return }
        if let alarm, alarm.at <= next { return }
        alarm?.task.cancel()
        let wait = min(max(next - now, .zero), Self.longestSleep)
        let task = Task { [inbox] in
            guard (try? await Task.sleep(for: wait)) != nil else { return }
            inbox.post(.tick)
        }
        alarm = (now + wait, task)
    }

    /// How the spending stands at whatever moment it is asked for: the windows of the limits move on by themselves.
    private static func status(_ purse: Purse?, unresolved: Int) -> @Sendable (Timestamp) -> PaymentsStatus? {
        { now in
            guard let purse else { return nil }
            let spent = purse.spent(now: now)
            return PaymentsStatus(
                wallet: purse.wallet.address.description, spentHour: spent.hour, spentDay: spent.day,
                spentTotal: spent.total, perPayment: purse.policy.perPayment, perHour: purse.policy.perHour,
                perDay: purse.policy.perDay, total: purse.policy.total, unresolved: unresolved)
        }
    }

    // MARK: Actions

    private func perform(_ action: StreamAccess.Action, of feed: String) {
        guard let host = hosted[feed] else { return }
        switch action {
        case .order(let order): self.order(order, of: feed)
        case .write(let id, let change): write(change, id, of: feed, host.epoch)
        case .tell(let event):
            world.raise(event)
            log(event)
        case .note(let text): note(text, of: feed)
        // What follows would leave the relay while it stops: the next start finds it in the ledger.
        case _ where isStopping: break
        case .request(let id, let question):
            let (world, prepared) = (world, prepare(question, host.configuration))
            begin(feed, host.epoch) { .answered(id, await Self.answer(to: prepared, world)) }
        case .askBlockhash(let id):
            let chain = world.chain(rpcURLs)
            begin(feed, host.epoch) { .blockhash(id, await chain.latestBlockhash()) }
        case .askMint(let id, let address):
            let chain = world.chain(rpcURLs)
            begin(feed, host.epoch) { .mint(id, await chain.mint(address)) }
        case .askLanding(let id, let entry):
            let chain = world.chain(rpcURLs)
            begin(feed, host.epoch) { .landing(id, await chain.landing(entry)) }
        }
    }

    private func order(_ order: StreamOrder, of feed: String) {
        switch order {
        case .use, .hold: hosted[feed]?.tokenOrder = order
        case .renewToken, .renewInband, .reconnect: break
        }
        hosted[feed]?.orders?(order)
    }

    private func begin(_ feed: String, _ epoch: Int, _ work: @escaping @Sendable () async -> StreamAccess.Input) {
        let number = nextNumber()
        underway[number] = Task {
            let input = await work()
            inbox.post(.input(feed: feed, epoch: epoch, input))
            underway[number] = nil
        }
    }

    private func nextNumber() -> Int {
        begun += 1
        return begun
    }

    /// One write after the other, in the order in which they were decided.
    private func write(_ change: LedgerChange, _ id: StreamAccess.RequestID, of feed: String, _ epoch: Int) {
        let number = nextNumber()
        let before = lastWrite
        let task = Task {
            await before?.value
            do throws(OutboxError) {
                try await world.keep(change)
                remember(change)
                for event in change.own { log(event) }
                inbox.post(.input(feed: feed, epoch: epoch, .written(id)))
            } catch {
                inbox.post(.input(feed: feed, epoch: epoch, .notWritten(id, reason: error.reason)))
            }
            underway[number] = nil
        }
        underway[number] = task
        lastWrite = task
    }

    /// What is on disk now.
    private func remember(_ change: LedgerChange) {
        for entry in change.entries {
            memory.open.removeAll { $0.id == entry.id }
            if !entry.state.isFinal { memory.open.append(entry) }
            memory.lastID = max(memory.lastID, entry.id)
        }
        for standing in change.standings {
            memory.standings.removeAll { $0.feed == standing.feed }
            memory.standings.append(standing)
        }
    }

    // MARK: HTTP

    /// Nil for a host that the configuration does not name any more.
    private func prepare(
        _ question: StreamAccess.HTTPQuestion, _ feed: FeedConfiguration
    ) -> HTTPClient.Question? {
        guard let resource = StreamResource(feed), resource.origin == question.resource.origin else { return nil }
        return HTTPClient.Question(
            method: question.method, url: Secret(resource.origin + question.path),
            headers: question.headers.map { ($0.name, $0.value) }, body: question.body,
            timeout: Self.exchangeTimeout, connectTimeout: feed.connectTimeout, caFile: feed.caFile)
    }

    private static func answer(
        to question: HTTPClient.Question?, _ world: PaymentWorld
    ) async -> StreamAccess.HTTPAnswer {
        guard let question else {
            return .failed(reason: "its host is not configured any more, and no other is asked", mayHaveLeft: false)
        }
        do throws(HTTPClient.Failure) {
            let answer = try await world.ask(question)
            return .received(
                status: answer.status, headers: answer.headers.map { HTTPField($0.name, $0.value) }, body: answer.body)
        } catch {
            return .failed(reason: error.description, mayHaveLeft: error.mayHaveLeft)
        }
    }

    // MARK: The log

    /// What is tried again and again says the same again and again: once a minute is enough.
    private func note(_ text: String, of feed: String) {
        let now = clock.now
        var notes = (hosted[feed]?.notes ?? [:]).filter { now - $0.value < Self.noteInterval }
        guard notes.updateValue(now, forKey: text) == nil else { return }
        hosted[feed]?.notes = notes
        logger.notice("Payments", metadata: ["feed": "\(feed)", "note": "\(text)"])
    }

    private func log(_ event: OwnEvent) {
        var metadata: Logger.Metadata = [:]
        let now = clock.now
        if let feed = event.feed, let reason = event.reason { hosted[feed]?.notes[reason] = now }
        if let feed = event.feed { metadata["feed"] = "\(feed)" }
        if let reason = event.reason { metadata["reason"] = "\(reason)" }
        for detail in event.details { metadata[detail.name] = "\(detail.value)" }
        switch event.kind {
        case .paymentSettled where event.details.contains(.init("served", false)):
            logger.error("A payment landed and gave nothing", metadata: metadata)
        case .paymentSettled: logger.info("Paid", metadata: metadata)
        case .paymentRefused: logger.error("Payment refused", metadata: metadata)
        case .paymentLimitReached:
            logger.error("A limit is reached: the feed is not paid", metadata: metadata)
        case .feedPaymentRequired: logger.error("The feed needs to be paid", metadata: metadata)
        // Payments tell nothing else.
        case .feedConnected, .feedDisconnected, .feedGap, .feedUnhealthy, .destinationDisabled, .deliveryDead, .test:
            break
        }
    }
}

extension Purse {
    /// What the configuration says, with what the ledger remembers.
    init(_ configuration: PaymentsConfiguration, memory: LedgerMemory) throws {
        self.init(
            wallet: try SolanaWallet(configuration.wallet), policy: Purse.Policy(configuration), memory: memory)
    }
}

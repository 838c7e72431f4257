import NIOCore
import RelayModel

/// The heart of a simulated AtomicStream: the vendor, its connections, and the events of each stream as they are due.
///
/// Lives on one event loop and is touched nowhere else.
final class AtomicStreamCore {
    /// Connections at once, of HTTP and WebSocket together: beyond what any test or developer opens.
    static let maxChannels = 512
    /// Events drawn in a row that no client asked for, before the clients are heard again.
    private static let maxUnwanted = 256

    /// The events of one stream.
    private struct Feed {
        var sequence: StreamSequence
        var drawn = 0
        var sent = 0
        /// Nil until it is asked for again.
        var watched: WatchedTogether?
    }

    let options: AtomicStreamOptions
    let observer: AtomicStreamObserver
    let clock = RelayClock()
    var vendor: StreamVendor
    private let loop: any EventLoop
    private var feeds: [String: Feed] = [:]
    private var connections: [StreamConnection] = []
    /// How far the vendor's time is ahead of the clock's.
    private var advance = Duration.zero
    private var channels = 0
    private var lastClient = 0
    private var pacing: EventPacing
    private var drops: FeedDrops
    private var nextLook: Scheduled<Void>?
    private var isClosed = false
    private var isSending = false

    init(_ options: AtomicStreamOptions, observer: AtomicStreamObserver, authority: String, loop: any EventLoop) {
        self.options = options
        self.observer = observer
        self.loop = loop
        vendor = StreamVendor(options, authority: authority, now: clock.now)
        pacing = EventPacing(rate: options.rate)
        drops = FeedDrops(options.faults.sending, seed: options.seed)
    }

    /// The vendor's and the chain's time.
    var now: Timestamp { clock.now + advance }

    /// Goes on as if so much time had passed at once.
    func pass(_ duration: Duration) {
        advance += duration
        for connection in connections { connection.tick() }
    }

    /// What was counted so far.
    var totals: AtomicStreamTotals {
        var totals = vendor.totals
        totals.paidTwice = vendor.referee.paidTwice
        totals.hasty = vendor.referee.hasty
        return totals
    }

    /// Tells what changed, and lets connections on whose token something changed know.
    func settleUp() {
        let changes = vendor.changes
        vendor.changes.removeAll(keepingCapacity: true)
        for change in changes { observer.onChange?(change) }
        if changes.contains(where: \.isExtension) {
            for connection in connections where !connection.session.isPaid { connection.tick() }
        }
        wake()
    }

    // MARK: Connections

    /// Counts a connection in; false when there are too many.
    func open() -> Bool {
        guard channels < Self.maxChannels, !isClosed else { return false }
        channels += 1
        return true
    }

    func closed() {
        channels -= 1
    }

    func answer(_ request: VendorRequest) -> VendorAnswer {
        let path = VendorPath(request.path)
        if path?.door == .stream {
            if let status = options.faults.sending.refusedUpgrade {
                return .error(status, "refused, as was asked for")
            }
            if let refusal = vendor.refusal(of: request, at: now) {
                vendor.totals.turnedAway += 1
                vendor.noteRefusal(of: request, refusal, at: now)
                settleUp()
                return refusal
            }
        }
        let answer = vendor.answer(request, at: now)
        settleUp()
        return answer
    }

    /// Whether an upgrade is to be let in.
    func admits(_ request: VendorRequest) -> Bool {
        options.faults.sending.refusedUpgrade == nil && vendor.refusal(of: request, at: now) == nil
    }

    /// The session of a connection that was let in; nil where its request names no stream.
    func session(for request: VendorRequest) -> StreamSession? {
        guard let path = VendorPath(request.path), path.door == .stream else { return nil }
        lastClient += 1
        let session = StreamSession(client: lastClient, request, path)
        vendor.admit(session.token)
        vendor.totals.connections += 1
        vendor.changes.append(
            .connected(client: lastClient, stream: path.stream, token: SliceToken.short(session.token)))
        return session
    }

    func add(_ connection: StreamConnection) {
        connections.append(connection)
        watchListsChanged(of: connection.stream)
    }

    func remove(_ connection: StreamConnection, sent: Int) {
        connections.removeAll { $0 === connection }
        watchListsChanged(of: connection.stream)
        vendor.changes.append(.disconnected(client: connection.session.client, sent: sent))
        settleUp()
    }

    func watchListsChanged(of stream: String) {
        feeds[stream]?.watched = nil
    }

    func dropAll() -> Int {
        let dropped = connections
        for connection in dropped { connection.drop() }
        return dropped.count
    }

    func sendToAll(_ payload: [UInt8]) -> Int {
        for connection in connections { connection.sendText(payload) }
        return connections.count
    }

    /// Sends nothing more and closes every connection.
    func close() -> EventLoopFuture<Void> {
        isClosed = true
        nextLook?.cancel()
        let ends = connections.map(\.end)
        for connection in connections { connection.close(1001) }
        return EventLoopFuture.andAllComplete(ends, on: loop)
    }

    // MARK: Events

    /// A client said something, caught up or left: what a waiting stream may have waited for.
    func wake() {
        guard nextLook == nil, !isSending, !isClosed else { return }
        guard options.isLive ? !takers.isEmpty : canSend else { return }
        pacing.restart(at: uptime)
        look(at: uptime)
    }

    private var uptime: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }
    /// Clients of streams that have events left.
    private var takers: [StreamConnection] {
        connections.filter { $0.takesEvents && !isFinished($0.stream) }
    }
    /// Some client wants events, and none is behind.
    private var canSend: Bool {
        let takers = takers
        return !takers.isEmpty && takers.allSatisfy(\.isWritable)
    }

    private func isFinished(_ stream: String) -> Bool {
        guard let count = options.count else { return false }
        return feeds[stream, default: feed(of: stream)].sent >= count
    }

    private func feed(of stream: String) -> Feed {
        Feed(sequence: StreamSequence(seed: options.seed, stream: stream))
    }

    private func look(at time: Int64) {
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(time))
        nextLook = loop.assumeIsolated().scheduleTask(deadline: deadline) { self.sendDue() }
    }

    /// Sends what is due; then looks again when more is, or waits for a client.
    private func sendDue() {
        nextLook = nil
        isSending = true
        var goesOn = true
        for _ in 0..<pacing.due(at: uptime) {
            goesOn = sendNext()
            guard goesOn else { break }
            pacing.take()
        }
        for connection in connections { connection.flush() }
        isSending = false
        if goesOn { look(at: pacing.nextLook(after: uptime)) }
        settleUp()
    }

    /// Sends the next event of each stream that somebody listens to; false when there is nobody, or it has to wait.
    private func sendNext() -> Bool {
        let takers = takers
        guard !isClosed, !takers.isEmpty, options.isLive || takers.allSatisfy(\.isWritable) else { return false }
        // In an order that does not depend on a hash.
        for stream in Set(takers.map(\.stream)).sorted() {
            sendNext(of: stream, to: takers.filter { $0.stream == stream })
        }
        dropDue(takers)
        return true
    }

    private func sendNext(of stream: String, to takers: [StreamConnection]) {
        var feed = feeds[stream] ?? feed(of: stream)
        let watched = feed.watched ?? WatchedTogether(takers.map(\.session.lists))
        feed.watched = watched
        var isWanted = false
        for _ in 0..<Self.maxUnwanted where !isWanted {
            let event = feed.sequence.next(at: time(of: feed), slot: slot(of: feed), watched: watched)
            feed.drawn += 1
            // Every client is asked: the first one's answer must not keep the event from the others.
            isWanted = takers.filter { (!options.isLive || $0.isWritable) && $0.write(event) }.count > 0
            if options.isLive { break }
        }
        if isWanted || options.isLive { feed.sent += 1 }
        feeds[stream] = feed
        if let after = options.faults.unhealthyAfter, vendor.stoodStillAt == nil, feed.sent >= after {
            vendor.stoodStillAt = now
        }
        if let count = options.count, feed.sent == count {
            vendor.changes.append(.finished(stream: stream, sent: count))
        }
    }

    private func time(of feed: Feed) -> Timestamp {
        switch options.timestamps {
        case .now: now
        case .fixed(let first): Timestamp(milliseconds: first.milliseconds + Int64(feed.drawn))
        }
    }

    /// The head of the chain; with fixed times one further for each event, so that they are fixed too.
    private func slot(of feed: Feed) -> UInt64 {
        switch options.timestamps {
        case .now: vendor.chain.slot(.processed, at: vendor.stoodStillAt ?? now)
        case .fixed: SimulatedChain.firstSlot + UInt64(feed.drawn)
        }
    }

    /// Loses the connections whose time has come.
    private func dropDue(_ takers: [StreamConnection]) {
        guard !drops.isIdle else { return }
        let now = NIODeadline.now()
        let lost = drops.next(
            takers.enumerated().map { position, client in
                (position, client.servedSince.map { now - $0 >= TimeAmount(FeedDrops.settleTime) } ?? false)
            })
        for position in lost {
            takers[position].flush()
            takers[position].drop()
        }
    }
}

extension AtomicStreamChange {
    /// Whether a token that others use as well was made to last longer.
    fileprivate var isExtension: Bool {
        if case .renewed(_, inband: true, _) = self { true } else { false }
    }
}

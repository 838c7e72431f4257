package import RelayModel

/// What a feed's connections have covered, and so where events may have been missed: the contract's section 2.
///
/// A connection covers the time from its confirmed subscription to its last message or pong: whatever the feed sent
/// before that message has come before it. What no connection covered is a hole. A hole becomes a gap once none of the
/// connections that were subscribed all through it is left; until then one of them may still be heard, which closes it.
/// What an impaired connection brought proves nothing, from when it was found so back to when it was surely whole.
///
/// A value without a clock: calls take `now`, which must not run backwards.
package struct FeedCoverage: Sendable {
    /// Holes that wait for a connection to be heard.
    ///
    /// A connection that is silent for long is ended by its watchdog, so there are few; past these the oldest is given up
    /// on and becomes a gap.
    static let maxPending = 64

    /// How often `alive` is to be called.
    package static let aliveInterval = Duration.milliseconds(500)
    /// So long without it, and the process stood still: what came meanwhile has waited in the sockets.
    private static let standstill = Duration.milliseconds(750)

    struct Live: Sendable {
        /// When its subscription was confirmed.
        let since: Timestamp
        /// Up to when it brought everything.
        var heard: Timestamp
        var lag: ReadingLag
    }

    /// Those that are subscribed and not impaired.
    var live: [FeedConnectionName: Live] = [:]
    /// Those that are up and bring less than they should.
    var impaired: [FeedConnectionName: Impairment] = [:]
    /// What connections covered that are gone or impaired since.
    var past = PastCoverage()
    /// The end of what was ever covered; nil for a feed that was never seen.
    var frontier: Timestamp?
    var holes: [CoverageHole] = []
    /// Why nothing is known after the frontier.
    var causes = GapCauses()
    /// It was told that the feed is unhealthy, and no connection was subscribed since.
    var isUnhealthTold = false
    /// Since when nothing is read; nil while reading goes on.
    private var pausedAt: Timestamp?
    /// When the process last showed that it runs; nil until it does.
    private var aliveAt: Timestamp?
    private var refused = RefusedKeys()

    /// `lastSeen` is the `seen` that an earlier run wrote down last; nil when it never did.
    package init(lastSeen: Timestamp?, now: Timestamp) {
        guard let lastSeen else { return }
        // Unless the clock was set back meanwhile.
        frontier = min(lastSeen, now)
        causes.add(.notRunning)
    }

    // MARK: What others look at

    /// Up to when nothing can have been missed but what was reported as a gap; nil before the feed was ever seen.
    ///
    /// Goes back when a connection turns out to be impaired.
    /// To be kept on disk, with or after the gaps that calls returned before: an end at any moment then leaves one gap, from here
    /// to the next subscription, that holds all that is pending.
    package var seen: Timestamp? { holes.first?.from ?? frontier }

    /// Since when events may be missed because no connection is subscribed; nil while one is, and for a feed never seen.
    ///
    /// An impaired connection counts as none.
    package var openGapSince: Timestamp? { live.isEmpty ? seen : nil }

    /// How many connections are subscribed, without impaired ones.
    package var subscribedConnections: Int { live.count }

    /// The keys that the feed refuses, sorted.
    package var refusedKeys: [String] { refused.keys }

    // MARK: Connections

    /// A connection's subscription was confirmed, for the first time or again; `refused` are its keys that were not.
    package mutating func subscribed(
        _ connection: FeedConnectionName, refused keys: [String], now: Timestamp
    ) -> [FeedNews] {
        refused.accepted(allBut: keys)
        guard live[connection] == nil else { return [] }
        let isFirst = !isUp
        // What it brings may still be older than it looks, if the reading was paused.
        let lag = impaired.removeValue(forKey: connection)?.lag ?? ReadingLag(at: now)
        isUnhealthTold = false
        closeHole(at: now)
        let gaps = report(now: now)
        live[connection] = Live(since: now, heard: now, lag: lag)
        frontier = max(frontier ?? now, now)
        causes = GapCauses()
        return (isFirst ? [.connected(at: now)] : []) + gaps
    }

    /// A whole message or a pong came; before the subscription it proves nothing.
    package mutating func heard(_ connection: FeedConnectionName, now: Timestamp) -> [FeedNews] {
        noticeStandstill(now: now)
        guard var known = live[connection] else { return [] }
        // What comes during or after a pause may have waited in the socket all along.
        let provenTo = max(known.heard, known.lag.sentAt(readAt: now, pausedAt: pausedAt))
        guard provenTo > known.heard || known.lag.isBehind || !holes.isEmpty else { return [] }
        known.heard = provenTo
        live[connection] = known
        if let frontier, provenTo > frontier {
            self.frontier = provenTo
            causes = GapCauses()
        }
        guard !holes.isEmpty else { return [] }
        CoverageHole.cover(from: known.since, to: provenTo, in: &holes)
        return report(now: now)
    }

    /// A connection is gone, or did not come about.
    package mutating func lost(_ connection: FeedConnectionName, _ end: ConnectionEnd, now: Timestamp) -> [FeedNews] {
        if let gone = impaired.removeValue(forKey: connection) { return lost(gone, end, now: now) }
        guard let gone = live.removeValue(forKey: connection) else {
            // While another is subscribed, a failed attempt costs nothing.
            if live.isEmpty { causes.add(.failed(end)) }
            return []
        }
        past.add(from: gone.since, to: gone.heard)
        let cause = GapCauses.Clause.lost(end, whileBehind: pausedAt != nil || gone.lag.isBehind)
        causes.add(cause)
        for index in holes.indices where gone.since <= holes[index].from { holes[index].causes.add(cause) }
        return report(now: now) + (isUp ? [] : [.disconnected(at: now, reason: "\(end)")]) + judgeHealth(now: now)
    }

    /// Whether any connection is up that was subscribed once, be it impaired by now.
    var isUp: Bool { !live.isEmpty || impaired.values.contains(where: \.wasSubscribed) }

    // MARK: Reading

    /// From here on nothing is read.
    package mutating func readingPaused(now: Timestamp) {
        guard pausedAt == nil else { return }
        pausedAt = now
        changeLags { $0.paused(at: now) }
    }

    /// Reading goes on: what comes first has waited in the sockets.
    package mutating func readingResumed(now: Timestamp) {
        guard let pausedAt else { return }
        self.pausedAt = nil
        changeLags { $0.resumed(at: now, pausedAt: pausedAt) }
    }

    /// The process runs: told by a timer, so that a time in which it did not (a suspended process or machine) is known.
    ///
    /// In such a time a server may end a connection, and what was read last has then waited in the socket since before.
    package mutating func alive(now: Timestamp) {
        noticeStandstill(now: now)
        aliveAt = now
    }

    /// Takes a time in which the process stood still for one in which nothing was read.
    private mutating func noticeStandstill(now: Timestamp) {
        guard let last = aliveAt, now - last > Self.standstill else { return }
        aliveAt = now
        guard pausedAt == nil else { return }
        changeLags { lag in
            lag.paused(at: last)
            lag.resumed(at: now, pausedAt: last)
        }
    }

    private mutating func changeLags(_ change: (inout ReadingLag) -> Void) {
        for index in live.values.indices { change(&live.values[index].lag) }
        for index in impaired.values.indices { change(&impaired.values[index].lag) }
    }

    // MARK: Keys

    /// The feed refuses a key; told once for each until some connection has it accepted, or it is no longer wanted.
    package mutating func keyRefused(_ key: String, reason: String, now: Timestamp) -> [FeedNews] {
        refused.add(key) ? [.keyRefused(key, reason: reason, at: now)] : []
    }

    /// The keys that are wanted from here on: others are no longer refused.
    package mutating func wanted(_ keys: [String]) {
        refused.keepOnly(keys)
    }

    // MARK: Holes

    /// What was not covered up to `now`, when a subscription begins.
    private mutating func closeHole(at now: Timestamp) {
        // Without a live connection there is a hole, however short the clock finds it.
        guard let from = frontier, from < now || live.isEmpty else { return }
        holes.append(CoverageHole(from: min(from, now), to: now, causes: causes))
    }

    /// The gaps that have become certain.
    mutating func report(now: Timestamp) -> [FeedNews] {
        guard !holes.isEmpty else { return [] }
        // A hole began where the connections that can still close it were subscribed already.
        let oldest = live.values.map(\.since).min()
        var gaps = CoverageHole.takeRuns(of: &holes) { hole in oldest.map { hole.from < $0 } ?? true }
        while holes.count > Self.maxPending { gaps.append(holes.removeFirst()) }
        return gaps.map { .gap(Gap(from: $0.from, to: $0.to, cause: $0.causes.description), at: now) }
    }
}

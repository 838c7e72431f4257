import RelayModel

/// Whether a stream brings what it should, judged by its `status` events: a socket that is up says little.
struct StreamHealth: Sendable {
    /// How long the head slot may stand still, and how long `getState` may go without a `status`.
    static let patience: Duration = .seconds(30)
    /// How long the stream may take to watch what it was told to watch: the first `status` is often made before it read that.
    static let settling: Duration = .seconds(10)

    enum Verdict: Hashable {
        case good
        /// It may still be on its way to what was asked for.
        case early
        /// Why, as a clause.
        case bad(String)
    }

    /// The highest head slot since it last began to move.
    private var highest: Int64?
    private var last: Int64?
    /// When a `status` last brought a higher head slot.
    private var headMovedAt: Timestamp?
    private var headWait: PeerWait?
    /// The last `status` brought no higher head slot.
    private var isHeadWaitedFor = false
    /// The head slot was found to stand still, and has not moved since.
    private var isHeadStill = false
    private var settleWait: PeerWait
    /// When the last good `status` came, or else the connection was opened.
    private var goodAt: Timestamp

    init(openedAt now: Timestamp) {
        settleWait = PeerWait(Self.settling, from: now)
        goodAt = now
    }

    /// Up to when nothing speaks against the stream, when at last something does.
    var provenTo: Timestamp {
        guard isHeadWaitedFor || isHeadStill, let headMovedAt else { return goodAt }
        return min(goodAt, headMovedAt)
    }

    /// The stream was told to watch something else.
    mutating func asked(at now: Timestamp) {
        settleWait = PeerWait(Self.settling, from: now)
    }

    /// Reading goes on after a pause, in which nothing was to be seen.
    mutating func readingResumed(at now: Timestamp, pausedAt: Timestamp) {
        headWait?.resume(at: now, pausedAt: pausedAt)
        settleWait.resume(at: now, pausedAt: pausedAt)
    }

    mutating func judge(_ status: StreamStatus, of watch: StreamWatch, now: Timestamp) -> Verdict {
        follow(status.headSlot, now: now)
        let verdict = verdict(of: status, watch, now: now)
        if verdict == .good { goodAt = now }
        return verdict
    }

    private func verdict(of status: StreamStatus, _ watch: StreamWatch, now: Timestamp) -> Verdict {
        if status.grpcConnected == false { return .bad("the stream reports that it lost its gRPC connection") }
        if status.nodeHealthy == false { return .bad("the stream reports that its node is unhealthy") }
        if isHeadStill { return .bad("the stream's head slot stands still at \(highest ?? 0)") }
        for (watched, wanted, noun) in [
            (status.watchedAccounts, watch.accounts.count, "accounts"),
            (status.watchedMints, watch.mints.count, "mints"),
        ] {
            guard let watched, watched < wanted else { continue }
            return now < settleWait.end ? .early : .bad("the stream watches \(watched) of \(wanted) \(noun)")
        }
        return .good
    }

    private mutating func follow(_ head: Int64?, now: Timestamp) {
        guard let head else { return }
        // A stream that stood still may go on at another node, which is behind.
        let hasMoved = highest.map { head > $0 } ?? true || isHeadStill && last.map { head > $0 } ?? true
        last = head
        isHeadWaitedFor = !hasMoved
        if hasMoved {
            highest = head
            headMovedAt = now
            headWait = PeerWait(Self.patience, from: now)
            isHeadStill = false
        } else if let headWait, now >= headWait.end {
            isHeadStill = true
        }
    }
}

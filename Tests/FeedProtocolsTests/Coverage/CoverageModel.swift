import FeedProtocols
import RelayModel

/// A feed with several connections that die at once or unnoticed, and a relay that reads them or does not: knows which
/// events truly came, and tells a coverage only what a relay can see.
///
/// Things happen at even milliseconds; at odd ones the feed may send an event to every connection that is alive.
struct CoverageModel {
    private struct Connection {
        let since: Int64
        var isAlive = true
        /// The events that were sent and not yet read.
        var queue: [Int64] = []
        var heard: Int64
        /// Since when events no longer come on it though it is heard; nil while they do.
        var deafSince: Int64?
        /// Up to when its state was known to be good.
        var goodAt: Int64
        /// It was found to be deaf, and its state was not good since.
        var isImpaired = false
    }

    private static let failures: [ConnectionEnd] = [.dropped("reset"), .noPong(.seconds(10)), .idle(.seconds(120))]
    /// Events that are read at once: what waits comes faster than it came about.
    private static let readAtOnce = 3

    private var random: SplitMix64
    private var now: Int64 = 1000
    private var connections: [Int: Connection] = [:]
    private var isPaused = false
    private(set) var coverage: FeedCoverage
    private(set) var gaps: [Gap] = []
    /// What `seen` was, with how many gaps had been told before.
    private(set) var seen: [(moment: Timestamp, gaps: Int)] = []
    private(set) var sent: Set<Int64> = []
    /// The events that came on some connection.
    private(set) var received: Set<Int64> = []
    /// From a subscription to a message: nothing between can have been missed.
    private(set) var proven: [(from: Int64, to: Int64)] = []
    private(set) var first: Int64?
    private(set) var last: Int64 = 0

    /// With `deafness` connections stop to bring events and go on to be heard, until that is found or goes by.
    init(seed: UInt64, steps: Int, pauses: Bool, deafness: Bool = false) {
        random = SplitMix64(seed: seed)
        // Some feeds were seen by an earlier run.
        let lastSeen: Int64? = random.below(2) == 0 ? 1000 - Int64(random.below(50)) * 2 : nil
        coverage = FeedCoverage(
            lastSeen: lastSeen.map { Timestamp(milliseconds: $0) }, now: Timestamp(milliseconds: now))
        first = lastSeen
        let count = 1 + random.below(3)
        for _ in 0..<steps { step(connections: count, pauses: pauses, deafness: deafness) }
        if isPaused { setPaused(false) }
        for number in connections.keys.sorted() { lose(number) }
        now += 2
        subscribe(0)
    }

    private mutating func step(connections count: Int, pauses: Bool, deafness: Bool) {
        if random.below(3) > 0 {
            sent.insert(now + 1)
            for number in connections.keys
            where connections[number]?.isAlive == true && connections[number]?.deafSince == nil {
                connections[number]?.queue.append(now + 1)
            }
        }
        now += 2
        if !isPaused { for number in connections.keys.sorted() { read(number) } }
        let number = random.below(count)
        if deafness { changeHealth(of: random.below(count)) }
        switch random.below(pauses ? 12 : 10) {
        case 0, 1, 2: if connections[number] == nil, !isPaused { subscribe(number) }
        case 3: connections[number]?.isAlive = false
        case 4: if connections[number] != nil { lose(number) }
        case 5: if connections[number]?.isAlive == false { lose(number) }
        case 10: setPaused(true)
        case 11: setPaused(false)
        default: break
        }
        seen.append((coverage.seen ?? Timestamp(milliseconds: now), gaps.count))
    }

    private mutating func subscribe(_ number: Int) {
        connections[number] = Connection(since: now, heard: now, goodAt: now)
        take(coverage.subscribed(FeedConnectionName(number: number), refused: [], now: moment))
        if first == nil { first = now }
        last = now
    }

    /// The state of a connection is looked at, and it falls deaf now and then.
    private mutating func changeHealth(of number: Int) {
        guard var connection = connections[number], connection.isAlive, !isPaused else { return }
        let name = FeedConnectionName(number: number)
        switch random.below(4) {
        case 0:
            if connection.deafSince == nil {
                connection.deafSince = now
                // The state was looked at before, and not after.
                connection.goodAt = max(connection.since, now - Int64(random.below(6)) * 2)
            }
            connections[number] = connection
        case 1:
            findDeaf(number)
        case 2:
            guard connection.isImpaired else { return }
            connections[number] = Connection(since: now, queue: connection.queue, heard: now, goodAt: now)
            take(coverage.subscribed(name, refused: [], now: moment))
            last = now
        default:
            // Something comes that is no event.
            guard connection.queue.isEmpty else { return }
            connection.heard = now
            connections[number] = connection
            take(coverage.heard(name, now: moment))
        }
    }

    /// Finds out that a connection is deaf, if it is.
    private mutating func findDeaf(_ number: Int) {
        guard let connection = connections[number], connection.deafSince != nil, !connection.isImpaired else { return }
        connections[number]?.isImpaired = true
        proven.append((connection.since, min(connection.goodAt, connection.heard)))
        take(
            coverage.impaired(
                FeedConnectionName(number: number), since: Timestamp(milliseconds: connection.goodAt), reason: "deaf",
                now: moment))
    }

    private mutating func read(_ number: Int) {
        guard var connection = connections[number], !connection.queue.isEmpty else { return }
        received.formUnion(connection.queue.prefix(Self.readAtOnce))
        connection.queue.removeFirst(min(connection.queue.count, Self.readAtOnce))
        connection.heard = now
        connections[number] = connection
        take(coverage.heard(FeedConnectionName(number: number), now: moment))
    }

    /// The connection is gone; of what waits on it some may come, and the rest does not.
    private mutating func lose(_ number: Int) {
        findDeaf(number)
        guard let connection = connections.removeValue(forKey: number) else { return }
        let came = random.below(connection.queue.count + 1)
        if came > 0 {
            received.formUnion(connection.queue.prefix(came))
            take(coverage.heard(FeedConnectionName(number: number), now: moment))
        }
        if connection.deafSince == nil { proven.append((connection.since, connection.heard)) }
        take(coverage.lost(FeedConnectionName(number: number), random.pick(Self.failures), now: moment))
    }

    private mutating func setPaused(_ isPaused: Bool) {
        guard isPaused != self.isPaused else { return }
        self.isPaused = isPaused
        guard !isPaused else { return coverage.readingPaused(now: moment) }
        coverage.readingResumed(now: moment)
        for number in connections.keys.sorted() { read(number) }
    }

    private var moment: Timestamp { Timestamp(milliseconds: now) }

    private mutating func take(_ news: [FeedNews]) {
        for case .gap(let gap, _) in news { gaps.append(gap) }
    }
}

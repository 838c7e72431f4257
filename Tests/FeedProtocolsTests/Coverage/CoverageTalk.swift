import FeedProtocols
import RelayModel

/// A feed's coverage and its clock: says what happens to connections, shows what is told of it.
struct CoverageTalk {
    private(set) var coverage: FeedCoverage
    /// In seconds since the beginning.
    private(set) var now = 0

    /// `lastSeen` in seconds before the beginning.
    init(lastSeen: Int? = nil) {
        coverage = FeedCoverage(lastSeen: lastSeen.map { Self.time(-$0) }, now: Self.time(0))
    }

    static func time(_ seconds: Int) -> Timestamp { Timestamp(milliseconds: 1_000_000_000 + Int64(seconds) * 1000) }

    var seen: Int? { coverage.seen.map { Self.seconds($0) } }
    var openGapSince: Int? { coverage.openGapSince.map { Self.seconds($0) } }

    mutating func at(_ seconds: Int) { now = seconds }

    mutating func subscribed(_ connection: Int, source: Int = 0, refused: [String] = []) -> [String] {
        show(coverage.subscribed(name(connection, source), refused: refused, now: Self.time(now)))
    }

    mutating func heard(_ connection: Int, source: Int = 0) -> [String] {
        show(coverage.heard(name(connection, source), now: Self.time(now)))
    }

    mutating func lost(_ connection: Int, source: Int = 0, _ end: ConnectionEnd = .dropped("reset")) -> [String] {
        show(coverage.lost(name(connection, source), end, now: Self.time(now)))
    }

    mutating func impaired(_ connection: Int, source: Int = 0, since: Int, _ reason: String = "sick") -> [String] {
        show(
            coverage.impaired(
                name(connection, source), since: Self.time(since), reason: reason, now: Self.time(now)))
    }

    mutating func pause() { coverage.readingPaused(now: Self.time(now)) }
    mutating func resume() { coverage.readingResumed(now: Self.time(now)) }

    mutating func refuse(_ key: String) -> [String] {
        show(coverage.keyRefused(key, reason: "no", now: Self.time(now)))
    }

    mutating func want(_ keys: String...) { coverage.wanted(keys) }

    private func name(_ connection: Int, _ source: Int) -> FeedConnectionName {
        FeedConnectionName(source: source, number: connection)
    }

    private static func seconds(_ time: Timestamp) -> Int {
        Int((time.milliseconds - 1_000_000_000) / 1000)
    }

    private func show(_ news: [FeedNews]) -> [String] {
        news.map { news in
            switch news {
            case .connected: "connected"
            case .disconnected(_, let reason): "disconnected: \(reason)"
            case .gap(let gap, _): "gap \(Self.seconds(gap.from))-\(Self.seconds(gap.to)): \(gap.cause)"
            case .keyRefused(let key, let reason, _): "refused \(key): \(reason)"
            case .unhealthy(let reason, _): "unhealthy: \(reason)"
            }
        }
    }
}

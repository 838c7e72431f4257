import AdminAPI
import FeedConnections
import FeedProtocols
import RelayModel
import Synchronization
import Testing

@testable import RelayAssembly

/// What becomes known of a feed beside its events.
struct FeedWatchTests {
    /// What a watch told the outbox.
    private final class Told: Sendable {
        let calls = Mutex<[(own: [OwnEvent], seen: Timestamp?)]>([])

        var last: (own: [OwnEvent], seen: Timestamp?)? { calls.withLock { $0.last } }
        var count: Int { calls.withLock { $0.count } }
        var kinds: [OwnEvent.Kind] { calls.withLock { $0.flatMap(\.own).map(\.kind) } }
        var gaps: [[String]] {
            calls.withLock { $0.flatMap(\.own) }.filter { $0.kind == .feedGap }.map { gap in
                gap.details.map(\.value.description)
            }
        }
    }

    private let told = Told()

    private func watch(seenAt: Int64? = nil, now: Int64 = 1000) -> FeedWatch {
        FeedWatch(feed: "payments", seenAt: seenAt.map(at), now: at(now)) { [told] own, seen in
            told.calls.withLock { $0.append((own, seen)) }
        }
    }

    private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    private func name(_ source: Int, _ number: Int = 0) -> FeedConnectionName {
        FeedConnectionName(source: source, number: number)
    }

    private func subscribe(_ watch: FeedWatch, _ connection: FeedConnectionName, at moment: Int64) {
        watch.changed(
            connection,
            ConnectionChange(kind: .subscribed(keys: 1, refused: []), at: at(moment), connection: connection.number))
    }

    private func lose(
        _ watch: FeedWatch, _ connection: FeedConnectionName, at moment: Int64, _ end: ConnectionEnd = .dropped("gone")
    ) {
        watch.changed(
            connection,
            ConnectionChange(
                kind: .down(end, lastMessageAt: nil, retryIn: .seconds(1)), at: at(moment),
                connection: connection.number))
    }

    @Test func `the latest gaps are kept, newest first, and no more of them than are shown`() {
        let watch = watch()
        subscribe(watch, name(0), at: 2000)
        for round in 1...Int64(FeedStatus.gapsShown + 5) {
            lose(watch, name(0), at: round * 10_000)
            subscribe(watch, name(0), at: round * 10_000 + 500)
        }
        let standing = watch.standing
        #expect(standing.gaps == FeedStatus.gapsShown + 5)
        #expect(standing.recentGaps.count == FeedStatus.gapsShown)
        #expect(standing.recentGaps.first?.to == at(Int64(FeedStatus.gapsShown + 5) * 10_000 + 500))
        #expect(standing.recentGaps.last?.to == at(6 * 10_000 + 500))
    }

    @Test func `the last failure stays known when the feed is up again, and what the relay ends itself is none`() {
        let watch = watch()
        subscribe(watch, name(0), at: 2000)
        #expect(watch.standing.lastFailure == nil)
        lose(watch, name(0), at: 3000)
        subscribe(watch, name(0), at: 4000)
        let failure = FeedStatus.Failure(at: at(3000), reason: "\(ConnectionEnd.dropped("gone"))")
        #expect(watch.standing.lastFailure == failure)
        for end in [ConnectionEnd.surplus, .unneeded, .reopened("new key")] {
            lose(watch, name(0), at: 5000, end)
            subscribe(watch, name(0), at: 6000)
        }
        #expect(watch.standing.lastFailure == failure)
    }

    @Test func `a gap is told with the moment from which nothing is missing again`() throws {
        let watch = watch()
        subscribe(watch, name(0), at: 2000)
        watch.heard(name(0), at: at(3000))
        lose(watch, name(0), at: 4000)
        subscribe(watch, name(0), at: 5500)
        #expect(told.kinds == [.feedConnected, .feedDisconnected, .feedConnected, .feedGap])
        let last = try #require(told.last)
        #expect(last.own.map(\.kind) == [.feedConnected, .feedGap] && last.seen == at(5500))
        #expect(watch.standing.gaps == 1 && watch.standing.gapTime == .milliseconds(2500))
        #expect(
            watch.standing.recentGaps.first
                == FeedStatus.Gap(
                    from: at(3000), to: at(5500), cause: "connection lost: the connection broke off: gone"))
    }

    @Test func `the time in which the relay did not run is a gap`() {
        let watch = watch(seenAt: 100, now: 60_000)
        watch.tellSeen()
        #expect(told.count == 0)
        subscribe(watch, name(0), at: 61_000)
        #expect(told.gaps == [["\(at(100))", "\(at(61_000))", "60.9", "the relay was not running"]])
    }

    @Test func `what was seen is told once, and stands still while nothing is subscribed`() {
        let watch = watch()
        func seen() -> [Timestamp?] {
            watch.tellSeen()
            return told.calls.withLock { $0.filter(\.own.isEmpty).map(\.seen) }
        }
        #expect(seen() == [])
        subscribe(watch, name(0), at: 2000)
        watch.heard(name(0), at: at(2500))
        #expect(seen() == [at(2500)])
        #expect(seen() == [at(2500)])
        lose(watch, name(0), at: 3000)
        // Before the subscription it proves nothing.
        watch.heard(name(0), at: at(3500))
        #expect(seen() == [at(2500)])
    }

    @Test func `a source that takes over leaves no gap once the other has brought everything`() {
        let watch = watch()
        subscribe(watch, name(0), at: 1000)
        watch.heard(name(0), at: at(1100))
        subscribe(watch, name(1), at: 1500)
        watch.drained(name(0), at: at(1510))
        lose(watch, name(0), at: 1520, .stopped)
        #expect(told.gaps == [])
        #expect(watch.standing.state == .connected && watch.standing.connections == 1)
    }

    @Test func `one that was dead before the other took over leaves a gap`() {
        let watch = watch()
        subscribe(watch, name(0), at: 1000)
        watch.heard(name(0), at: at(1100))
        subscribe(watch, name(1), at: 1500)
        lose(watch, name(0), at: 3500, .stopped)
        #expect(told.gaps.map { Array($0.prefix(2)) } == [["\(at(1100))", "\(at(1500))"]])
    }

    @Test func `the answer to the last close moves no gap's beginning`() {
        let watch = watch()
        subscribe(watch, name(0), at: 1000)
        watch.heard(name(0), at: at(1100))
        watch.drained(name(0), at: at(9000))
        lose(watch, name(0), at: 9001, .stopped)
        #expect(told.last?.seen == at(1100))
        watch.tellSeen()
        #expect(told.last?.own.isEmpty == false)
    }

    @Test func `a source has taken over when it is subscribed, or is refused for the room that the other takes`() {
        let takenOver = Mutex(0)
        for change: ConnectionChange.Kind in [
            .subscribed(keys: 1, refused: []), .down(.connectionLimit("5"), lastMessageAt: nil, retryIn: nil),
            .down(.upgradeRefused(status: 429, retryAfter: nil), lastMessageAt: nil, retryIn: nil),
        ] {
            let watch = watch()
            let before = takenOver.withLock { $0 }
            watch.whenTakenOver(by: 1, yieldsToLimit: true) { takenOver.withLock { $0 += 1 } }
            lose(watch, name(1), at: 1100, .unreachable("refused"))
            subscribe(watch, name(0), at: 1200)
            #expect(takenOver.withLock { $0 } == before)
            for _ in 0..<2 { watch.changed(name(1), ConnectionChange(kind: change, at: at(1300), connection: 0)) }
            #expect(takenOver.withLock { $0 } == before + 1)
        }
    }

    @Test func `a refusal by another vendor's limit gives up nothing`() {
        let takenOver = Mutex(false)
        let watch = watch()
        watch.whenTakenOver(by: 1, yieldsToLimit: false) { takenOver.withLock { $0 = true } }
        lose(watch, name(1), at: 1100, .connectionLimit("5"))
        #expect(!takenOver.withLock { $0 })
        subscribe(watch, name(1), at: 1200)
        #expect(takenOver.withLock { $0 })
    }

    @Test func `a refused key makes the feed unhealthy until it is accepted or no longer wanted`() {
        let watch = watch()
        subscribe(watch, name(0), at: 1000)
        watch.changed(
            name(0), ConnectionChange(kind: .keyRefused("k1", reason: "no"), at: at(1100), connection: 0))
        #expect(told.kinds == [.feedConnected, .feedUnhealthy])
        #expect(watch.standing.state == .unhealthy && watch.standing.reason == "the feed refuses the keys k1")
        watch.wanted(["k2"], now: at(1200))
        #expect(watch.standing.state == .connected && watch.standing.reason == nil)
    }
}

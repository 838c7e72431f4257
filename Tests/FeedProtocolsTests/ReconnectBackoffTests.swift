import FeedProtocols
import Testing

struct ReconnectBackoffTests {
    /// A generator that always gives the least or the most.
    private struct Fixed: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 { value }
    }

    /// Not 0: the standard library would ask again for ever.
    private static let least: UInt64 = 1

    private func waits(
        _ ends: [ConnectionEnd], subscribedFor: Duration? = nil, random: UInt64 = least,
        initial: Duration = .seconds(1), maximum: Duration = .seconds(30)
    ) -> [Duration] {
        var backoff = ReconnectBackoff(initial: initial, maximum: maximum)
        var generator = Fixed(value: random)
        return ends.map { backoff.wait(after: $0, subscribedFor: subscribedFor, using: &generator) }
    }

    private let drop = ConnectionEnd.dropped("x")

    @Test func `waits double up to the maximum`() {
        #expect(waits(Array(repeating: drop, count: 7)) == [1, 2, 4, 8, 16, 30, 30].map { Duration.seconds($0) })
        #expect(waits([drop, drop], initial: .seconds(5), maximum: .seconds(2)) == [.seconds(5), .seconds(5)])
    }

    @Test func `jitter adds up to as much again and takes nothing off`() {
        var backoff = ReconnectBackoff(initial: .seconds(1), maximum: .seconds(1))
        var generator = SystemRandomNumberGenerator()
        var all: Set<Duration> = []
        for _ in 0..<1000 {
            let wait = backoff.wait(after: drop, subscribedFor: nil, using: &generator)
            #expect(wait >= .seconds(1) && wait <= .seconds(2))
            all.insert(wait)
        }
        #expect(all.count > 100)
        #expect(waits([drop], random: .max) == [.seconds(2)])
    }

    @Test func `it starts over after a connection that was subscribed for 5 s`() {
        var backoff = ReconnectBackoff(initial: .seconds(1), maximum: .seconds(30))
        var none = Fixed(value: Self.least)
        for _ in 0..<5 { _ = backoff.wait(after: drop, subscribedFor: nil, using: &none) }
        #expect(backoff.wait(after: drop, subscribedFor: .milliseconds(4999), using: &none) == .seconds(30))
        #expect(backoff.wait(after: drop, subscribedFor: .seconds(5), using: &none) == .seconds(1))
    }

    @Test(arguments: [
        ConnectionEnd.authenticationFailed("no"), .noKeyAccepted, .upgradeRefused(status: 401, retryAfter: nil),
        .upgradeRefused(status: 403, retryAfter: nil),
    ])
    func `a refused key is not hammered`(end: ConnectionEnd) {
        #expect(waits(Array(repeating: end, count: 6)) == [60, 120, 240, 480, 900, 900].map { Duration.seconds($0) })
    }

    @Test func `a refused key starts over once it was accepted`() {
        var backoff = ReconnectBackoff(initial: .seconds(1), maximum: .seconds(30))
        var none = Fixed(value: Self.least)
        for _ in 0..<5 { _ = backoff.wait(after: .noKeyAccepted, subscribedFor: nil, using: &none) }
        _ = backoff.wait(after: drop, subscribedFor: .seconds(5), using: &none)
        #expect(backoff.wait(after: .noKeyAccepted, subscribedFor: nil, using: &none) == .seconds(60))
    }

    @Test(arguments: [ConnectionEnd.connectionLimit("no"), .upgradeRefused(status: 429, retryAfter: nil)])
    func `a limit waits the longest wait at once`(end: ConnectionEnd) {
        #expect(waits([end, end]) == [.seconds(30), .seconds(30)])
    }

    @Test(arguments: [
        (503, 100, 100), (429, 100, 100), (429, 10, 30), (401, 100, 100), (401, 10, 60), (503, 86400, 3600),
        (500, 7, 7),
    ])
    func `a refused upgrade's Retry-After is kept, up to an hour`(status: Int, asked: Int, expected: Int) {
        #expect(waits([.upgradeRefused(status: status, retryAfter: .seconds(asked))]) == [.seconds(expected)])
    }

    @Test(arguments: [
        ConnectionEnd.unreachable("x"), .connectTimeout(.seconds(10)), .upgradeRefused(status: 503, retryAfter: nil),
        .unanswered("subscribe"), .noPong(.seconds(10)), .idle(.seconds(120)), .closedByServer(code: 1001, reason: ""),
        .protocolError("x"), .messageTooLarge(limit: 1),
    ])
    func `all else waits as the schedule says`(end: ConnectionEnd) {
        #expect(waits([end, end, end]) == [.seconds(1), .seconds(2), .seconds(4)])
    }
}

import FeedConnections
import FeedProtocols
import FeedSimulation
import Logging
import NIOCore
import NIOPosix
import RelayConfig
import RelayModel
import Synchronization
import Testing

/// Two connections that bring the same events, and a feed that drops them under load.
///
/// One after another, so that the load is this test's and not that of the others.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct RedundancyTests {
    /// What a simulated feed has sent.
    private final class Sent: Sendable {
        let events = Mutex<Set<[UInt8]>>([])
    }

    private struct Run {
        let sent = Sent()
        let simulator: FeedSimulator
        let sink = CoverageSink()
        let feed: WebSocketFeed

        init(seed: UInt64) async throws {
            simulator = try await FeedSimulator.start(
                SimulatorOptions(rate: EventRate(400), seed: seed),
                observer: SimulatorObserver(onEvent: { [sent] event in
                    sent.events.withLock { _ = $0.insert(event.bytes) }
                }))
            feed = try WebSocketFeed(
                FeedConfiguration(
                    name: "f", kind: .interface402(.init(apiKey: nil, keys: ["payments", "settlements"])),
                    url: simulator.url, connections: 2, reconnectInitial: .milliseconds(2),
                    reconnectMax: .milliseconds(2)),
                sink: sink, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), clock: RelayClock(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            feed.start()
        }

        /// Waits until both connections are subscribed and each has brought something since.
        func bothHeard(down: Set<Int>) async throws {
            var missing = down
            var unheard: Set<Int> = [0, 1]
            while !missing.isEmpty || !unheard.isEmpty {
                switch try await sink.facts.next() {
                case .subscribed(let connection, _): missing.remove(connection)
                case .heard(let connection, _) where missing.isEmpty: unheard.remove(connection)
                case .down(let connection, _): missing.insert(connection)
                case .heard, .news: break
                }
            }
        }

        /// Waits until everything came that was sent by now.
        func allCame() async throws {
            let sent = sent.events.withLock { $0 }
            while !sink.missing(of: sent).isEmpty {
                _ = try await sink.facts.next { if case .heard = $0 { true } else { false } }
            }
        }

        func stop() async {
            await feed.stop()
            await simulator.stop()
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `dropped one at a time, they lose nothing and leave no gap`(seed: UInt64) async throws {
        let run = try await Run(seed: seed)
        try await run.bothHeard(down: [0, 1])
        for _ in 0..<8 {
            #expect(try await run.simulator.dropOne() != nil)
            let fact = try await run.sink.facts.next { if case .down = $0 { true } else { false } }
            guard case .down(let connection, _) = fact else { return }
            try await run.bothHeard(down: [connection])
        }
        try await run.allCame()
        #expect(run.sink.gaps == [])
        // Each came on both connections, but for those that one of them was away for.
        #expect(run.sink.count > run.sent.events.withLock(\.count))
        await run.stop()
    }

    @Test(arguments: [3] as [UInt64])
    func `dropped together, they leave one gap from the last word to the first subscription`(seed: UInt64) async throws
    {
        let run = try await Run(seed: seed)
        try await run.bothHeard(down: [0, 1])
        for round in 1...3 {
            let before = RelayClock().now
            #expect(try await run.simulator.dropConnections() == 2)
            var down = 0
            var lastHeard: Timestamp?
            while down < 2 {
                guard case .down(_, let last) = try await run.sink.facts.next(where: { $0.isDown }) else { return }
                lastHeard = last
                down += 1
            }
            guard
                case .subscribed(let first, let at) = try await run.sink.facts.next(where: { $0.isSubscribed })
            else { return }
            try await run.bothHeard(down: [1 - first])
            #expect(run.sink.gaps.count == round)
            let gap = try #require(run.sink.gaps.last)
            #expect(gap.from == lastHeard)
            #expect(gap.to == at)
            // The clocks of two owners differ by a millisecond at most.
            #expect(gap.from < gap.to && before <= gap.to + .milliseconds(2))
            #expect(gap.cause.hasPrefix("connection lost: "))
        }
        try await run.allCame()
        await run.stop()
    }
}

extension CoverageSink.Fact {
    fileprivate var isDown: Bool { if case .down = self { true } else { false } }
    fileprivate var isSubscribed: Bool { if case .subscribed = self { true } else { false } }
}

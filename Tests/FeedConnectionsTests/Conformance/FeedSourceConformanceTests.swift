import FeedConnections
import RelayConfig
import RelayModel
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FeedSourceConformanceTests {
    /// A real feed against a scripted server.
    private final class OverSockets: FeedSourceSubject {
        private let run: FeedRun
        private let peer = Mutex<ScriptedPeer?>(nil)

        init() async throws { run = try await FeedRun() }

        var source: WebSocketFeed { run.feed }
        var sink: RecordingSink { run.sink }
        func configuration(_ change: (inout FeedConfiguration) -> Void) -> FeedConfiguration {
            run.configuration(change)
        }
        func confirm() async throws {
            let opened = try await run.server.open()
            peer.withLock { $0 = opened }
            try await opened.confirm()
        }
        func send(_ type: String) async throws { try await peer.withLock { $0 }?.say(#"{"type":"\#(type)"}"#) }
        func drop() async throws { try await peer.withLock { $0 }?.close() }
        func settle() async throws { try await run.settle() }
        func end() async { await run.stop() }
    }

    /// A paid stream against a scripted server, with a token that is ordered at once.
    private final class PaidOverSockets: FeedSourceSubject {
        private let run: StreamRun
        private let peer = Mutex<ScriptedPeer?>(nil)

        init() async throws { run = try await StreamRun() }

        var source: AtomicStreamFeed { run.feed }
        var sink: RecordingSink { run.sink }
        func configuration(_ change: (inout FeedConfiguration) -> Void) -> FeedConfiguration {
            run.configuration(change)
        }
        func confirm() async throws {
            let opened = try await run.server.open()
            peer.withLock { $0 = opened }
            // What is not read when it drops would turn the end into a reset.
            _ = try await opened.did.next { $0 == .say(#"{"op":"getState"}"#) }
            try await opened.greet()
        }
        func send(_ type: String) async throws { try await peer.withLock { $0 }?.say(#"{"type":"\#(type)"}"#) }
        func drop() async throws { try await peer.withLock { $0 }?.close() }
        func settle() async throws { try await run.settle() }
        func end() async { await run.stop() }
    }

    /// The double, whose connection 0 is the one.
    private struct Scripted: FeedSourceSubject {
        let source: ScriptedFeedSource
        let sink = RecordingSink()
        private let original = FeedConfiguration(
            name: "f", kind: .interface402(.init(apiKey: nil, keys: ["payments"])), url: "ws://127.0.0.1:1/")

        init() {
            let clock = RelayClock()
            source = ScriptedFeedSource(original, sink: sink) { clock.now }
        }

        func configuration(_ change: (inout FeedConfiguration) -> Void) -> FeedConfiguration {
            var configuration = original
            change(&configuration)
            return configuration
        }
        func confirm() async throws { source.subscribe(0) }
        func send(_ type: String) async throws {
            source.send(try JSONParser(limits: .message).parse(Array(#"{"type":"\#(type)"}"#.utf8)), on: 0)
        }
        func drop() async throws { source.drop(0) }
        func settle() async throws {}
        func end() async { await source.stop() }
    }

    @Test func `a feed over WebSockets holds it`() async throws {
        try await FeedSourceConformance.check { try await OverSockets() }
    }

    @Test func `a paid stream over WebSockets holds it`() async throws {
        try await FeedSourceConformance.check { try await PaidOverSockets() }
    }

    @Test func `the double holds it`() async throws {
        try await FeedSourceConformance.check { Scripted() }
    }
}

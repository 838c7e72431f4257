import FeedConnections
import FeedProtocols
import Logging
import RelayConfig
import RelayModel
import Synchronization
import Testing

/// Another configuration for a feed that runs.
@Suite(.timeLimit(.minutes(1)))
struct ReconfigureTests {
    private func asked(_ peer: ScriptedPeer) async throws -> String {
        guard
            case .say(let text) = try await peer.did.next(where: {
                if case .say(let text) = $0 { text.contains("subscribe") } else { false }
            })
        else { return "" }
        return text
    }

    private func authenticated(_ run: FeedRun) async throws {
        _ = try await run.sink.calls.next {
            if case .change(let text) = $0 { text.hasPrefix("authenticated") } else { false }
        }
    }

    @Test func `keys change on the live connection, the new ones first`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        #expect(run.feed.reconfigure(run.configuration { $0.keys = ["verifications"] }))
        #expect(try await asked(peer) == #"{"method":"subscribe","keys":["verifications"]}"#)
        try await peer.say(#"{"type":"a"}"#, #"{"type":"subscribed","keys":["verifications"]}"#)
        #expect(try await asked(peer) == #"{"method":"unsubscribe","keys":["payments"]}"#)
        try await peer.say(#"{"type":"unsubscribed","keys":["payments"]}"#, #"{"type":"b"}"#)
        #expect(
            try await run.sink.next(3) == [.messages(["a"]), .change("subscribed 1 []"), .messages(["b"])])
        // The next connection asks for nothing else.
        try await peer.close()
        let next = try await run.server.open()
        #expect(try await asked(next) == #"{"method":"subscribe","keys":["verifications"]}"#)
        await run.stop()
    }

    @Test func `what a live connection cannot change is refused, and nothing changes`() async throws {
        let run = try await FeedRun(apiKey: "k")
        let changes: [(inout FeedConfiguration) -> Void] = [
            { $0.name = "g" }, { $0.url += "&b=2" }, { $0.caFile = "/tmp/ca.pem" },
            { $0.apiKey = Secret("other") }, { $0.apiKey = nil },
            {
                $0.kind = .atomicStream(
                    .init(
                        stream: "s", version: "v2", options: nil, accounts: [], programs: [], mints: [], encoding: nil,
                        token: nil, renew: "http"))
            },
        ]
        for change in changes {
            #expect(
                !run.feed.reconfigure(
                    run.configuration {
                        $0.connections = 3
                        change(&$0)
                    }))
        }
        run.feed.start()
        let peer = try await run.server.open()
        #expect(try await peer.did.next() == .say(#"{"method":"authenticate","apiKey":"k"}"#))
        try await run.settle()
        #expect(run.server.accepted == 1)
        await run.stop()
    }

    @Test func `more connections are opened, fewer are closed from the highest number down`() async throws {
        let run = try await FeedRun()
        let first = try await run.subscribe()
        #expect(run.feed.reconfigure(run.configuration { $0.connections = 3 }))
        var peers = [first]
        for _ in 1..<3 {
            let peer = try await run.server.open()
            try await peer.confirm()
            try await run.sink.subscribed()
            peers.append(peer)
        }
        #expect(run.feed.subscribedConnections == 3)

        #expect(run.feed.reconfigure(run.configuration { $0.connections = 1 }))
        for peer in peers[1...] { #expect(try await peer.closeCode() == 1000) }
        var gone: Set<Int> = []
        while gone.count < 2 {
            let change = try await run.sink.changes.next()
            guard case .down(let end, _, let wait) = change.kind else { continue }
            #expect(end == .unneeded)
            #expect(wait == nil)
            gone.insert(change.connection)
        }
        #expect(gone == [1, 2])
        #expect(run.feed.subscribedConnections == 1)
        try await first.say(#"{"type":"a"}"#)
        #expect(try await run.sink.calls.next { $0 == .messages(["a"]) } == .messages(["a"]))

        // And again more: the numbers are used anew.
        #expect(run.feed.reconfigure(run.configuration { $0.connections = 2 }))
        let again = try await run.server.open()
        try await again.confirm()
        try await run.sink.subscribed()
        await run.stop()
    }

    @Test func `no more than the plan allows, however many are configured, and that is said once`() async throws {
        let log = RecordingLog()
        let run = try await FeedRun(apiKey: "k", logger: log.logger)
        run.feed.start()
        let peer = try await run.server.open()
        try await peer.say(#"{"type":"authenticated","plan":"standard"}"#)
        try await authenticated(run)
        #expect(run.feed.reconfigure(run.configuration { $0.connections = 9 }))
        for _ in 1..<5 {
            let peer = try await run.server.open()
            try await peer.say(#"{"type":"authenticated","plan":"standard"}"#)
            try await authenticated(run)
        }
        try await run.settle()
        #expect(run.server.accepted == 5)
        #expect(
            log.lines.filter { $0.contains("Plan allows fewer connections") && $0.contains("configured=9") }.count == 1)
        #expect(run.feed.reconfigure(run.configuration { $0.connections = 5 }))
        try await run.settle()
        #expect(run.server.accepted == 5)
        await run.stop()
    }

    @Test func `before the start and after the stop it opens nothing`() async throws {
        let run = try await FeedRun()
        #expect(run.feed.reconfigure(run.configuration { $0.keys = ["settlements"] }))
        try await run.settle()
        #expect(run.server.accepted == 0)
        run.feed.start()
        let peer = try await run.server.open()
        #expect(try await asked(peer) == #"{"method":"subscribe","keys":["settlements"]}"#)
        await run.feed.stop()
        let calls = run.sink.count.value
        #expect(run.feed.reconfigure(run.configuration { $0.connections = 4 }))
        run.feed.setReading(false)
        try await run.settle()
        #expect(run.server.accepted == 1)
        #expect(run.sink.count.value == calls)
        await run.stop()
    }

    @Test func `a connection that is added while nothing is read waits for the reading`() async throws {
        let run = try await FeedRun()
        _ = try await run.subscribe()
        run.feed.setReading(false)
        #expect(run.feed.reconfigure(run.configuration { $0.connections = 2 }))
        try await run.settle()
        #expect(run.server.accepted == 1)
        run.feed.setReading(true)
        _ = try await run.server.open()
        await run.stop()
    }

    @Test func `a feed whose peers never answer still closes`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        peer.endsWhenClosed.store(false, ordering: .relaxed)
        // The peer has two seconds for its part of closing; the suite's time limit is what this is held against.
        await run.feed.stop()
        #expect(try await peer.closeCode() == 1000)
        #expect(try await run.sink.down().end == .stopped)
        await run.stop()
    }
}

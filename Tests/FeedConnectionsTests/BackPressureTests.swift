import FeedConnections
import FeedProtocols
import NIOCore
import RelayConfig
import RelayModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BackPressureTests {
    @Test func `while reading is off nothing is read, and nothing is lost`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        run.feed.setReading(false)
        try await run.settle()
        let calls = run.sink.count.value
        // More than the sockets' buffers hold, so the server cannot get rid of it.
        let filler = String(repeating: "x", count: 1 << 20)
        let count = 64
        let first = peer.sendLater(Frame.text(#"{"type":"n0","filler":"\#(filler)"}"#))
        for number in 1..<count {
            _ = peer.sendLater(Frame.text(#"{"type":"n\#(number)","filler":"\#(filler)"}"#))
        }
        _ = peer.sendLater(Frame.make(first: 0x89, [7]))
        try await first.get()
        try await run.settle()
        #expect(run.sink.count.value == calls)

        run.feed.setReading(true)
        var types: [String] = []
        while types.count < count {
            guard case .messages(let batch) = try await run.sink.calls.next() else { continue }
            types += batch
        }
        #expect(types == (0..<count).map { "n\($0)" })
        #expect(try await peer.did.next() == .frame(opcode: 0xA, payload: [7]))
        await run.stop()
    }

    @Test func `the watchdog rests while reading is off`() async throws {
        let run = try await FeedRun {
            $0.pingInterval = .milliseconds(50)
            $0.pongTimeout = .milliseconds(500)
            $0.idleTimeout = .milliseconds(600)
        }
        let peer = try await run.subscribe()
        run.feed.setReading(false)
        // A second of unanswered pings is longer than its patience.
        for _ in 0..<20 { _ = try await peer.did.next { $0 == .say(#"{"method":"ping"}"#) } }
        run.feed.setReading(true)
        switch try await run.sink.down().end {
        case .noPong, .idle: break
        case let end: Issue.record("it ended otherwise: \(end)")
        }
        await run.stop()
    }

    @Test func `no connection is opened while nothing may be read`() async throws {
        let run = try await FeedRun()
        run.feed.setReading(false)
        run.feed.start()
        try await run.settle()
        #expect(run.sink.count.value == 0)
        run.feed.setReading(true)
        let peer = try await run.server.open()
        try await peer.confirm()
        try await run.sink.subscribed()
        await run.stop()
    }

    @Test func `a connection that is lost while nothing is read brings all that it had`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        run.feed.setReading(false)
        try await run.settle()
        try await peer.say(#"{"type":"a"}"#, #"{"type":"b"}"#)
        try await peer.close()
        #expect(try await run.sink.next(1) == [.messages(["a", "b"])])
        _ = try await run.sink.down()
        run.feed.setReading(true)
        _ = try await run.server.open()
        await run.stop()
    }

    @Test func `what happens after such a loss is told with its own moment, at which a gap ends`() async throws {
        let run = try await FeedRun()
        let peer = try await run.subscribe()
        _ = try await run.sink.changes.next { if case .subscribed = $0.kind { true } else { false } }
        run.feed.setReading(false)
        try await run.settle()
        try await peer.send(Frame.text(#"{"type":"a"}"#) + Frame.close(4402))
        try await peer.close()
        let loss = try await run.sink.changes.next { if case .down = $0.kind { true } else { false } }
        while RelayClock().now <= loss.at { try await run.settle() }
        run.feed.setReading(true)
        try await run.server.open().confirm()
        let back = try await run.sink.changes.next { if case .subscribed = $0.kind { true } else { false } }
        #expect(back.at > loss.at)
        await run.stop()
    }
}

import FeedConnections
import FeedProtocols
import RelayConfig
import Testing

/// A server that refuses a key and ends the connection over it.
@Suite(.timeLimit(.minutes(1)))
struct RefusedKeyTests {
    @Test func `a key over which the server ends the connection does not cost the others`() async throws {
        let run = try await FeedRun {
            $0.kind = .interface402(.init(apiKey: nil, keys: ["payments", "bad", "settlements"]))
            $0.reconnectInitial = .milliseconds(1)
            $0.reconnectMax = .milliseconds(1)
        }
        run.feed.start()
        let refusal = #"{"type":"error","code":"SUBSCRIPTION_FAILED","message":"Invalid subscription key"}"#

        // All three at once: refused, and nothing says which.
        var peer = try await run.server.open()
        #expect(try await asked(of: peer) == #"{"method":"subscribe","keys":["payments","bad","settlements"]}"#)
        try await peer.send(Frame.text(refusal) + Frame.close(1008, ""))
        _ = try await run.sink.down()

        // One by one: the bad one is found.
        peer = try await run.server.open()
        try await peer.confirm()
        #expect(try await asked(of: peer) == #"{"method":"subscribe","keys":["bad"]}"#)
        try await peer.send(Frame.text(refusal) + Frame.close(1008, ""))
        _ = try await run.sink.down()

        // From here on without it.
        peer = try await run.server.open()
        for key in ["payments", "settlements"] {
            #expect(try await asked(of: peer) == #"{"method":"subscribe","keys":["\#(key)"]}"#)
            try await peer.say(#"{"type":"subscribed","keys":["\#(key)"]}"#)
        }
        try await run.sink.subscribed()
        await run.stop()
    }

    private func asked(of peer: ScriptedPeer) async throws -> String {
        let request = try await peer.did.next {
            if case .say(let text) = $0 { text.contains("subscribe") } else { false }
        }
        guard case .say(let text) = request else { return "" }
        return text
    }
}

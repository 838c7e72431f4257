import RelayModel
import Testing

@testable import FeedSimulation

@Suite struct `A client's session with a simulated feed` {
    private let wallet = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"
    private let now = Timestamp(milliseconds: 1_697_234_567_890)

    private func say(_ text: String, to session: inout ClientSession, at now: Timestamp? = nil) -> [SessionAnswer] {
        session.receive(Array(text.utf8), at: now ?? self.now)
    }

    private func event(_ kind: SimulatedEvent.Kind, from sender: String, to recipient: String) -> SimulatedEvent {
        SimulatedEvent(
            kind: kind,
            payment: SimulatedPayment(
                paymentID: "pay_1", signature: "sig", sender: sender, recipient: recipient, amount: "1", fees: "0",
                resource: "r", blockHeight: 1, summary: "", reference: "", facilitator: "f",
                verificationMilliseconds: 1, confirmations: 1), timestamp: now)
    }

    @Test func `a client authenticates, subscribes, gets its events and leaves them`() {
        var session = ClientSession(SimulatorOptions(apiKey: Secret("k1")))
        #expect(say(#"{"method":"authenticate","apiKey":"k1"}"#, to: &session) == [.authenticated(.premium)])
        #expect(!session.isSubscribed)
        #expect(
            say(#"{"method":"subscribe","keys":["payments","settlements"]}"#, to: &session)
                == [.subscribed(["payments", "settlements"])])
        #expect(session.isSubscribed)
        #expect(session.views(of: event(.payment, from: "A", to: "B")) == [.sent])
        #expect(session.views(of: event(.verification, from: "A", to: "B")) == [])
        #expect(say(#"{"method":"ping"}"#, to: &session) == [.pong])
        #expect(say(#"{"method":"unsubscribe","keys":["payments"]}"#, to: &session) == [.unsubscribed(["payments"])])
        #expect(session.views(of: event(.payment, from: "A", to: "B")) == [])
        #expect(session.views(of: event(.settlement, from: "A", to: "B")) == [.sent])
    }

    @Test func `a wrong key, none, or a subscription before it ends the connection`() {
        for text in [
            #"{"method":"authenticate","apiKey":"k2"}"#, #"{"method":"authenticate"}"#,
            #"{"method":"subscribe","keys":["payments"]}"#,
        ] {
            var session = ClientSession(SimulatorOptions(apiKey: Secret("k1")))
            #expect(say(text, to: &session) == [.error(.authenticationFailed), .close(1008)])
            #expect(!session.isSubscribed)
        }
    }

    @Test func `without a demanded key any key is taken, and none`() {
        var session = ClientSession(SimulatorOptions(plan: .standard))
        #expect(say(#"{"method":"subscribe","keys":["payments"]}"#, to: &session) == [.subscribed(["payments"])])
        #expect(say(#"{"method":"authenticate","apiKey":"any"}"#, to: &session) == [.authenticated(.standard)])
    }

    @Test(arguments: [
        #"["payments","refunds"]"#, #"["7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"]"#, "[]", "[1]", #""payments""#,
    ])
    func `one refused key refuses the whole subscription`(keys: String) {
        var session = ClientSession(SimulatorOptions(refusedKeys: [wallet]))
        #expect(say(#"{"method":"subscribe","keys":\#(keys)}"#, to: &session) == [.error(.subscriptionFailed)])
        #expect(!session.isSubscribed)
    }

    @Test func `a wallet gets its payments from its own view, beside the channel's`() {
        var session = ClientSession(SimulatorOptions())
        _ = say(#"{"method":"subscribe","keys":["\#(wallet)"]}"#, to: &session)
        #expect(session.views(of: event(.payment, from: wallet, to: "B")) == [.sent])
        #expect(session.views(of: event(.settlement, from: "A", to: wallet)) == [.received])
        #expect(session.views(of: event(.payment, from: "A", to: "B")) == [])
        _ = say(#"{"method":"subscribe","keys":["payments"]}"#, to: &session)
        #expect(session.views(of: event(.payment, from: "A", to: wallet)) == [.sent, .received])
    }

    @Test func `an EVM wallet is the same in any case`() {
        var session = ClientSession(SimulatorOptions())
        _ = say(#"{"method":"subscribe","keys":["\#(SimulatedWallets.evm[0].lowercased())"]}"#, to: &session)
        #expect(session.views(of: event(.payment, from: "A", to: SimulatedWallets.evm[0])) == [.received])
    }

    @Test func `messages above the plan's rate are refused until the next second`() {
        var session = ClientSession(SimulatorOptions(plan: .standard))
        for _ in 0..<50 { #expect(say(#"{"method":"ping"}"#, to: &session) == [.pong]) }
        #expect(say(#"{"method":"ping"}"#, to: &session) == [.error(.rateLimitExceeded)])
        #expect(say(#"{"method":"ping"}"#, to: &session, at: now + .seconds(1)) == [.pong])
    }

    @Test(arguments: ["", "no", "[]", "{}", #"{"method":1}"#, #"{"method":"shout"}"#, #"{"method":"subscribe"}"#])
    func `what is no message of the protocol is named so`(text: String) {
        var session = ClientSession(SimulatorOptions())
        #expect(say(text, to: &session) == [.error(.invalidMessage)])
    }

    @Test(arguments: [
        (
            SessionAnswer.authenticated(.premium),
            #"{"type":"authenticated","userId":"user_simulated","plan":"premium"}"#
        ),
        (.subscribed(["a", "b"]), #"{"type":"subscribed","keys":["a","b"],"timestamp":1697234567890}"#),
        (
            .error(.subscriptionFailed),
            #"{"type":"error","code":"SUBSCRIPTION_FAILED","message":"Invalid subscription key","#
                + #""timestamp":1697234567890}"#
        ),
        (.pong, #"{"type":"pong","timestamp":1697234567890}"#),
    ])
    func `answers read as on the vendor's page`(answer: SessionAnswer, text: String) {
        #expect(answer.bytes(at: now).map { String(decoding: $0, as: UTF8.self) } == text)
    }
}

import DeliveryPlanning
import Dispatch
import Logging
import RelayConfig
import RelayModel
import Testing

@testable import WebhookDelivery

/// What the dispatcher counts.
@Suite(.timeLimit(.minutes(1))) struct MeasuresTests {
    private static func outcome(_ status: Int) -> AttemptOutcome {
        .answered(status: status, retryAfter: nil, body: [])
    }

    private static let reset = AttemptOutcome.failed(
        TransportFailure(stage: .receive, requestSent: true, reason: "connection reset"))

    private static func hook(_ name: String) -> DestinationConfiguration {
        destination("http://127.0.0.1/", name: name) { $0.policy.concurrency = 100 }
    }

    @Test func `attempts are counted by destination and outcome, each with its duration`() async throws {
        let transport = ScriptedTransport { request in
            switch request.token {
            case 1...5: Self.outcome(request.token == 5 ? 299 : 200)
            case 6...8: Self.outcome([500, 302, 410][Int(request.token) - 6])
            case 9, 10: Self.reset
            default: Self.outcome(204)
            }
        }
        let dispatching = try Dispatching([Self.hook("billing"), Self.hook("ledger")], transport: transport)
        #expect(dispatching.dispatcher.measures.isEmpty)
        let before = RelayClock().now
        dispatching.dispatcher.offer((1...10).map { delivery($0, to: "billing") } + [delivery(11, to: "ledger")])
        _ = await dispatching.updates(11)
        let measures = dispatching.dispatcher.measures
        #expect(Set(measures.keys) == ["billing", "ledger"])
        let billing = try #require(measures["billing"])
        #expect(billing.attempts == .init(succeeded: 5, refused: 3, unanswered: 2))
        #expect(billing.attemptDuration.count == 10)
        #expect(billing.attemptDuration.sum == .milliseconds(30))
        // A success alone has a latency: from the receipt, years ago, until now.
        #expect(billing.latency.count == 5)
        let receivedAt = delivery(1).event.receivedAt
        let bounds = (before - receivedAt) * 5...(RelayClock().now - receivedAt) * 5
        #expect(bounds.contains(billing.latency.sum))
        #expect(measures["ledger"]?.attempts == .init(succeeded: 1))
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `what an operator sent again is an attempt without a latency`() async throws {
        let dispatching = try Dispatching([Self.hook("test")], transport: ScriptedTransport { _ in Self.outcome(200) })
        var revived = delivery(1)
        revived.isRevived = true
        dispatching.dispatcher.performed(ready: [revived], withdrawn: [])
        dispatching.dispatcher.offer([delivery(2)])
        _ = await dispatching.updates(2)
        let measures = try #require(dispatching.dispatcher.measures["test"])
        #expect(measures.attempts.succeeded == 2)
        #expect(measures.latency.count == 1)
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `what a destination has counted stays when a reload removes it, and goes on when it is back`()
        async throws
    {
        let dispatching = try Dispatching([Self.hook("test")], transport: ScriptedTransport { _ in Self.outcome(200) })
        dispatching.dispatcher.offer([delivery(1)])
        _ = await dispatching.updates(1)
        try dispatching.dispatcher.reconfigure([Self.hook("other")], standings: [:])
        _ = await dispatching.load { $0.destination == "other" }
        dispatching.dispatcher.offer([delivery(2, to: "other")])
        _ = await dispatching.updates(1)
        #expect(dispatching.dispatcher.measures.mapValues(\.attempts.succeeded) == ["test": 1, "other": 1])
        try dispatching.dispatcher.reconfigure([Self.hook("test")], standings: [:])
        _ = await dispatching.load { $0.destination == "test" }
        dispatching.dispatcher.offer([delivery(3)])
        _ = await dispatching.updates(1)
        #expect(dispatching.dispatcher.measures.mapValues(\.attempts.succeeded) == ["test": 2, "other": 1])
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `what is cancelled at the end is not counted`() async throws {
        let transport = ScriptedTransport { $0.token == 1 ? Self.outcome(200) : nil }
        let dispatching = try Dispatching([Self.hook("test")], transport: transport)
        dispatching.dispatcher.offer((1...50).map { delivery($0) })
        _ = await dispatching.updates(1)
        try await until { transport.started.count == 50 }
        await dispatching.dispatcher.stop(within: .zero)
        #expect(transport.cancelled.count == 49)
        #expect(dispatching.dispatcher.measures.mapValues(\.attempts.total) == ["test": 1])
    }

    @Test func `the figures are read while the dispatcher's thread is held up, and hold what it has handed out`() throws
    {
        let asked = DispatchSemaphore(value: 0)
        let (entered, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let dispatcher = try WebhookDispatcher(
            destinations: [Self.hook("test")], standings: [:], seed: 1,
            transport: ScriptedTransport { _ in Self.outcome(200) }, clock: RelayClock(), logger: Logger(label: "test"),
            record: { _, _, _ in
                entered.signal()
                release.wait()
            }, load: { _ in asked.signal() })
        dispatcher.start()
        asked.wait()
        dispatcher.loaded([delivery(1)], destination: "test", next: nil)
        entered.wait()
        #expect(dispatcher.measures.mapValues(\.attempts.succeeded) == ["test": 1])
        release.signal()
    }

    @Test(arguments: [outcome(200), outcome(500), outcome(410), outcome(503), reset])
    func `the webhook-timestamp of an attempt is on its record`(outcome: AttemptOutcome) async throws {
        let transport = ScriptedTransport { _ in outcome }
        let dispatching = try Dispatching([Self.hook("test")], transport: transport)
        dispatching.dispatcher.offer([delivery(1)])
        let update = try #require(await dispatching.updates(1).first)
        let request = try #require(transport.started.first)
        let sent = request.headers.first { $0.name == "webhook-timestamp" }?.value
        #expect(update.attempt.signedAt.map { String($0) } == sent)
        await dispatching.dispatcher.stop(within: .zero)
    }
}

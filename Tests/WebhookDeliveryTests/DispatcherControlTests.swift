import DeliveryPlanning
import Logging
import RelayConfig
import RelayModel
import Testing
import WebhookSigning

@testable import WebhookDelivery

/// What an operator and a reload tell the dispatcher, over a scripted transport.
@Suite(.timeLimit(.minutes(1))) struct DispatcherControlTests {
    private static let ok = AttemptOutcome.answered(status: 200, retryAfter: nil, body: [])
    private static let secrets = [
        Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    ]

    private static func signed(
        _ name: String = "test", by secret: Secret = secrets[0], url: String = "http://127.0.0.1/",
        _ change: (inout DestinationConfiguration) -> Void = { _ in }
    ) -> DestinationConfiguration {
        destination(url, name: name) {
            $0.secrets = [secret]
            $0.signatures = [.standard]
            change(&$0)
        }
    }

    private func status(_ status: Int) -> AttemptOutcome { .answered(status: status, retryAfter: nil, body: []) }

    @Test func `a change counts for the next attempt: the endpoints are replaced, and the new secret signs`()
        async throws
    {
        let transport = ScriptedTransport { _ in Self.ok }
        let dispatching = try Dispatching([Self.signed()], transport: transport)
        dispatching.dispatcher.offer([delivery(1)])
        _ = await dispatching.updates(1)
        try dispatching.dispatcher.reconfigure(
            [Self.signed(by: Self.secrets[1], url: "http://127.0.0.2/"), Self.signed("other")], standings: [:])
        dispatching.dispatcher.offer([delivery(2)])
        _ = await dispatching.updates(1)
        await dispatching.dispatcher.stop(within: .seconds(60))
        #expect(transport.replacements == [["http://127.0.0.2/", "http://127.0.0.1/"]])
        for (request, secret) in zip(transport.started, Self.secrets) {
            let headers = Dictionary(
                request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            try WebhookVerifier(secret).verify(
                id: try #require(headers["webhook-id"]), timestamp: try #require(headers["webhook-timestamp"]),
                signature: try #require(headers["webhook-signature"]), body: request.body, now: RelayClock.wallTime)
        }
        #expect(transport.started.count == 2)
    }

    @Test func `a change with a faulty secret changes nothing`() async throws {
        let transport = ScriptedTransport { _ in Self.ok }
        let dispatching = try Dispatching([Self.signed()], transport: transport)
        #expect(throws: SecretFault.self) {
            try dispatching.dispatcher.reconfigure(
                [Self.signed(url: "http://127.0.0.2/"), Self.signed("other", by: Secret("whsec_short"))], standings: [:]
            )
        }
        dispatching.dispatcher.offer([delivery(1), delivery(2, to: "other")])
        #expect(await dispatching.updates(1).map(\.id.number) == [1])
        await dispatching.dispatcher.stop(within: .seconds(60))
        #expect(transport.replacements.isEmpty)
        #expect(transport.started.map(\.token) == [1])
    }

    @Test func `a destination is added and removed while others are served; what is in flight ends`() async throws {
        let transport = ScriptedTransport { $0.token == 1 ? nil : Self.ok }
        let dispatching = try Dispatching([Self.signed("a")], transport: transport)
        dispatching.dispatcher.offer([delivery(1, to: "a"), delivery(3, to: "b")])
        try await until { transport.started.count == 1 }
        try dispatching.dispatcher.reconfigure([Self.signed("b")], standings: [:])
        // What waits for the new one is asked for, and comes from disk.
        #expect(await dispatching.load { $0.destination == "b" } != nil)
        dispatching.dispatcher.offer([delivery(2, to: "a"), delivery(4, to: "b")])
        #expect(await dispatching.updates(1).map(\.id.number) == [4])
        #expect(await dispatching.dispatcher.activity().mapValues(\.isConfigured) == ["a": false, "b": true])
        transport.end(1, Self.ok)
        #expect(await dispatching.updates(1).map(\.id.number) == [1])
        #expect(await dispatching.dispatcher.activity().mapValues(\.isConfigured) == ["b": true])
        await dispatching.dispatcher.stop(within: .seconds(60))
        #expect(transport.started.map(\.token) == [1, 4])
    }

    @Test func `a pause is recorded before it is answered, nothing is sent until the resume`() async throws {
        let transport = ScriptedTransport { _ in Self.ok }
        let dispatching = try Dispatching([Self.signed()], transport: transport)
        let paused = await dispatching.dispatcher.setStop(.paused, reason: "by the API", destination: "test")
        #expect(paused?.stop == .paused)
        #expect(paused?.reason == "by the API")
        #expect(paused?.since != nil)
        #expect(dispatching.recorded.last?["test"] == paused)
        dispatching.dispatcher.offer([delivery(1)])
        #expect(await dispatching.dispatcher.activity()["test"]?.waiting == 1)
        #expect(transport.started.isEmpty)
        let resumed = await dispatching.dispatcher.setStop(nil, reason: nil, destination: "test")
        #expect(resumed == DestinationStanding())
        #expect(dispatching.recorded.compactMap { $0["test"] } == [paused, resumed])
        #expect(await dispatching.updates(1).map(\.id.number) == [1])
        #expect(await dispatching.dispatcher.setStop(.paused, reason: nil, destination: "nowhere") == nil)
        #expect(dispatching.recorded.last?["nowhere"] == nil)
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `what an operator retries is sent now, and what was discarded is not`() async throws {
        let transport = ScriptedTransport { [self] in status($0.token == 3 ? 200 : 500) }
        let dispatching = try Dispatching([Self.signed()], transport: transport)
        dispatching.dispatcher.offer([delivery(1), delivery(2)])
        _ = await dispatching.updates(2)
        dispatching.dispatcher.performed(ready: [delivery(1), delivery(3)], withdrawn: [DeliveryID(2)])
        let updates = await dispatching.updates(2)
        #expect(updates.map(\.id.number) == [1, 3])
        #expect(updates.map(\.attempts) == [2, 1])
        #expect(await dispatching.dispatcher.activity()["test"]?.waiting == 1)
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `how destinations stand is told from the dispatcher's thread`() async throws {
        let transport = ScriptedTransport { request in
            switch request.token {
            case 1: Self.ok
            case 2: self.status(500)
            default: nil
            }
        }
        let dispatching = try Dispatching([Self.signed(), Self.signed("idle")], transport: transport)
        dispatching.dispatcher.offer([delivery(1)])
        _ = await dispatching.updates(1)
        dispatching.dispatcher.offer([delivery(2), delivery(3)])
        let failed = try #require(await dispatching.updates(1).first)
        let activity = await dispatching.dispatcher.activity()
        #expect(Set(activity.keys) == ["test", "idle"])
        let test = try #require(activity["test"])
        #expect(test.inFlight == 1)
        #expect(test.waiting == 1)
        #expect(!test.isDown && test.downSince == nil)
        #expect(test.lastSuccessAt != nil)
        #expect(test.lastFailure?.reason == "status 500")
        #expect(test.standing.failingSince == test.lastFailure?.at)
        #expect(failed.attempt.startedAt <= (test.lastFailure?.at ?? failed.attempt.startedAt))
        await dispatching.dispatcher.stop(within: .zero)
        #expect(await dispatching.dispatcher.activity().isEmpty)
        #expect(await dispatching.dispatcher.setStop(.paused, reason: nil, destination: "test") == nil)
    }

    @Test func `the relay's own events are recorded with the outcome that brought them`() async throws {
        let transport = ScriptedTransport { [self] in status($0.token == 1 ? 404 : 410) }
        let dispatching = try Dispatching([Self.signed { $0.policy.retry.giveUpOn = [404] }], transport: transport)
        for (number, kind, state) in [
            (1, OwnEvent.Kind.deliveryDead, DeliveryState.dead), (2, .destinationDisabled, .pending),
        ] as [(Int64, OwnEvent.Kind, DeliveryState)] {
            dispatching.dispatcher.offer([delivery(number)])
            let note = await dispatching.first { note -> ([DeliveryUpdate], [OwnEvent])? in
                if case .recorded(let updates, _, let own) = note { return (updates, own) }
                return nil
            }
            #expect(note?.0.map(\.state) == [state])
            #expect(note?.1.map(\.kind) == [kind])
            #expect(note?.1.first?.delivery == DeliveryID(number))
            #expect(note?.1.first?.destination == "test")
        }
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `who asks a dispatcher that was never started is answered when it is stopped`() async throws {
        let dispatcher = try WebhookDispatcher(
            destinations: [Self.signed()], standings: [:], seed: 1, transport: ScriptedTransport { _ in nil },
            clock: RelayClock(), logger: Logger(label: "test"), record: { _, _, _ in }, load: { _ in })
        async let asked = dispatcher.activity()
        async let paused = dispatcher.setStop(.paused, reason: nil, destination: "test")
        await dispatcher.stop(within: .zero)
        #expect(await asked.isEmpty)
        #expect(await paused == nil)
    }
}

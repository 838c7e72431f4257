import DeliveryPlanning
import Logging
import RelayConfig
import RelayModel
import Testing
import WebhookSigning

@testable import WebhookDelivery

/// The dispatcher over a scripted transport.
@Suite(.timeLimit(.minutes(1))) struct DispatcherTests {
    private static let ok = AttemptOutcome.answered(status: 200, retryAfter: nil, body: [])
    private static let secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    private static func signed(_ name: String = "test", _ change: (inout DestinationConfiguration) -> Void = { _ in })
        -> DestinationConfiguration
    {
        destination("http://127.0.0.1/", name: name) {
            $0.secrets = [secret]
            $0.signatures = [.standard]
            change(&$0)
        }
    }

    @Test(arguments: BodyFormat.allCases)
    func `an offered delivery is rendered, signed with the wall clock, sent and recorded`(format: BodyFormat)
        async throws
    {
        let transport = ScriptedTransport { _ in Self.ok }
        let dispatching = try Dispatching([Self.signed()], transport: transport)
        let before = RelayClock.wallTime.seconds
        let offered = delivery(7, format: format)
        dispatching.dispatcher.offer([offered])
        let update = try #require(await dispatching.updates(1).first)
        #expect(update.id == DeliveryID(7))
        #expect(update.destination == "test")
        #expect(update.state == .delivered)
        #expect(update.attempt.status == 200)
        #expect(update.attempt.duration == .milliseconds(3))

        let request = try #require(transport.started.first)
        #expect(request.endpoint == "test")
        #expect(request.body == WebhookBody.render(offered.event, rules: ["all"], format: format))
        let headers = Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        #expect(headers["content-type"] == WebhookBody.contentType(of: format))
        #expect(headers["webhook-id"] == offered.event.id.description)
        let timestamp = try #require(headers["webhook-timestamp"])
        #expect((before...RelayClock.wallTime.seconds).contains(try #require(Int64(timestamp))))
        try WebhookVerifier(Self.secret).verify(
            id: offered.event.id.description, timestamp: timestamp,
            signature: try #require(headers["webhook-signature"]), body: request.body, now: RelayClock.wallTime)
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `a failed attempt is recorded as waiting for its next one, with the receiver's words`() async throws {
        let transport = ScriptedTransport { _ in .answered(status: 500, retryAfter: nil, body: Array("oops".utf8)) }
        let dispatching = try Dispatching([Self.signed()], transport: transport)
        dispatching.dispatcher.offer([delivery(1)])
        let update = try #require(await dispatching.updates(1).first)
        #expect(update.state == .pending)
        #expect(update.attempts == 1)
        #expect(update.attempt.status == 500)
        #expect(update.attempt.answer == Array("oops".utf8))
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `a failed delivery is sent again without being asked for, with the same id and body`() async throws {
        let transport = ScriptedTransport { request in
            request.token == 1 ? .answered(status: 500, retryAfter: nil, body: []) : Self.ok
        }
        let dispatching = try Dispatching(
            [
                Self.signed {
                    $0.policy.retry.schedule = [.milliseconds(5), .milliseconds(5)]
                    $0.policy.retry.jitterThousandths = 0
                }
            ], transport: transport)
        dispatching.dispatcher.offer([delivery(1)])
        let updates = await dispatching.updates(3)
        #expect(updates.map(\.state) == [.pending, .pending, .dead])
        #expect(updates.map(\.attempts) == [1, 2, 3])
        #expect(Set(transport.started.map(\.body)).count == 1)
        #expect(Set(transport.started.map { $0.headers.first?.value }).count == 1)
        await dispatching.dispatcher.stop(within: .seconds(60))
        #expect(dispatching.log.entries.map(\.level).filter { $0 > .debug } == [.warning, .error])
        let entry = try #require(dispatching.log.entries.last)
        #expect(entry.message.contains("dead"))
        #expect(entry.metadata["destination"] == "test")
        #expect(entry.metadata["delivery"] == "1")
        #expect(entry.metadata["event"] == delivery(1).event.id.description)
    }

    @Test func `each destination's deliveries are asked for at the start, and sent when they are loaded`() async throws
    {
        let transport = ScriptedTransport { _ in Self.ok }
        let dispatching = try Dispatching(
            [Self.signed("a"), Self.signed("b")], transport: transport, hasEmptyDisk: false)
        let wanted = [await dispatching.load()?.destination, await dispatching.load()?.destination]
        #expect(Set(wanted) == ["a", "b"])
        dispatching.dispatcher.loaded([delivery(1, to: "a"), delivery(2, to: "a")], destination: "a", next: nil)
        dispatching.dispatcher.loaded([delivery(3, to: "b")], destination: "b", next: nil)
        #expect(Set(await dispatching.updates(3).map(\.id.number)) == [1, 2, 3])
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `a load that failed is asked for again`() async throws {
        var limits = PlannerLimits.standard
        limits.loadRetry = .milliseconds(1)
        limits.loadSpacing = .milliseconds(1)
        let dispatching = try Dispatching(
            [Self.signed()], transport: ScriptedTransport { _ in Self.ok }, limits: limits,
            hasEmptyDisk: false)
        #expect(await dispatching.load()?.destination == "test")
        dispatching.dispatcher.loadFailed(destination: "test")
        #expect(await dispatching.load()?.destination == "test")
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `an outcome is recorded before anything further is asked for`() async throws {
        let dispatching = try Dispatching(
            [Self.signed()], transport: ScriptedTransport { _ in Self.ok }, hasEmptyDisk: false)
        _ = await dispatching.load()
        // More is on disk: it is asked for when what is here has ended.
        dispatching.dispatcher.loaded([delivery(1)], destination: "test", next: Timestamp(milliseconds: 0))
        let isRecord = await dispatching.first { note in
            switch note {
            case .recorded(let updates, _, _): updates.map(\.id.number) == [1]
            case .wanted(let request): request.excluding.contains(DeliveryID(1)) ? nil : false
            }
        }
        #expect(isRecord == true)
        await dispatching.dispatcher.stop(within: .seconds(60))
    }

    @Test func `a 410 disables the destination: its standing is handed out and an error logged`() async throws {
        let transport = ScriptedTransport { _ in .answered(status: 410, retryAfter: nil, body: []) }
        let dispatching = try Dispatching([Self.signed()], transport: transport, level: .info)
        dispatching.dispatcher.offer([delivery(1)])
        let standing = await dispatching.first { note in
            if case .recorded(_, let standings, _) = note { return standings["test"] }
            return nil
        }
        #expect(standing?.stop == .disabled)
        dispatching.dispatcher.offer([delivery(2)])
        await dispatching.dispatcher.stop(within: .seconds(60))
        #expect(transport.started.map(\.token) == [1])
        #expect(dispatching.log.entries.map(\.level) == [.error])
        #expect(dispatching.log.entries.first?.metadata["destination"] == "test")
    }

    @Test func `a destination's way down and back up is logged once each`() async throws {
        let transport = ScriptedTransport { _ in nil }
        var limits = PlannerLimits.standard
        limits.probeInitial = .milliseconds(1)
        limits.downAfter = 3
        let dispatching = try Dispatching([Self.signed()], transport: transport, level: .info, limits: limits)
        dispatching.dispatcher.offer((1...3).map { delivery($0) })
        try await until { transport.started.count >= 3 }
        for token in 1...3 as ClosedRange<UInt64> {
            transport.end(token, .failed(TransportFailure(stage: .connect, requestSent: false, reason: "refused")))
        }
        _ = await dispatching.updates(3)
        try await until { transport.started.count >= 4 }
        let probe = try #require(transport.started.last)
        transport.end(probe.token, Self.ok)
        _ = await dispatching.updates(1)
        await dispatching.dispatcher.stop(within: .zero)
        let told = dispatching.log.entries.filter { $0.metadata["destination"] != nil }
        // The first failure, the way down, the way up.
        #expect(told.map(\.level) == [.warning, .warning, .notice])
        #expect(told.first?.metadata["reason"]?.isEmpty == false)
    }

    @Test func `a destination that refuses is logged once, not for each attempt, and when it takes webhooks again`()
        async throws
    {
        let transport = ScriptedTransport { request in
            request.token == 30 ? Self.ok : .answered(status: 401, retryAfter: nil, body: [])
        }
        let dispatching = try Dispatching([Self.signed()], transport: transport, level: .info)
        dispatching.dispatcher.offer((1...29).map { delivery($0) })
        _ = await dispatching.updates(29)
        dispatching.dispatcher.offer([delivery(30)])
        _ = await dispatching.updates(1)
        await dispatching.dispatcher.stop(within: .zero)
        #expect(dispatching.log.entries.map(\.level) == [.warning, .notice])
        #expect(dispatching.log.entries.first?.metadata["reason"]?.contains("401") == true)
        #expect(dispatching.log.entries.last?.metadata["failures"] == "29")
    }

    @Test func `successes are logged at debug level only, with their ids`() async throws {
        for (level, count) in [(.debug, 1), (.info, 0)] as [(Logger.Level, Int)] {
            let dispatching = try Dispatching(
                [Self.signed()], transport: ScriptedTransport { _ in Self.ok }, level: level)
            dispatching.dispatcher.offer([delivery(9)])
            _ = await dispatching.updates(1)
            await dispatching.dispatcher.stop(within: .seconds(60))
            #expect(dispatching.log.entries.count == count)
            #expect(dispatching.log.entries.allSatisfy { $0.metadata["delivery"] == "9" })
        }
    }

    @Test func `a stop waits for attempts in flight, and starts no others`() async throws {
        let transport = ScriptedTransport { _ in nil }
        let dispatching = try Dispatching(
            [Self.signed { $0.policy.concurrency = 2 }], transport: transport)
        dispatching.dispatcher.offer((1...5).map { delivery($0) })
        try await until { transport.started.count >= 2 }
        let wakes = transport.wakes
        async let stopped: Void = dispatching.dispatcher.stop(within: .seconds(3600))
        try await until { transport.wakes > wakes }
        transport.end(1, Self.ok)
        transport.end(2, Self.ok)
        await stopped
        #expect(await dispatching.updates(2).map(\.id.number) == [1, 2])
        #expect(transport.cancelled.isEmpty)
    }

    @Test func `a stop cancels what is still in flight at its deadline`() async throws {
        let transport = ScriptedTransport { _ in nil }
        let dispatching = try Dispatching([Self.signed()], transport: transport, level: .info)
        dispatching.dispatcher.offer([delivery(1)])
        try await until { !transport.started.isEmpty }
        await dispatching.dispatcher.stop(within: .milliseconds(10))
        #expect(transport.cancelled == [1])
        #expect(dispatching.log.entries.map { $0.metadata["count"] } == ["1"])
    }

    @Test func `a stop without attempts, a second one and one before the start return`() async throws {
        let transport = ScriptedTransport { _ in Self.ok }
        let dispatching = try Dispatching([Self.signed()], transport: transport)
        async let first: Void = dispatching.dispatcher.stop(within: .seconds(3600))
        async let second: Void = dispatching.dispatcher.stop(within: .seconds(3600))
        _ = await (first, second)
        await dispatching.dispatcher.stop(within: .seconds(3600))
        dispatching.dispatcher.offer([delivery(1)])
        #expect(transport.started.isEmpty)

        let unstarted = try WebhookDispatcher(
            destinations: [Self.signed()], standings: [:], seed: 1, transport: transport, clock: RelayClock(),
            logger: Logger(label: "test"), record: { _, _, _ in }, load: { _ in })
        await unstarted.stop(within: .seconds(3600))
        unstarted.start()
        unstarted.offer([delivery(1)])
        await unstarted.stop(within: .seconds(3600))
        #expect(transport.started.isEmpty)
    }

    @Test func `a secret that cannot sign is refused`() throws {
        #expect(throws: SecretFault.self) {
            _ = try Dispatching(
                [Self.signed { $0.secrets = [Secret("whsec_short")] }], transport: ScriptedTransport { _ in Self.ok })
        }
    }

    @Test func `over libcurl every delivery arrives once and is recorded, whatever its destination does`() async throws
    {
        let answering = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        let failing = RawServer.answering("HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n")
        let hanging = RawServer { connection, _ in connection.waitForClose() }
        defer { for server in [answering, failing, hanging] { server.stop() } }
        let destinations = [("a", answering), ("b", failing), ("c", hanging)].map { name, server in
            destination(server.url, name: name) { $0.policy.order = .none }
        }
        let dispatching = try Dispatching(destinations, transport: makeTransport(destinations), level: .critical)
        let count: Int64 = 300
        for number in 1...count {
            dispatching.dispatcher.offer([delivery(number, to: "a"), delivery(count + number, to: "c")])
        }
        dispatching.dispatcher.offer([delivery(1000, to: "b")])
        let updates = await dispatching.updates(Int(count) + 1)
        #expect(Set(updates.filter { $0.state == .delivered }.map(\.id.number)) == Set(1...count))
        #expect(updates.filter { $0.state == .pending }.map(\.id.number) == [1000])
        #expect(updates.first { $0.destination == "b" }?.attempt.status == 503)
        await dispatching.dispatcher.stop(within: .zero)
        let ids = answering.received.flatMap { $0.header("webhook-id") }
        #expect(ids.count == Int(count))
        #expect(Set(ids) == Set((1...count).map { delivery($0).event.id.description }))
        #expect(answering.connectionCount <= 16)
    }
}

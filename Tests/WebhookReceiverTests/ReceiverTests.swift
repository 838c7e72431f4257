import Logging
import RelayModel
import ServiceLifecycle
import Synchronization
import Testing
import WebhookReceiver
import WebhookSigning

@Suite(.timeLimit(.minutes(2))) struct ReceiverTests {
    /// Runs `body` with a receiver's port and a call that stops it gracefully; returns what the receiver got, once it has stopped.
    private func withReceiver(
        status: Int = 200, delay: Duration = .zero,
        _ body: (_ port: Int, _ stop: @escaping @Sendable () async -> Void, _ first: AsyncStream<Void>) async throws ->
            Void
    ) async throws -> (webhooks: [ReceivedWebhook], totals: ReceiverTotals) {
        let got = GotWebhooks()
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let receiver = Receiver(
            options: Receiver.Options(
                port: 0, verifier: try WebhookVerifier(SignedRequest.secret), status: status, delay: delay),
            logger: Self.silent, onReady: { ready.yield($0) },
            onWebhook: { webhook in
                got.add(webhook)
                arrived.yield()
            })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [receiver], logger: Self.silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var port: Int?
            for await found in ports {
                port = found
                break
            }
            try await body(
                try #require(port), { await group.triggerGracefulShutdown() }, arrivals)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        return (got.all, receiver.totals)
    }

    private static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test func `a genuine webhook is handed on and answered as asked`() async throws {
        let request = try SignedRequest(now: RelayClock.wallTime)
        let outcome = try await withReceiver(status: 202) { port, _, _ in
            for _ in 0..<2 {
                let answer = try await LoopbackClient.exchange(port: port, request.http())
                #expect(answer.hasPrefix("HTTP/1.1 202 "))
            }
        }
        #expect(outcome.webhooks.map(\.verdict) == [.verified, .verified])
        #expect(outcome.webhooks.map(\.isRepeat) == [false, true])
        let first = try #require(outcome.webhooks.first)
        #expect(first.body == request.body && first.id == "evt_1")
        #expect(first.headers.contains { $0.name == "webhook-timestamp" })
        #expect(outcome.totals.verified == 2 && outcome.totals.repeated == 1 && outcome.totals.refused == 0)
    }

    @Test func `a forged webhook is handed on as such and answered 401 with the reason`() async throws {
        var request = try SignedRequest(now: RelayClock.wallTime)
        request.body.append(0x20)
        let outcome = try await withReceiver { [request] port, _, _ in
            let answer = try await LoopbackClient.exchange(port: port, request.http())
            #expect(answer.hasPrefix("HTTP/1.1 401 ") && answer.contains("no token fits"))
        }
        #expect(outcome.webhooks.map(\.verdict) == [.refused(.mismatch)])
        #expect(outcome.totals.refused == 1 && outcome.totals.verified == 0)
    }

    @Test func `what is no webhook is answered and not handed on`() async throws {
        let outcome = try await withReceiver { port, _, _ in
            var request = try SignedRequest(body: "", now: RelayClock.wallTime)
            let toGet = try await LoopbackClient.exchange(port: port, request.http(method: "GET"))
            #expect(toGet.hasPrefix("HTTP/1.1 405 "))
            request.body = [UInt8](repeating: 0x20, count: Receiver.maxBodyBytes + 1)
            let toLarge = try await LoopbackClient.exchange(port: port, request.http())
            #expect(toLarge.hasPrefix("HTTP/1.1 413 "))
        }
        #expect(outcome.webhooks.isEmpty)
    }

    @Test func `the largest body is taken`() async throws {
        let request = try SignedRequest(
            body: String(repeating: " ", count: Receiver.maxBodyBytes), now: RelayClock.wallTime)
        let outcome = try await withReceiver { port, _, _ in
            let answer = try await LoopbackClient.exchange(port: port, request.http())
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
        #expect(outcome.webhooks.map(\.body.count) == [Receiver.maxBodyBytes])
    }

    @Test func `a stop sends the answers that are held back at once`() async throws {
        let request = try SignedRequest(now: RelayClock.wallTime)
        _ = try await withReceiver(delay: .seconds(86_400)) { port, stop, arrivals in
            async let exchange = LoopbackClient.exchange(port: port, request.http())
            for await _ in arrivals { break }
            await stop()
            let answer = try await exchange
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `a request that never ends does not hold up a stop`() async throws {
        let request = try SignedRequest(now: RelayClock.wallTime)
        _ = try await withReceiver { port, _, _ in
            // One byte short, on a connection that stays open.
            try await LoopbackClient.leaveOpen(port: port, Array(request.http().dropLast()))
        }
    }

    @Test func `a cancelled receiver ends`() async throws {
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let receiver = Receiver(
            options: Receiver.Options(port: 0, verifier: try WebhookVerifier(SignedRequest.secret)),
            logger: Self.silent, onReady: { ready.yield($0) }, onWebhook: { _ in })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await receiver.run() }
            for await _ in ports { break }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    @Test func `a port in use is an error that says so`() async throws {
        _ = try await withReceiver { port, _, _ in
            let second = Receiver(
                options: Receiver.Options(port: port, verifier: try WebhookVerifier(SignedRequest.secret)),
                logger: Self.silent, onReady: { _ in }, onWebhook: { _ in })
            let fault = await #expect(throws: ReceiverFault.self) { try await second.run() }
            #expect(fault?.description.contains("127.0.0.1:\(port)") == true)
            #expect(fault?.description.contains("another program listens there") == true)
        }
    }
}

/// What came, in its order.
private final class GotWebhooks: Sendable {
    private let webhooks = Mutex<[ReceivedWebhook]>([])

    var all: [ReceivedWebhook] { webhooks.withLock { $0 } }

    func add(_ webhook: ReceivedWebhook) {
        webhooks.withLock { $0.append(webhook) }
    }
}

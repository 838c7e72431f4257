import AdminAPI
import EventRules
import Logging
import RelayConfig
import RelayModel
import Synchronization
import Testing
import WebhookDelivery
import X402Payments

@testable import RelayAssembly

@Suite(.timeLimit(.minutes(2))) struct StreamPaymentsTests {
    private static let seed = String(repeating: "01", count: 32)

    private func configuration(url: String = "https://vendor.example", stream: String = "slots") -> Configuration {
        Configuration(
            feeds: [
                FeedConfiguration(
                    name: "solana",
                    kind: .atomicStream(
                        FeedConfiguration.AtomicStream(
                            stream: stream, version: "v2", options: nil, accounts: [], programs: [], mints: [],
                            encoding: nil, token: nil, renew: "http")),
                    url: url, reconnectInitial: .milliseconds(10), reconnectMax: .milliseconds(20))
            ],
            destinations: [], rules: [], ruleSet: RuleSet(patterns: []),
            outbox: OutboxConfiguration(path: "/nowhere", retention: .zero, deadRetention: .zero, maxSize: 1),
            admin: nil, payments: limits(perPayment: "0.05"), log: LogConfiguration(level: .info, format: .text))
    }

    private func limits(perPayment: String) -> PaymentsConfiguration? {
        guard let each = TokenAmount(perPayment), let daily = TokenAmount("5"), let jump = PriceFactor("1.5") else {
            return nil
        }
        return PaymentsConfiguration(
            wallet: Secret(Self.seed), rpcURLs: [Secret("https://rpc.example")], perPayment: each, perHour: nil,
            perDay: daily, total: nil, priceJump: jump, networks: nil, assets: nil, recipients: nil)
    }

    private func payments(_ configuration: Configuration, _ world: ScriptedWorld) async throws -> StreamPayments {
        let payments = try StreamPayments(
            configuration, memory: LedgerMemory(), world: world.world, clock: RelayClock(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        await payments.start()
        return payments
    }

    @Test func `a payment is on disk before its bytes leave, and its token is used when it is settled`()
        async throws
    {
        let world = ScriptedWorld(ScriptedVendor.answer)
        let payments = try await payments(configuration(), world)
        payments.tokens(feed: "solana", source: 0).start { world.take($0) }
        await world.wait { $0.orders.contains(.use(Secret("token-1"))) }
        await payments.stop()
        #expect(world.state.withLock(\.sequence) == ["unpaid", "signed", "sent", "paid", "settled"])
        let status = try #require(payments.board.status(now: RelayClock().now))
        #expect(status.spentTotal == TokenAmount("0.03") && status.unresolved == 0)
        #expect(payments.board.standing(of: "solana")?.state == .paid)
    }

    @Test func `every request goes to the configured host, whatever the vendor's answers name`() async throws {
        let world = ScriptedWorld(ScriptedVendor.answer)
        let payments = try await payments(configuration(), world)
        payments.tokens(feed: "solana", source: 0).start { world.take($0) }
        await world.wait { $0.orders.contains(.use(Secret("token-1"))) }
        let urls = world.state.withLock { $0.questions.map(\.url.revealed) }
        #expect(urls == Array(repeating: "https://vendor.example/v2/schema/stream/slots", count: 2))
        await payments.stop()
    }

    @Test func `a source that takes over begins with the token in use, and is heard in place of the one before`()
        async throws
    {
        let world = ScriptedWorld(ScriptedVendor.answer)
        let payments = try await payments(configuration(), world)
        let old = payments.tokens(feed: "solana", source: 0)
        old.start { world.take($0) }
        await world.wait { $0.orders.contains(.use(Secret("token-1"))) }
        let later = ScriptedWorld(ScriptedVendor.answer)
        payments.tokens(feed: "solana", source: 1).start { later.take($0) }
        await later.wait { $0.orders == [.use(Secret("token-1"))] }
        let asked = world.state.withLock(\.questions.count)
        old.tell(.tokenRefused(Secret("token-1"), reason: "by the old one"))
        payments.tokens(feed: "solana", source: 1).tell(
            .hello(Secret("token-1"), sliceSeconds: 300, expiresAt: "2030-01-01T00:00:00Z"))
        await payments.stop()
        #expect(world.state.withLock(\.questions.count) == asked)
        #expect(payments.board.standing(of: "solana")?.sliceSeconds == 300)
    }

    @Test func `a new source that is turned away beside an older one tries again alone, and nothing is paid for that`()
        async throws
    {
        let world = ScriptedWorld(ScriptedVendor.answer)
        let payments = try await payments(configuration(), world)
        payments.tokens(feed: "solana", source: 0).start { world.take($0) }
        await world.wait { $0.orders.contains(.use(Secret("token-1"))) }
        let later = ScriptedWorld(ScriptedVendor.answer)
        let retired = Mutex(0)
        payments.expect(feed: "solana", source: 1) { retired.withLock { $0 += 1 } }
        let source = payments.tokens(feed: "solana", source: 1)
        source.start { later.take($0) }
        await later.wait { $0.orders == [.use(Secret("token-1"))] }
        let asked = world.state.withLock(\.questions.count)
        source.tell(.tokenRefused(Secret("token-1"), reason: "one connection for each token"))
        source.tell(.tokenRefused(Secret("token-1"), reason: "one connection for each token"))
        payments.isAlone(feed: "solana", source: 1)
        await later.wait { $0.orders == [.use(Secret("token-1")), .use(Secret("token-1"))] }
        #expect(retired.withLock { $0 } == 1)
        #expect(world.state.withLock(\.questions.count) == asked)
        // Alone it is believed.
        source.tell(.tokenRefused(Secret("token-1"), reason: "again"))
        await world.wait { $0.questions.count > asked }
        await payments.stop()
    }

    @Test func `nothing leaves while the disk cannot be written, and it is paid once it can`() async throws {
        let world = ScriptedWorld(ScriptedVendor.answer)
        world.state.withLock { $0.isDiskFull = true }
        let payments = try await payments(configuration(), world)
        payments.tokens(feed: "solana", source: 0).start { world.take($0) }
        // Looked at more than once, and never paid.
        await world.wait { $0.sequence.count >= 3 }
        #expect(world.state.withLock { $0.sequence.allSatisfy { $0 == "unpaid" } })
        world.state.withLock { $0.isDiskFull = false }
        await world.wait { $0.orders.contains(.use(Secret("token-1"))) }
        #expect(world.state.withLock { $0.sequence.filter { $0 == "paid" }.count } == 1)
        await payments.stop()
    }

    @Test func `a reload that raises a limit pays what was refused before`() async throws {
        let world = ScriptedWorld(ScriptedVendor.answer)
        var configuration = configuration()
        configuration.payments = limits(perPayment: "0.02")
        let payments = try await payments(configuration, world)
        payments.tokens(feed: "solana", source: 0).start { world.take($0) }
        await world.wait { state in state.raised.contains { $0.kind == .paymentLimitReached } }
        configuration.payments = limits(perPayment: "0.03")
        let purse = try configuration.payments.map { try Purse($0, memory: LedgerMemory()) }
        payments.reconfigure(configuration, purse: purse)
        await world.wait { $0.orders.contains(.use(Secret("token-1"))) }
        await payments.stop()
    }

    @Test func `a relay that stops begins nothing more`() async throws {
        let world = ScriptedWorld(ScriptedVendor.answer)
        let payments = try await payments(configuration(), world)
        await payments.stop()
        payments.tokens(feed: "solana", source: 0).start { world.take($0) }
        #expect(world.state.withLock(\.sequence).isEmpty)
    }

    @Test func `a million reminders wait in no more room than a few`() {
        let inbox = PaymentInbox()
        for _ in 0..<1_000_000 {
            inbox.post(.news(feed: "solana", source: 0, .reminder(expiresAt: nil, msUntilExpiry: 1)))
        }
        inbox.post(.news(feed: "solana", source: 0, .tokenRefused(Secret("t"), reason: "")))
        let waiting = inbox.take()
        #expect(waiting.count <= 300)
        guard case .news(_, _, .tokenRefused) = waiting.last else {
            Issue.record("what does not repeat itself is kept")
            return
        }
    }
}

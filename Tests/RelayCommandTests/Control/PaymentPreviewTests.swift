import FeedSimulation
import Foundation
import RelayModel
import Testing

/// `payments preview`, by the built binary against a simulated vendor.
@Suite(.timeLimit(.minutes(2))) struct PaymentPreviewTests {
    private func run(
        _ feeds: String, payments: String? = nil, _ words: [String] = []
    ) async throws -> BuiltRelay.Result {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "relay.json",
            """
            { "feeds": { \(feeds) }, \(payments.map { "\"payments\": \($0)," } ?? "")
              "destinations": { "log": { "url": "https://b.example.com/", "secrets": [{ "env": "NOT_SET_ANYWHERE" }] } },
              "rules": { "all": { "match": {}, "deliverTo": ["log"] } } }
            """
        ).path
        return try await BuiltRelay.run(["payments", "preview", "--config", path] + words)
    }

    private func feed(_ name: String, _ url: String) -> String {
        "\"\(name)\": { \"protocol\": \"atomicstream\", \"url\": \"\(url)\", \"stream\": \"infrastructure-pulse\" }"
    }

    private static let wallet =
        #"{ "wallet": { "env": "NOT_SET_EITHER" }, "limits": { "perPayment": "0.02", "perDay": "5" } }"#

    @Test func `each price is asked for without a payment and set beside the limits, no secret read`() async throws {
        let simulator = try await AtomicStreamSimulator.start(AtomicStreamOptions(price: 30_000))
        let result = try await run(feed("solana", simulator.url), payments: Self.wallet)
        #expect(result.status == 0, "\(result.error)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("solana  5m (assumed)       0.03      0.36     8.64      259.2  USDC") })
        #expect(lines.contains("solana is not paid: a slice costs 0.03, limits.perPayment is 0.02"))
        #expect(lines.contains { $0.hasPrefix("limits.perDay 5 does not cover 24 hours") })
        let json = try await run(feed("solana", simulator.url), ["--json"])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((object["feeds"] as? [[String: Any]])?.first?["price"] as? String == "0.03")
        #expect(object["shortfalls"] as? [String] == ["payments is not configured: nothing is paid"])
        await simulator.stop()
    }

    @Test func `a feed that does not answer has its reason, and the command fails`() async throws {
        let simulator = try await AtomicStreamSimulator.start(AtomicStreamOptions())
        let closed = try await AtomicStreamSimulator.start(AtomicStreamOptions())
        await closed.stop()
        let result = try await run(
            feed("gone", closed.url) + "," + feed("solana", simulator.url), payments: Self.wallet)
        #expect(result.status == 1)
        let lines = result.output.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("gone: it gave no answer: ") && $0.contains("Connection refused") })
        #expect(lines.contains { $0.hasPrefix("solana ") })
        await simulator.stop()
    }

    @Test func `without a paid feed it says so`() async throws {
        let result = try await run(
            #""free": { "protocol": "interface402", "url": "wss://feed.example.com", "keys": ["payments"] }"#)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output == "no feed of the configuration is paid\n")
    }
}

import FeedProtocols
import Foundation
import OutboxStorage
import RelayModel
import Testing

/// `match` on a settlement, beside an outbox that remembers payments.
@Suite struct ControlMatchTests {
    private static let settlement = #"{"type":"settlement","paymentId":"p1","status":"settled"}"#

    private func configuration(_ folder: TemporaryFolder) throws -> String {
        try folder.write(
            "relay.json",
            """
            { "feeds": { "payments": { "protocol": "interface402" } },
              "destinations": { "billing": { "url": "https://b.example.com/in", "secrets": [{ "env": "NONE" }] } },
              "rules": { "to-us": { "match": { "recipient": ["B"] }, "deliverTo": ["billing"] } },
              "outbox": { "path": "outbox.sqlite" } }
            """
        ).path
    }

    private func match(_ configuration: String) async throws -> BuiltRelay.Result {
        try await BuiltRelay.run(["match", "--config", configuration, "--event", "-"], input: Self.settlement)
    }

    /// An outbox that was told of the payment so long ago.
    private func remember(_ folder: TemporaryFolder, age: Duration) throws {
        let data = Array(#"{"type":"payment","paymentId":"p1","sender":"A","recipient":"B","amount":"1"}"#.utf8)
        let document = try JSONParser(limits: .message).parse(data)
        let key = try #require(EventReader(protocol: .interface402, feed: "payments").paymentKey(of: document))
        let outbox = try SQLiteOutbox(path: folder.url.appendingPathComponent("outbox.sqlite").path)
        let payment = RememberedPayment(key: key, receivedAt: RelayClock.wallTime - age, data: data)
        _ = try outbox.commit(OutboxBatch(payments: [payment]))
    }

    @Test func `the payment is the one that the outbox remembers`() async throws {
        let folder = try TemporaryFolder()
        let path = try configuration(folder)
        try remember(folder, age: .seconds(3600))
        let result = try await match(path)
        #expect(result.status == 0 && result.output == "match     to-us\n", "\(result.output)\(result.error)")
    }

    @Test func `a payment that the outbox does not know, or no longer, counts as absent, as all do without an outbox`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try configuration(folder)
        let without = try await match(path)
        #expect(without.status == 0 && without.output.hasPrefix("no match  to-us: recipient"), "\(without.output)")
        #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("outbox.sqlite").path))
        try remember(folder, age: .seconds(86_401))
        #expect(try await match(path).output == without.output)
        try folder.write("outbox.sqlite", String(repeating: "this is no database\n", count: 1000))
        let damaged = try await match(path)
        #expect(damaged.status == 0 && damaged.output == without.output && damaged.error.isEmpty)
    }
}

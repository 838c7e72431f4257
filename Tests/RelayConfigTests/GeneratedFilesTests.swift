import RelayConfig
import Testing

/// What is made from the declarations of the keys, and the example, are those of this code.
@Suite struct GeneratedFilesTests {
    @Test func `the schema in deploy is the one that the program prints`() throws {
        let text = String(decoding: try Repository.read("deploy/relay.schema.json"), as: UTF8.self)
        #expect(
            text == ConfigurationSchema.text,
            "run: swift run x402-relay schema > deploy/relay.schema.json")
    }

    @Test func `the reference page in deploy is the one that the program prints`() throws {
        let text = String(decoding: try Repository.read("deploy/configuration.md"), as: UTF8.self)
        #expect(
            text == ConfigurationReference.text,
            "run: swift run x402-relay schema --reference > deploy/configuration.md")
    }

    @Test func `the example passes without a warning`() throws {
        let secrets = [
            "INTERFACE402_API_KEY": "a key", "BILLING_WEBHOOK_SECRET": TestFiles.secret,
            "ANALYTICS_WEBHOOK_SECRET": TestFiles.secret,
            "X402_RELAY_WALLET": String(repeating: "01", count: 32),
        ]
        let loaded = try ConfigurationFile.load(
            path: "\(Repository.root)/relay.example.json", environment: { secrets[$0] }
        ).get()
        #expect(loaded.warnings == [])
        #expect(loaded.configuration.feeds.map(\.name) == ["payments", "solana"])
    }
}

import Testing

@testable import RelayConfig

/// What is said of feeds that are paid, beside what may be spent.
@Suite struct PaidFeedsTests {
    private static let wallet = "0101010101010101010101010101010101010101010101010101010101010101"

    private func feed(_ stream: String, _ more: String = "") -> String {
        let accounts = #""accounts": ["7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"]"#
        return #"{ "protocol": "atomicstream", "stream": "\#(stream)", \#(accounts)\#(more) }"#
    }

    /// The warnings as `key: reason`.
    private func warnings(_ feeds: [(String, String)], limits: String?, allow: String = "{}") throws -> [String] {
        let payments = limits.map {
            #", "payments": { "wallet": "\#(Self.wallet)", "limits": { \#($0) }, "allow": \#(allow) }"#
        }
        let text = """
            { "feeds": { \(feeds.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")) },
              "destinations": { "d": { "url": "https://d.example.com", "signature": "none" } },
              "rules": { "r": { "match": {}, "deliverTo": ["d"] } }\(payments ?? "") }
            """
        return try TestFiles.load(text).get().warnings.map { "\($0.key ?? ""): \($0.reason)" }
    }

    private static let ample = #""perPayment": "0.15", "perHour": "1.8", "perDay": "43.2", "total": "43.2""#

    @Test func `limits that just cover a day are no warning`() throws {
        #expect(try warnings([("solana", feed("wallet-balance"))], limits: Self.ample) == [])
        let contract = #""perPayment": "0.50", "perHour": "2.00", "perDay": "50.00""#
        #expect(try warnings([("solana", feed("wallet-balance"))], limits: contract) == [])
    }

    @Test(arguments: [
        (
            "perPayment", "0.15", "0.149999", "does not cover a slice of the feed solana (0.15 USDC)"
        ),
        (
            "perHour", "1.8", "1.7999999",
            "does not cover an hour of the feed solana: 1.8 USDC for 12 slices of 5 minutes at 0.15"
        ),
        (
            "perDay", "43.2", "43.199999999999999999",
            "does not cover a day of the feed solana: 43.2 USDC for 288 slices of 5 minutes at 0.15"
        ),
        ("total", "43.2", "43.1", "does not cover a day of the feed solana: 43.2 USDC for 288 slices"),
    ])
    func `a limit that falls short by anything is a warning with the figures`(
        key: String, ample: String, short: String, says: String
    ) throws {
        let limits = Self.ample.replacing(#""\#(key)": "\#(ample)""#, with: #""\#(key)": "\#(short)""#)
        #expect(limits != Self.ample)
        let found = try warnings([("solana", feed("wallet-balance"))], limits: limits)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("payments.limits.\(key): \(short) \(says)") == true, "\(found)")
    }

    @Test func `all feeds pay from one budget`() throws {
        let feeds = [("a", feed("wallet-balance")), ("b", feed("new-mints")), ("c", feed("mempool-sniff"))]
        let found = try warnings(feeds, limits: #""perPayment": "1", "perHour": "55.8", "perDay": "1000""#)
        #expect(
            found == [
                "payments.limits.perPayment: 1 does not cover a slice of the feeds b (1.5 USDC), c (3 USDC): raise it, or "
                    + "nothing is ever paid there",
                "payments.limits.perDay: 1000 does not cover a day of the feeds a, b, c: 1339.2 USDC for 288 slices of "
                    + "5 minutes at 4.65; raise it, or they go unpaid once it is spent",
            ])
    }

    @Test func `a stream of unknown price is told once, and the others are judged`() throws {
        let feeds = [("a", feed("brand-new")), ("b", feed("brand-new")), ("c", feed("wallet-balance"))]
        let found = try warnings(feeds, limits: #""perPayment": "1", "perDay": "43""#)
        #expect(found.count == 2)
        #expect(found.first?.hasPrefix("payments.limits: the price of brand-new is not known here") == true)
        #expect(found.first?.contains("`x402-relay payments preview`") == true)
        #expect(found.last?.hasPrefix("payments.limits.perDay: 43 does not cover a day of the feed c: 43.2") == true)
    }

    @Test func `prices in USDC say nothing of another token`() throws {
        let allow = #"{ "assets": ["7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"] }"#
        let limits = #""perPayment": "0.01", "perDay": "0.02""#
        #expect(try warnings([("a", feed("wallet-balance"))], limits: limits, allow: allow) == [])
    }

    @Test func `every stream of the catalogue has a price`() throws {
        for stream in AtomicStreamCatalog.streams {
            let found = try warnings(
                [("a", feed(stream, #", "programs": ["7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"]"#))],
                limits: #""perPayment": "0.02", "perDay": "1""#)
            #expect(found.map { $0.prefix { $0 != ":" } } == ["payments.limits.perPayment", "payments.limits.perDay"])
        }
    }

    @Test func `without payments a feed with a token ends with its slice, and one without is never paid`() throws {
        let found = try warnings(
            [("a", feed("wallet-balance")), ("b", feed("wallet-balance", #", "token": "t""#))], limits: nil)
        #expect(found.count == 2)
        #expect(found.first?.hasPrefix("feeds.a: can never be paid") == true)
        #expect(found.last?.hasPrefix("feeds.b.token: is good until its slice ends") == true)
    }

    @Test func `a wallet that no feed is paid from is a warning`() throws {
        let found = try warnings([("a", #"{ "protocol": "interface402" }"#)], limits: Self.ample)
        #expect(found.count == 1 && found[0].hasPrefix("payments: no feed here is paid"))
    }

    @Test(arguments: [
        (#"{ "networks": ["base"] }"#, ["payments.allow.networks[0]"]),
        (#"{ "networks": ["solana", "eip155:8453"] }"#, ["payments.allow.networks[1]"]),
        (#"{ "networks": ["solana-devnet"] }"#, ["payments.allow.networks"]),
        (#"{ "networks": ["solana-devnet", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"] }"#, []),
        (#"{ "networks": ["solana-devnet"], "assets": ["4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"] }"#, []),
    ])
    func `a network on which nothing can be paid is a warning`(allow: String, keys: [String]) throws {
        let found = try warnings([("a", feed("wallet-balance"))], limits: Self.ample, allow: allow)
        #expect(found.map { String($0.prefix { $0 != ":" }) } == keys)
    }

    @Test func `an address to pay to that is not of 32 bytes is a fault`() throws {
        for key in ["recipients", "assets"] {
            let allow = #"{ "\#(key)": ["zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"] }"#
            let faults = #expect(throws: ConfigurationFaults.self) {
                try warnings([("a", feed("wallet-balance"))], limits: Self.ample, allow: allow)
            }
            #expect(faults?.faults.map(\.key) == ["payments.allow.\(key)[0]"])
        }
    }
}

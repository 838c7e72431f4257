import RelayConfig
import Testing

/// Keys of a wallet that cannot be used: refused before anything runs, and no part of one in any message.
@Suite struct WalletKeyTests {
    /// The seed of 32 ones as base58; also what a wrong public half begins with.
    private static let seed = "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi"
    private static let hex = String(repeating: "01", count: 32)
    private static let damaged = "[\(Array(repeating: "1", count: 63).joined(separator: ", ")), 77]"

    private func faults(_ wallet: String) throws -> [ConfigurationFault] {
        let text = """
            { "feeds": { "f": { "protocol": "atomicstream", "stream": "wallet-balance",
                "accounts": ["7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"] } },
              "destinations": { "d": { "url": "https://d.example.com", "signature": "none" } },
              "rules": { "r": { "match": {}, "deliverTo": ["d"] } },
              "payments": { "wallet": "\(wallet)", "limits": { "perPayment": "0.5", "perDay": "50" } } }
            """
        guard case .failure(let faults) = TestFiles.load(text) else { return [] }
        return faults.faults
    }

    @Test(arguments: [Self.seed, Self.hex, " \(Self.hex)\\n", "\\n\(Self.seed) "])
    func `a key in each of its forms is taken`(wallet: String) throws {
        #expect(try faults(wallet) == [])
    }

    @Test(arguments: [
        (Self.damaged, "its last 32 bytes are not the public key of its first 32"),
        (String(Self.seed.dropLast(5)), "it is base58 of 28 bytes"),
        (Self.seed + "0", "it is not a JSON array"), ("[\(Self.damaged)]", "element 0"),
        ("[1, 1", "it begins like a JSON array"),
        ("[1, 256]", "element 1 of its array"), ("[1, 1]", "its array has 2 bytes"), (" ", "it is empty"),
    ])
    func `a key that cannot be used says what is wrong with it, and nothing of it`(
        wallet: String, part: String
    ) throws {
        let fault = try #require(try faults(wallet).first)
        #expect(fault.key == "payments.wallet")
        #expect(fault.reason.hasPrefix("is no Solana key: "))
        #expect(fault.reason.contains(part), "\(fault.reason)")
        #expect(!fault.reason.contains(Self.seed.prefix(6)) && !fault.reason.contains("1, 1"))
    }
}

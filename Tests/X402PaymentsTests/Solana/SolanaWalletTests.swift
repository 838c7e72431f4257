import RelayModel
import Testing

@testable import X402Payments

@Suite struct SolanaWalletTests {
    private static let seed = [UInt8](repeating: 1, count: 32)
    private static let publicKey = "AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9"

    private static var pair: [UInt8] { seed + (Base58.decode(publicKey) ?? []) }

    /// Each way in which a key is written.
    private static var forms: [String] {
        [
            "[" + pair.map(String.init).joined(separator: ",") + "]",
            " [\n" + pair.map { " \($0)" }.joined(separator: ",\n") + "]\r\n",
            Base58.encode(pair), Base58.encode(seed), "\t" + Base58.encode(seed) + "\n",
            String(repeating: "01", count: 32),
        ]
    }

    @Test(arguments: SolanaWalletTests.forms)
    func `a keypair file, base58 and a seed give the same wallet`(text: String) throws {
        #expect(try SolanaWallet(Secret(text)).address.description == Self.publicKey)
    }

    @Test func `hexadecimal digits are read in both cases`() throws {
        let lower = try SolanaWallet(Secret(String(repeating: "ab", count: 32)))
        #expect(try SolanaWallet(Secret(String(repeating: "AB", count: 32))).address == lower.address)
    }

    @Test(arguments: [
        ("", "it is empty"), (" \n", "it is empty"), ("[1,2]", "its array has 2 bytes, a keypair has 64"),
        ("[]", "its array has 0 bytes, a keypair has 64"),
        ("[256]", "element 0 of its array is no number from 0 to 255"),
        ("[1,-1]", "element 1 of its array is no number from 0 to 255"),
        ("[1,2,1.5]", "element 2 of its array is no number from 0 to 255"),
        ("[\"1\"]", "element 0 of its array is no number from 0 to 255"),
        ("[[1]]", "element 0 of its array is no number from 0 to 255"),
        ("[1,2", "it begins like a JSON array, but is none from byte 4"),
        ("[[[1]]]", "it begins like a JSON array, but is none from byte 2"),
        ("2NEpo7TZRRrLZSi2U", "it is base58 of 12 bytes, not of 64 or 32"),
        ("0x0101", "it is not a JSON array of 64 bytes, base58 of 64 or 32 bytes, or 64 hexadecimal digits"),
        (String(repeating: "1", count: 65), "it is base58 of 65 bytes, not of 64 or 32"),
        (String(repeating: " ", count: 4097), "it has 4097 bytes, a wallet has at most 4096"),
    ])
    func `a text that is no wallet says what is wrong with it`(text: String, fault: String) {
        #expect(throws: SolanaWallet.Fault(description: fault)) { try SolanaWallet(Secret(text)) }
    }

    @Test func `a public half of another seed is a damaged keypair`() {
        var pair = Self.pair
        pair[63] ^= 1
        #expect(throws: SolanaWallet.Fault.self) { try SolanaWallet(Secret(Base58.encode(pair))) }
        #expect(throws: SolanaWallet.Fault.self) {
            try SolanaWallet(Secret("[" + pair.map(String.init).joined(separator: ",") + "]"))
        }
    }

    @Test func `nothing that shows a wallet shows its key`() throws {
        struct Holder {
            let name = "purse"
            let wallet: SolanaWallet
        }
        let wallet = try SolanaWallet(Secret(Self.forms[0]))
        var dumped = ""
        dump(wallet, to: &dumped)
        dump(Holder(wallet: wallet), to: &dumped)
        dump(Optional(wallet) as Any, to: &dumped)
        let shown = [
            "\(wallet)", wallet.description, wallet.debugDescription, String(reflecting: wallet),
            "\(Holder(wallet: wallet))",
            String(reflecting: [wallet]), "\(Optional(wallet) as Any)", dumped,
        ]
        let seed = Self.seed
        let written =
            [Base58.encode(seed), Base58.encode(Self.pair), String(repeating: "01", count: 32), Base64.encode(seed)]
            + ["\(seed)", "PrivateKey", "1, 1, 1"]
        for text in shown {
            #expect(text.contains(Self.publicKey))
            for key in written { #expect(!text.contains(key), "\(text) shows the key") }
        }
        #expect(Mirror(reflecting: wallet).children.isEmpty)
        #expect(Mirror(reflecting: wallet).superclassMirror == nil)
    }

    @Test func `no fault shows a part of the key`() throws {
        var pair = Self.pair
        pair[63] ^= 1
        let spoiled = [
            Base58.encode(pair), "[" + pair.map(String.init).joined(separator: ",") + "]", Base58.encode(pair + [9]),
            String(Self.forms[0].dropLast()), String(repeating: "01", count: 32) + "x", Self.forms[0] + "9",
        ]
        for text in spoiled {
            do {
                _ = try SolanaWallet(Secret(text))
                Issue.record("a spoiled key was taken")
            } catch {
                var dumped = ""
                dump(error, to: &dumped)
                for shown in ["\(error)", String(reflecting: error), dumped] {
                    #expect(!shown.contains("0101") && !shown.contains("1,1") && !shown.contains(text.prefix(8)))
                }
            }
        }
    }
}

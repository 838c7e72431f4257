import RelayModel
import Testing

@Suite struct TokenAmountTests {
    @Test(
        arguments: [
            (30000, 6, "0.03"), (0, 6, "0"), (1, 9, "0.000000001"), (5_000_000, 6, "5"),
            (UInt64.max, 0, "18446744073709551615"),
        ] as [(UInt64, UInt8, String)])
    func `atomic units become the shortest decimal, which reads back as the same`(
        atomic: UInt64, decimals: UInt8, text: String
    ) throws {
        let amount = try #require(TokenAmount(atomic: atomic, decimals: decimals))
        #expect(amount.description == text)
        #expect(TokenAmount(text) == amount)
    }

    @Test(arguments: ["", ".5", "5.", "1e3", "-1", "+1", "1.2.3", " 1", "18446744073709551616"])
    func `what is no plain decimal is refused`(text: String) {
        #expect(TokenAmount(text) == nil)
    }

    @Test func `sums and products stay at the top instead of wrapping around`() throws {
        let top = try #require(TokenAmount(atomic: .max, decimals: 0))
        #expect(top * 1_000_000_000 > top)
        #expect(top * 1_000_000_000 + top >= top * 1_000_000_000)
    }
}

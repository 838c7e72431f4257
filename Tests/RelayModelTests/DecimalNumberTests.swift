import RelayModel
import Testing

@Suite struct DecimalNumberTests {
    @Test(arguments: [
        ("0", "-0"), ("5", "5.0"), ("0.5e1", "5"), ("1e3", "1000"), ("0.00100", "1e-3"),
        ("0e999999999999999999999", "0"),
        ("123456789012345678901234567890", "1.2345678901234567890123456789e29"),
        ("10e999999999999999999", "1e1000000000000000000"), ("0.1e1000000000000000001", "1e1000000000000000000"),
        ("100e-1000000000000000000", "1e-999999999999999998"),
    ])
    func `the same number in two spellings is one`(_ pair: (String, String)) throws {
        let one = try #require(DecimalNumber(pair.0)), other = try #require(DecimalNumber(pair.1))
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(!(one < other) && !(other < one))
    }

    @Test func `numbers are in order`() throws {
        let ascending = [
            "-1e99999999999999999999", "-1e9", "-10.5", "-10", "-0.1", "-1e-99999999999999999999", "0",
            "1e-100000000000000000000", "1e-99999999999999999999", "1e-5", "0.0999999999999999999999999999999", "0.1",
            "0.10000000000000000000000000000001", "0.5", "9007199254740992", "9007199254740993", "18446744073709551615",
            "1e999999999999999999",
            "1e1000000000000000000", "2e1000000000000000000", "1e1000000000000000001",
        ]
        let numbers = try ascending.map { try #require(DecimalNumber($0), "\($0)") }
        for (index, low) in numbers.enumerated() {
            for high in numbers[(index + 1)...] { #expect(low < high && !(high < low) && low != high) }
        }
    }

    @Test(arguments: ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x10", " 1", "1 ", "NaN", "1_0", "--1"])
    func `what JSON's grammar refuses is no number`(_ text: String) {
        #expect(DecimalNumber(text) == nil)
    }
}

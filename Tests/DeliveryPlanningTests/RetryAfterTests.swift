import DeliveryPlanning
import RelayModel
import Testing

@Suite struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    private static let example = Timestamp(milliseconds: 784_111_777_000)

    @Test(arguments: [
        ("120", 120), (" 120 ", 120), ("007", 7), ("1", 1),
        ("999999999999999999999999", 10_000_000_000),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 60),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 60),
        ("Sun Nov  6 08:49:37 1994", 60),
        ("Sun Nov 16 08:49:37 1994", 60 + 10 * 86_400),
        ("Sun, 06 Nov 1994 08:49:60 GMT", 83),
    ])
    func `seconds and the three forms of a date ask for a wait`(text: String, seconds: Int) {
        let end = Self.example - .seconds(60)
        #expect(RetryAfter(text, end: end)?.wait == .seconds(seconds))
    }

    @Test(arguments: [
        "", " ", "0", "000", "-5", "1.5", "5s", "+5", "0x10", "5, 10", "soon", "٥",
        "Sun, 06 Nov 1994 08:48:36 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
        "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT GMT", "Sun,  6 Nov 1994 08:49:37 GMT",
    ])
    func `nonsense, nothing and the past ask for none`(text: String) {
        #expect(RetryAfter(text, end: Self.example - .seconds(60)) == nil)
        #expect(RetryAfter(text, end: Self.example) == nil)
    }

    @Test func `a year in two digits is the next that ends so unless that is more than 50 years ahead`() throws {
        let end = try #require(Timestamp(iso: "2026-07-01T00:00:00Z"))
        let soon = RetryAfter("Wednesday, 01-Jul-26 00:01:00 GMT", end: end)
        #expect(soon?.wait == .seconds(60))
        let far = try #require(Timestamp(iso: "2076-01-01T00:00:00Z"))
        #expect(RetryAfter("Wednesday, 01-Jan-76 00:00:00 GMT", end: end)?.wait == far - end)
        #expect(RetryAfter("Friday, 01-Jan-77 00:00:00 GMT", end: end) == nil)
        // 1994, not 2094.
        #expect(RetryAfter("Sunday, 06-Nov-94 08:49:37 GMT", end: end) == nil)
        let turn = try #require(Timestamp(iso: "1999-12-31T23:59:00Z"))
        #expect(RetryAfter("Saturday, 01-Jan-00 00:00:00 GMT", end: turn)?.wait == .seconds(60))
    }
}

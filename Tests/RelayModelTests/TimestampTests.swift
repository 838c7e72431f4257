import RelayModel
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_697_234_567_890, "2023-10-13T22:02:47.890Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func `a moment and its text`(_ sample: (Int64, String)) {
        #expect(Timestamp(milliseconds: sample.0).description == sample.1)
        #expect(Timestamp(iso: sample.1)?.milliseconds == sample.0)
    }

    @Test(
        arguments: [
            ("2023-10-13", 1_697_155_200_000), ("2023-10-13T22:02Z", 1_697_234_520_000),
            ("2023-10-14T00:02:47.89+02:00", 1_697_234_567_890), ("2023-10-13t22:02:47.8909999z", 1_697_234_567_890),
            ("2023-10-13 22:02:47", 1_697_234_567_000), ("2016-12-31T23:59:60Z", 1_483_228_799_000),
            ("2023-10-13T17:32:47-0430", 1_697_234_567_000),
        ] as [(String, Int64)])
    func `other spellings that RFC 3339 and ISO 8601 allow`(_ sample: (String, Int64)) {
        #expect(Timestamp(iso: sample.0)?.milliseconds == sample.1)
    }

    @Test(arguments: [
        "", "now", "2023", "2023-13-01", "2023-02-29", "2023-04-31", "2023-10-13T", "2023-10-13T24:00:00Z",
        "2023-10-13T22:60Z",
        "2023-10-13T22:02:47.Z", "2023-10-13T22:02:47+2", "2023-10-13T22:02:47Zx", "+2023-10-13", "2023-1-1",
    ])
    func `what is no such text is refused`(_ text: String) {
        #expect(Timestamp(iso: text) == nil)
    }

    @Test func `a wait is never cut short by rounding and stops at the ends`() {
        let start = Timestamp(milliseconds: 1000)
        #expect((start + .microseconds(1)).milliseconds == 1001)
        #expect((start + .milliseconds(5)).milliseconds == 1005)
        #expect((start - .seconds(2)).milliseconds == -1000)
        #expect((Timestamp(milliseconds: .max - 1) + .seconds(5)).milliseconds == .max)
        #expect((start + .seconds(Int64.max)).milliseconds == .max)
        #expect(Timestamp(milliseconds: 3500) - start == .milliseconds(2500))
        #expect(Timestamp(milliseconds: -1).seconds == -1)
        #expect(Timestamp(milliseconds: 1999).seconds == 1)
    }
}

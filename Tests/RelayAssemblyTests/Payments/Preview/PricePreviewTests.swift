import RelayModel
import Testing

@testable import RelayAssembly

/// What feeds cost, and which limit does not cover it: by exact arithmetic.
@Suite struct PricePreviewTests {
    private func amount(_ text: String) throws -> TokenAmount { try #require(TokenAmount(text)) }

    private func feed(_ price: String, seconds: Int? = 300, name: String = "solana") throws -> PricePreview.Feed {
        PricePreview.Feed(
            name: name, stream: "https://x.example/v2/stream/slot", knownSliceSeconds: seconds,
            price: .success(.init(units: try amount(price), asset: "EPjF", network: "solana", recipient: "Reci")))
    }

    private func limits(
        each: String = "100", hour: String? = nil, day: String = "100000", total: String? = nil
    ) throws -> PricePreview.Limits {
        PricePreview.Limits(
            perPayment: try amount(each), perHour: try hour.map(amount), perDay: try amount(day),
            total: try total.map(amount))
    }

    @Test(arguments: [
        ("0.03", 300, "0.36", "8.64", "259.2"),
        // Twelve slices and a piece of the next begin in an hour.
        ("0.03", 299, "0.39", "8.67", "260.07"),
        ("0.000000000000000001", 1, "0.0000000000000036", "0.0000000000000864", "0.000000000002592"),
        ("5", 86_400, "5", "5", "150"), ("5", 10_000_000, "5", "5", "5"), ("0", 60, "0", "0", "0"),
    ])
    func `a slice is paid for each time that one begins`(
        price: String, seconds: Int, hour: String, day: String, month: String
    ) throws {
        let feed = try feed(price, seconds: seconds)
        #expect(feed.cost(ofSeconds: PricePreview.hour)?.description == hour)
        #expect(feed.cost(ofSeconds: PricePreview.day)?.description == day)
        #expect(feed.cost(ofSeconds: PricePreview.month)?.description == month)
    }

    @Test(arguments: [nil, 0, -5])
    func `a slice of which nothing is known is assumed to last five minutes`(seconds: Int?) throws {
        let feed = try feed("1", seconds: seconds)
        #expect(feed.knownSliceSeconds == nil)
        #expect(feed.cost(ofSeconds: PricePreview.hour) == (try amount("12")))
    }

    @Test func `feeds add up, and one without a price counts for nothing`() throws {
        let silent = PricePreview.Feed(
            name: "silent", stream: "s", knownSliceSeconds: nil, price: .failure(PricePreview.Fault("no answer")))
        let preview = PricePreview(
            feeds: [try feed("0.03"), silent, try feed("0.1", seconds: 600, name: "other")], limits: nil)
        #expect(silent.cost(ofSeconds: PricePreview.hour) == nil)
        #expect(preview.cost(ofSeconds: PricePreview.hour) == (try amount("0.96")))
        #expect(preview.shortfalls == ["payments is not configured: nothing is paid"])
    }

    @Test func `limits that are exactly enough cover it`() throws {
        let preview = PricePreview(
            feeds: [try feed("0.03")],
            limits: try limits(each: "0.03", hour: "0.36", day: "8.64", total: "259.2"))
        #expect(preview.shortfalls == [])
    }

    @Test(arguments: [
        ("0.02", nil, "100", nil, "solana is not paid: a slice costs 0.03, limits.perPayment is 0.02"),
        (
            "1", "0.35", "100", nil,
            "limits.perHour 0.35 does not cover an hour of all feeds, which cost 0.36: it is reached after 58m 20s"
        ),
        (
            "1", nil, "4.32", nil,
            "limits.perDay 4.32 does not cover 24 hours of all feeds, which cost 8.64: it is reached after 12h"
        ),
        (
            "1", nil, "100", "86.4",
            "limits.total 86.4 does not cover 30 days of all feeds, which cost 259.2: it is used up after 10d, "
                + "what was spent before not counted"
        ),
        (
            "1", nil, "0", nil,
            "limits.perDay 0 does not cover 24 hours of all feeds, which cost 8.64: it is reached after 0s"
        ),
    ])
    func `a limit that is too low is named with what it is short of`(
        each: String, hour: String?, day: String, total: String?, says: String
    ) throws {
        let preview = PricePreview(
            feeds: [try feed("0.03")], limits: try limits(each: each, hour: hour, day: day, total: total))
        #expect(preview.shortfalls == [says])
    }

    @Test func `the largest amounts overflow nothing`() throws {
        let preview = PricePreview(
            feeds: [try feed("18446744073709551615", seconds: 1), try feed("18446744073709551615", seconds: 1)],
            limits: try limits(each: "18446744073709551615", hour: "18446744073709551614", day: "1"))
        #expect(preview.shortfalls.count == 2)
    }
}

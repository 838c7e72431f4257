import RelayAssembly
import RelayModel
import Testing

@testable import RelayCommand

/// Prices, slices and the spend as text and as JSON.
@Suite struct PaymentTextTests {
    private func fields(_ json: String) throws -> JSONFields {
        JSONFields(try JSONParser(limits: .message).parse(Array(json.utf8)))
    }

    private static let payments =
        #"{"wallet":"Wa11et","spent":{"hour":"0.03","day":"1.5","total":"12"},"#
        + #""limits":{"perPayment":"0.5","perHour":null,"perDay":"50","total":"100"},"unresolved":2}"#

    @Test func `the status tells the spend beside its limits, and a feed its slice`() throws {
        let status = try fields(
            #"{"version":"1.0","running":true,"now":"2026-01-01T00:00:00.000Z","ready":false,"reasons":[],"#
                + #""feeds":[{"name":"solana","state":"connected","reading":true,"reason":null,"refusedKeys":[],"#
                + #""slice":{"state":"unpaid","reason":"limits.perDay is reached","#
                + #""paidUntil":"2026-01-01T00:05:00.000Z","sliceSeconds":300,"price":"0.03"}},"#
                + #"{"name":"free","state":"connected","reading":true,"refusedKeys":[],"slice":null}],"#
                + #""destinations":[],"payments":\#(Self.payments)}"#)
        let text = StatusScreen.lines(status, width: nil, showsAll: false).map { $0.text(isColoured: false) }
            .joined(separator: "\n")
        #expect(
            text.contains(
                "paid from Wa11et: 0.03 in the last hour, 1.5 of 50 in the last 24 hours, 12 of 100 in all, at most 0.5 each"
            ), "\(text)")
        #expect(text.contains("the outcome of 2 payments is not known yet"))
        let lines = text.split(separator: "\n")
        #expect(
            lines.contains(
                "    slice unpaid: limits.perDay is reached; paid until 2026-01-01T00:05:00.000Z (in 5m); 0.03 for 5m"))
        let listed = FeedText.table(status.objects("feeds"), now: Timestamp(milliseconds: 0)).split(separator: "\n")
        let heading = try #require(listed.first)
        #expect(heading.contains("SLICE") && heading.contains("PAID UNTIL") && heading.contains("PRICE"))
        let paid = try #require(listed.first { $0.hasPrefix("solana") })
        for part in ["unpaid", "2026-01-01T00:05:00.000Z", "0.03", "limits.perDay is reached"] {
            #expect(paid.contains(part))
        }
    }

    @Test func `feeds that are not paid have no column of slices`() throws {
        let feed = try fields(#"{"name":"free","state":"connected","reading":true,"refusedKeys":[],"slice":null}"#)
        #expect(!FeedText.table([feed], now: Timestamp(milliseconds: 0)).contains("SLICE"))
    }

    private static func amount(_ text: String) -> TokenAmount { TokenAmount(text) ?? .zero }

    private static let preview = PricePreview(
        feeds: [
            PricePreview.Feed(
                name: "solana", stream: "https://x402.example.net/v2/stream/slot", knownSliceSeconds: nil,
                price: .success(
                    .init(
                        units: amount("0.03"), asset: PaymentFixture.usdc, network: "solana:main",
                        recipient: "Recipient"))),
            PricePreview.Feed(
                name: "dumb", stream: "https://dumb.example/v2/stream/slot", knownSliceSeconds: 60,
                price: .failure(PricePreview.Fault("it gave no answer: Connection refused"))),
        ],
        limits: PricePreview.Limits(perPayment: amount("0.5"), perHour: nil, perDay: amount("5"), total: nil))

    @Test func `a preview is a table with the limits below, and what is not covered`() {
        #expect(
            PreviewText.text(Self.preview) == """
                FEED    SLICE         PER SLICE  PER HOUR  PER DAY  PER MONTH  ASSET  RECIPIENT
                solana  5m (assumed)       0.03      0.36     8.64      259.2  USDC   Recipient
                dumb                  not known
                all                                  0.36     8.64      259.2
                limits                      0.5  no limit        5
                dumb: it gave no answer: Connection refused
                limits.perDay 5 does not cover 24 hours of all feeds, which cost 8.64: it is reached after 13h 53m
                """)
    }

    @Test func `its JSON has what is not known as null`() {
        #expect(
            PreviewJSON.object(Self.preview).text
                == #"{"feeds":[{"feed":"solana","stream":"https://x402.example.net/v2/stream/slot","price":"0.03","#
                + #""asset":"\#(PaymentFixture.usdc)","network":"solana:main","recipient":"Recipient","#
                + #""sliceSeconds":300,"sliceAssumed":true,"perHour":"0.36","perDay":"8.64","perMonth":"259.2","#
                + #""error":null},{"feed":"dumb","stream":"https://dumb.example/v2/stream/slot","price":null,"#
                + #""asset":null,"network":null,"recipient":null,"sliceSeconds":60,"sliceAssumed":false,"#
                + #""perHour":null,"perDay":null,"perMonth":null,"error":"it gave no answer: Connection refused"}],"#
                + #""all":{"perHour":"0.36","perDay":"8.64","perMonth":"259.2"},"#
                + #""limits":{"perPayment":"0.5","perHour":null,"perDay":"5","total":null},"#
                + #""shortfalls":["limits.perDay 5 does not cover 24 hours of all feeds, which cost 8.64: "#
                + #"it is reached after 13h 53m"]}"#)
    }

    @Test func `without a paid feed there is nothing to tell`() {
        #expect(PreviewText.text(PricePreview(feeds: [], limits: nil)) == "no feed of the configuration is paid")
    }
}

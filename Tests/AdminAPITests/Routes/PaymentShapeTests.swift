import AdminAPI
import RelayModel
import Testing

/// What scripts read of payments, to the byte, and what nobody may read.
@Suite struct PaymentShapeTests {
    private func body(
        _ request: AdminRequest, _ change: (inout ScriptedControl.Script) -> Void = { _ in }
    ) async throws -> String {
        let answer = await AdminRoutes(control: ScriptedControl(change), now: { Samples.now }).answer(request)
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json")
        _ = try answer.document()
        let text = String(decoding: answer.body, as: UTF8.self)
        for secret in Samples.hidden { #expect(!text.contains(secret)) }
        return text
    }

    private static let entryEnd =
        #""asset":"EPjF","network":"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp","recipient":"Reci","payer":"Paye","#
        + #""memo":"00ff","blockhash":"Bloc","#
    private static let settled =
        #"{"id":"4","at":"2023-11-14T22:13:20.000Z","feed":"solana","#
        + #""stream":"https://x402.example.net/v2/stream/wallet-balance","purpose":"purchase","amount":"0.03","#
        + #""atomic":"30000",\#(entryEnd)"transaction":"5Tx","state":"settled","served":false,"reason":null,"sends":2,"#
        + #""sentAt":"2023-11-14T22:13:20.005Z","endedAt":"2023-11-14T22:13:21.000Z"}"#
    private static let refused =
        #"{"id":"3","at":"2023-11-14T22:13:20.000Z","feed":"solana","#
        + #""stream":"https://x402.example.net/v2/stream/wallet-balance","purpose":"renewal","#
        + #""amount":"18446744073709.551615","atomic":"18446744073709551615",\#(entryEnd)"transaction":null,"#
        + #""state":"refused","served":null,"reason":"the server said \"no\"","sends":0,"sentAt":null,"endedAt":null}"#
    private static let spend =
        #"{"wallet":"Paye","spent":{"hour":"0.03","day":"1.5","total":"12"},"#
        + #""limits":{"perPayment":"0.5","perHour":null,"perDay":"50","total":null},"unresolved":1,"#
        + #""ledger":{"signed":0,"sent":0,"settled":3,"refused":0,"unknown":1,"expired":0}}"#

    @Test func `a page has its payments, a cursor, and what was spent beside the limits`() async throws {
        let page = try await body(.get("payments")) { $0.status.payments = Samples.payments }
        #expect(page == #"{"payments":[\#(Self.settled),\#(Self.refused)],"cursor":"3","spend":\#(Self.spend)}"#)
    }

    @Test func `where nothing is known of the spend, it is null`() async throws {
        let page = try await body(.get("payments")) { $0.ledger = LedgerPage(payments: [], cursor: nil) }
        #expect(page == #"{"payments":[],"cursor":null,"spend":null}"#)
    }

    @Test func `one payment is its object`() async throws {
        #expect(try await body(.get("payments", "3")) == Self.refused)
    }

    @Test func `a listing hands its filter on`() async throws {
        let control = ScriptedControl()
        let routes = AdminRoutes(control: control, now: { Samples.now })
        let target =
            "/api/v1/payments?feed=solana&state=unknown&since=2h&until=2023-11-14&limit=1000&cursor=77&order=oldest"
        _ = await routes.answer(try #require(AdminRequest(method: "GET", target: target)))
        _ = await routes.answer(.get("payments"))
        _ = await routes.answer(.get("payments", "12"))
        let filter = LedgerFilter(
            feed: "solana", state: .unknown, since: Samples.now - .seconds(7200), until: Timestamp(iso: "2023-11-14"))
        #expect(
            control.asked.filter { $0 != .status } == [
                .payments(filter, isNewestFirst: false, cursor: PaymentID(77), limit: 1000),
                .payments(LedgerFilter(), isNewestFirst: true, cursor: nil, limit: 100),
                .payment(PaymentID(12)),
            ])
    }

    @Test func `the status has the spend, and a paid feed its slice`() async throws {
        let slice =
            #""slice":{"state":"unpaid","reason":"perDay is reached","since":"2023-11-14T22:13:20.000Z","#
            + #""paidUntil":"2023-11-14T22:18:20.000Z","sliceSeconds":300,"price":"0.03"}"#
        let change = { (script: inout ScriptedControl.Script) in
            script.status.payments = Samples.payments
            script.status.feeds[0].slice = Samples.slice
        }
        let status = try await body(.get("status"), change)
        #expect(status.hasSuffix(#","payments":\#(Self.spend)}"#))
        #expect(status.contains(slice))
        #expect(try await body(.get("feeds"), change).contains(slice))
    }
}

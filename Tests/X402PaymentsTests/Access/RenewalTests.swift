import RelayModel
import Testing

@testable import X402Payments

@Suite struct RenewalTests {
    private static let post = #"POST /v2/renew/stream/s1 {"token":"T1"}"#

    /// A feed that bought its first slice and is greeted; five minutes of it are left.
    private static func running(inband: Bool = false) throws -> Conversation {
        var talk = try Conversation(Conversation.settings(inband: inband))
        talk.say(.start)
        try talk.buy("T1")
        return talk
    }

    private static func reminder(_ text: String? = "end of T1", _ milliseconds: Int64? = 30_000) -> StreamNews {
        .reminder(expiresAt: text, msUntilExpiry: milliseconds)
    }

    @Test func `a reminder leads to one renewal by http, however often it comes`() throws {
        var talk = try Self.running()
        talk.pass(.seconds(270))
        #expect(talk.hear(Self.reminder()).first == Self.post)
        talk.settle()
        #expect(talk.hear(Self.reminder()) == [])
        #expect(talk.challenge() == ["blockhash?"])
        #expect(talk.hear(.paymentRequired(reason: "expired")) == [])
        try talk.blockhash()
        #expect(talk.hear(Self.reminder(nil, 29_000)) == [])
        talk.written()
        #expect(talk.written() == [Self.post + " paid"])
        #expect(talk.hear(.paymentRequired(reason: "expired")) == [])
        #expect(
            talk.answer(200, [], Conversation.renewed("T2")) == [
                "write: 2 settled served 1; token T2, unserved 0; +relay.payment.settled"
            ])
        #expect(talk.written() == ["use T2", "renew_token T2"])
        #expect(talk.hear(.renewed(expiresAt: "end of T2", method: "http")) == [])
        // What is late or doubled is about the slice before.
        #expect(talk.hear(Self.reminder()) == [])
        #expect(talk.hear(Self.reminder(nil, 25_000)) == [])
        #expect(talk.hear(Self.reminder("another text", 25_000)) == [])
        talk.settle()
        #expect(talk.pass(.seconds(200)) == [])
        #expect(talk.hear(Self.reminder()) == [])
        #expect(talk.pass(.seconds(65)) == [])
        #expect(talk.hear(Self.reminder("end of T2")).first == #"POST /v2/renew/stream/s1 {"token":"T2"}"#)
    }

    @Test func `a renewal begins half a minute before the end`() throws {
        var talk = try Self.running()
        talk.pass(.seconds(200))
        #expect(talk.hear(Self.reminder("e", 99_000)) == ["write: token T1, unserved 0"])
        talk.settle()
        #expect(talk.pass(.seconds(68)) == [])
        #expect(talk.pass(.seconds(1)) == [Self.post])
    }

    @Test func `the second of two reminders of one end, delayed, puts nothing off`() throws {
        var talk = try Self.running()
        talk.pass(.seconds(200))
        talk.hear(Self.reminder("e", 90_000))
        talk.settle()
        talk.pass(.seconds(20))
        #expect(talk.hear(Self.reminder("e", 90_000)) == [])
        #expect(talk.pass(.seconds(40)) == [Self.post])
    }

    @Test(arguments: [nil, -1, Int64.min, Int64.max, 86_400_001] as [Int64?])
    func `a reminder without a sensible time counts for the end that is known`(milliseconds: Int64?) throws {
        var talk = try Self.running()
        #expect(talk.hear(Self.reminder("e", milliseconds)) == [])
        #expect(talk.pass(.seconds(269)) == [])
        #expect(talk.pass(.seconds(1)).first == Self.post)
    }

    @Test(arguments: [nil, -1, Int64.max] as [Int64?])
    func `a reminder without a sensible time is ignored where no end is known`(milliseconds: Int64?) throws {
        var talk = try Conversation(Conversation.settings(token: "A"))
        talk.say(.start)
        talk.settle()
        #expect(talk.hear(Self.reminder("e", milliseconds)) == [])
        #expect(talk.pass(.seconds(86_400)) == [])
    }

    @Test func `that payment is required is believed near the end, and leads to one look at the token before`() throws {
        var talk = try Self.running()
        talk.pass(.seconds(100))
        #expect(talk.hear(.paymentRequired(reason: "expired")) == ["reconnect"])
        #expect(talk.hear(.paymentRequired(reason: "expired")) == [])
        talk.pass(.seconds(124))
        #expect(talk.hear(.paymentRequired(reason: "expired")) == [])
        talk.pass(.seconds(2))
        #expect(talk.hear(.paymentRequired(reason: "expired")) == [Self.post])
    }

    @Test(arguments: [0, -5, Int.max, 86_401])
    func `a slice of no sensible length counts as one of a minute`(seconds: Int) throws {
        var talk = try Conversation()
        talk.say(.start)
        try talk.buy("T1", sliceSeconds: seconds)
        #expect(talk.access.standing.sliceSeconds == nil)
        #expect(talk.access.standing.paidUntil == Conversation.start + .seconds(60))
        #expect(talk.hear(.paymentRequired(reason: "")) == ["reconnect"])
        talk.pass(.seconds(46))
        #expect(talk.hear(.paymentRequired(reason: "")) == [Self.post])
    }

    @Test func `a renewal that is not confirmed opens the connections again`() throws {
        var talk = try Self.renewedByHTTP()
        #expect(talk.pass(.milliseconds(9999)) == [])
        #expect(talk.pass(.milliseconds(1)) == ["reconnect"])
        #expect(talk.pass(.seconds(100)) == [])
    }

    private static func renewedByHTTP() throws -> Conversation {
        var talk = try running()
        talk.pass(.seconds(270))
        talk.hear(reminder())
        try talk.pay()
        talk.answer(200, [], Conversation.renewed("T2"))
        talk.settle()
        return talk
    }

    @Test(
        arguments: [
            .renewed(expiresAt: "x", method: "http"), .renewed(expiresAt: nil, method: nil),
            .hello(Secret("T2"), sliceSeconds: 300, expiresAt: nil),
        ] as [StreamNews])
    func `a renewal is confirmed by the stream's word or by a greeting`(news: StreamNews) throws {
        var talk = try Self.renewedByHTTP()
        talk.hear(news)
        talk.settle()
        #expect(talk.pass(.seconds(100)) == [])
    }

    @Test func `a renewal that nobody asked for changes nothing`() throws {
        var talk = try Self.running()
        let before = talk.access.standing
        #expect(talk.hear(.renewed(expiresAt: "far away", method: "inband")) == [])
        #expect(talk.access.standing == before)
        #expect(talk.pass(.seconds(3600)) == [])
    }

    @Test(arguments: [401, 403, 404, 410])
    func `a renewal whose token is unknown pays nothing before a connection shows it`(status: Int) throws {
        var talk = try Self.running()
        talk.pass(.seconds(270))
        talk.hear(Self.reminder())
        talk.settle()
        #expect(talk.answer(status) == ["reconnect"])
        #expect(talk.access.standing.state == .unpaid)
        #expect(talk.pass(.seconds(2)) == [Self.post])
        #expect(talk.answer(status) == [])
        #expect(
            talk.hear(.tokenRefused(Secret("T1"), reason: "404")) == [
                "hold", "GET /v2/schema/stream/s1", "write: token none, unserved 0",
            ])
    }

    @Test func `a renewal without a payment is taken`() throws {
        var talk = try Self.running()
        talk.pass(.seconds(270))
        talk.hear(Self.reminder())
        talk.settle()
        #expect(talk.answer(200, [], Conversation.renewed("T2")) == ["write: token T2, unserved 0"])
        #expect(talk.written() == ["use T2", "renew_token T2"])
        #expect(talk.disk.recent.count == 1)
    }

    @Test func `a token that is refused while its renewal is priced leads to a purchase, and its price is not paid`()
        throws
    {
        var talk = try Self.running()
        talk.pass(.seconds(270))
        talk.hear(Self.reminder())
        talk.settle()
        talk.challenge()
        #expect(
            talk.hear(.tokenRefused(Secret("T1"), reason: "410")) == [
                "hold", "GET /v2/schema/stream/s1", "write: token none, unserved 0",
            ])
        #expect(try talk.blockhash() == [])
        try talk.pay()
        #expect(talk.disk.open.map(\.purpose) == [.purchase])
    }

    // MARK: In-band

    @Test func `an in-band renewal asks for the price by http and pays over the stream`() throws {
        var talk = try Self.running(inband: true)
        talk.pass(.seconds(270))
        #expect(talk.hear(Self.reminder()).first == Self.post)
        talk.settle()
        talk.challenge()
        try talk.blockhash()
        #expect(talk.written() == ["write: 2 sent 1"])
        #expect(talk.written() == ["renew_inband"])
        let entry = try #require(talk.disk.open.first)
        #expect(talk.said.last == .order(.renewInband(requirements: entry.requirements, payload: entry.payload)))
        #expect(entry.purpose == .inband && entry.requirements == Array(Conversation.Offer().json.utf8))
        #expect(
            talk.hear(.renewed(expiresAt: "end of slice 2", method: "inband")) == [
                "write: 2 settled served 1; token T1, unserved 0; +relay.payment.settled"
            ])
        #expect(talk.written() == [])
        #expect(talk.access.standing.state == .paid)
        // Each further connection confirms the same.
        #expect(talk.hear(.renewed(expiresAt: "end of slice 2", method: "inband")) == [])
        #expect(talk.hear(Self.reminder()) == [])
        #expect(talk.pass(.seconds(270)) == [])
        #expect(talk.hear(Self.reminder("end of slice 2")).first == Self.post)
    }

    @Test func `an in-band renewal that is refused, unanswered or lost is sent again with the same bytes`() throws {
        var talk = try Self.inbandSent()
        #expect(talk.hear(.failed("insufficient_funds")) == ["write: 2 refused 1; +relay.payment.refused"])
        talk.settle()
        #expect(talk.access.standing.state == .unresolved)
        #expect(talk.pass(.seconds(2)) == ["write: 2 refused 2"])
        #expect(talk.written() == ["renew_inband"])
        #expect(talk.pass(.seconds(10)) == ["write: 2 unknown 2"])
        talk.settle()
        #expect(talk.pass(.seconds(4)) == ["write: 2 unknown 3"])
        #expect(talk.written() == ["renew_inband"])
        #expect(talk.hear(.renewalLost) == [])
        talk.settle()
        // No connection is open: the bytes wait for one.
        #expect(talk.pass(.seconds(60)) == [])
        #expect(talk.hear(.hello(Secret("T1"), sliceSeconds: 300, expiresAt: "end of T1")) == ["write: 2 unknown 4"])
        #expect(talk.written() == ["renew_inband"])
        let orders = talk.said.filter { if case .order(.renewInband) = $0 { true } else { false } }
        #expect(orders.count == 4 && Set(orders).count == 1)
    }

    private static func inbandSent() throws -> Conversation {
        var talk = try running(inband: true)
        talk.pass(.seconds(270))
        talk.hear(reminder())
        try talk.pay()
        return talk
    }

    @Test func `a greeting with another end shows that an in-band renewal was served`() throws {
        var talk = try Self.inbandSent()
        talk.hear(.renewalLost)
        talk.settle()
        #expect(
            talk.hear(.hello(Secret("T1"), sliceSeconds: 300, expiresAt: "later")) == [
                "write: 2 settled served 1; token T1, unserved 0; +relay.payment.settled"
            ])
    }

    @Test func `a token that is refused while an in-band renewal is open leads to no payment before that is decided`()
        throws
    {
        var talk = try Self.inbandSent()
        talk.hear(.renewalLost)
        talk.settle()
        #expect(talk.hear(.tokenRefused(Secret("T1"), reason: "401")).first == "hold")
        talk.settle()
        #expect(talk.pass(.seconds(119)) == [])
        #expect(talk.pass(.seconds(60)).first == "landed? 2")
        #expect(talk.landing(.notLanded) == ["write: 2 expired 1"])
        #expect(talk.written() == [])
        #expect(talk.pass(.seconds(60)) == ["GET /v2/schema/stream/s1"])
    }

    @Test func `an in-band renewal is only for v2`() throws {
        let v1 = StreamResource(origin: "https://stream.example", version: "v1", stream: "s1")
        let access = StreamAccess(
            Conversation.settings(inband: true, resource: v1), memory: LedgerMemory(), now: Conversation.start)
        #expect(access.want(.renewal(of: Secret("A"))).purpose == .renewal)
    }

    /// An in-band renewal of which nothing was heard, that the chain has.
    private static func inbandLanded() throws -> Conversation {
        var talk = try inbandSent()
        var lines = talk.hear(.renewalLost)
        for _ in 0..<1000 where !lines.contains("landed? 2") {
            talk.settle()
            lines = talk.pass(.seconds(1))
        }
        #expect(talk.landing(.landed(transaction: Conversation.transaction)) == ["reconnect"])
        return talk
    }

    @Test func `an in-band renewal that landed was served if its token is let in, with a later end where it has one`()
        throws
    {
        for expiresAt in ["later", nil] {
            var talk = try Self.inbandLanded()
            #expect(
                talk.hear(.hello(Secret("T1"), sliceSeconds: 300, expiresAt: expiresAt)) == [
                    "write: 2 settled served 1; token T1, unserved 0; +relay.payment.settled"
                ])
            #expect(talk.written() == [])
            #expect(talk.access.standing.state == .paid)
            // The slice began when it was paid for.
            #expect(talk.access.standing.paidUntil == Conversation.start + .seconds(570))
        }
    }

    @Test func `an in-band renewal that landed gave nothing if its token is refused or its end stays the same`() throws
    {
        var talk = try Self.inbandLanded()
        let unserved = "write: 2 settled unserved 1; token none, unserved 1; +relay.payment.settled"
        #expect(talk.hear(.tokenRefused(Secret("T1"), reason: "401")) == ["hold", unserved])
        #expect(talk.written() == ["GET /v2/schema/stream/s1"])
        talk = try Self.inbandLanded()
        #expect(
            talk.hear(.hello(Secret("T1"), sliceSeconds: 300, expiresAt: "end of T1")) == [
                "write: 2 settled unserved 1; token T1, unserved 1; +relay.payment.settled"
            ])
        #expect(talk.written() == [Self.post])
        // No connection comes up: once more.
        talk = try Self.inbandLanded()
        #expect(talk.pass(.seconds(120)) == ["reconnect"])
    }

    @Test(arguments: ["duplicate_settlement", "settlement_pending"])
    func `a stream that has the payment already does not refuse it`(words: String) throws {
        var talk = try Self.inbandSent()
        #expect(talk.hear(.failed(words)) == ["write: 2 unknown 1"])
    }
}

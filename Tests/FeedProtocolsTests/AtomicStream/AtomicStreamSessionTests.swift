import FeedProtocols
import RelayModel
import Testing

struct AtomicStreamSessionTests {
    // MARK: From opening to subscribed

    @Test func `it sends what is configured in the documented order, and then asks for the state`() {
        var talk = StreamTalk(
            options: #""eventFormat":"enhanced","includeLogs":false"#, accounts: ["a", "b", "a"], programs: ["p"],
            mints: ["m"])
        #expect(
            talk.open() == [
                #"send {"op":"setOptions","eventFormat":"enhanced","includeLogs":false}"#,
                #"send {"op":"setAccounts","accounts":["a","b"]}"#, #"send {"op":"setPrograms","programs":["p"]}"#,
                #"send {"op":"setMints","mints":["m"]}"#, StreamTalk.state,
            ])
        #expect(
            talk.hello() == [
                #"hello([secret], sliceSeconds: Optional(300), expiresAt: Optional("2026-01-01T00:05:00Z"))"#
            ])
        #expect(talk.status(#""watchedAccounts":2,"watchedMints":1"#) == ["subscribed 4"])
        #expect(talk.status() == [])
    }

    @Test func `what is not configured is not sent`() {
        var talk = StreamTalk(mints: ["m"])
        #expect(talk.open() == [#"send {"op":"setMints","mints":["m"]}"#, StreamTalk.state])
        var bare = StreamTalk()
        #expect(bare.open() == [StreamTalk.state])
    }

    @Test func `a good state before the hello counts with the hello`() {
        var talk = StreamTalk()
        _ = talk.open()
        #expect(talk.status() == [])
        #expect(talk.hello().last == "subscribed 0")
    }

    @Test func `events count from the first on`() {
        var talk = StreamTalk()
        _ = talk.open()
        #expect(talk.hear(#"{"type":"slot","slot":1}"#) == ["deliver"])
        #expect(talk.hear(#"{"type":"brand.new"}"#) == ["deliver"])
        #expect(talk.hear("nonsense") == ["malformed: not JSON"])
    }

    @Test func `a server that says no hello in time is given up`() {
        var talk = StreamTalk()
        _ = talk.open()
        #expect(talk.status() == [])
        #expect(talk.pass(.milliseconds(9_999)) == [])
        #expect(talk.pass(.milliseconds(1)) == ["end: the feed did not answer hello"])
        #expect(talk.session.nextDeadline == nil)
    }

    // MARK: What is heard

    @Test func `the server's words about the slice are handed on`() {
        var talk = StreamTalk()
        talk.subscribe()
        #expect(
            talk.hear(
                #"{"op":"renewal_reminder","expiresAt":"2026-01-01","msUntilExpiry":30000.9,"renew":{"http":{"priceHint":"amount=1"}}}"#
            ) == [#"reminder(expiresAt: Optional("2026-01-01"), msUntilExpiry: Optional(30000))"#])
        #expect(
            talk.hear(#"{"op":"payment_required","reason":"expired","renew":{}}"#)
                == [#"paymentRequired(reason: "expired")"#])
        #expect(
            talk.hear(#"{"op":"renewed","expiresAt":"u","method":"http"}"#)
                == [#"renewed(expiresAt: Optional("u"), method: Optional("http"))"#])
        #expect(talk.hear(#"{"op":"error","message":"no"}"#) == [#"failed("no")"#])
    }

    @Test(arguments: ["\"30000\"", "null", "3e4", "99999999999999999999", "[]"])
    func `a reminder that does not say when in whole milliseconds is a reminder all the same`(value: String) {
        var talk = StreamTalk()
        talk.subscribe()
        #expect(
            talk.hear(#"{"op":"renewal_reminder","msUntilExpiry":\#(value)}"#)
                == ["reminder(expiresAt: nil, msUntilExpiry: nil)"])
    }

    @Test func `the same word again within a second is not handed on`() {
        var talk = StreamTalk()
        talk.subscribe()
        for _ in 0..<3 { _ = talk.hear(#"{"op":"payment_required","reason":"a"}"#) }
        #expect(talk.hear(#"{"op":"payment_required","reason":"b"}"#) == [])
        #expect(talk.hear(#"{"op":"error","message":"x"}"#) == [#"failed("x")"#])
        _ = talk.pass(.seconds(1))
        #expect(talk.hear(#"{"op":"payment_required","reason":"b"}"#) == [#"paymentRequired(reason: "b")"#])
    }

    @Test func `unknown operations are noted, ten of a connection, and ignored`() {
        var talk = StreamTalk()
        talk.subscribe()
        var notes: [String] = []
        for number in 0..<20 { notes += talk.hear(#"{"op":"new\#(number)","type":"status"}"#) }
        #expect(notes.count == 10)
        #expect(notes.first == #"unexpected("new0")"#)
        #expect(talk.hear(#"{"op":"pong"}"#) == [])
        #expect(talk.hear(#"{"type":"slot"}"#) == ["deliver"])
    }

    @Test func `a second hello changes nothing`() {
        var talk = StreamTalk()
        talk.subscribe()
        #expect(talk.hello() == [#"unexpected("hello")"#])
    }

    @Test func `no token is shown, neither the connection's nor one that it was renewed with`() {
        var talk = StreamTalk(token: "tok-1")
        talk.subscribe()
        #expect(talk.renew("tok/2") == [#"send {"op":"renew_token","token":"tok/2"}"#])
        #expect(
            talk.hear(#"{"op":"error","message":"bad tok-1 or tok/2"}"#) == [#"failed("bad [secret] or [secret]")"#])
        #expect(
            talk.hear(#"{"op":"renewed","expiresAt":"tok-1","method":"tok\/2"}"#)
                == [#"renewed(expiresAt: Optional("[secret]"), method: Optional("[secret]"))"#])
        #expect(talk.hear(#"{"op":"tok-1"}"#) == [#"unexpected("[secret]")"#])
        for number in 3..<60 { _ = talk.renew("tok-\(number).") }
        _ = talk.pass(.seconds(1))
        #expect(
            talk.hear(#"{"op":"error","message":"tok-1 tok-59."}"#) == [#"failed("[secret] [secret]")"#])
    }

    @Test func `a time stays as it came, though a token begins as it ends`() {
        var talk = StreamTalk(token: "Z-1")
        #expect(talk.open().count == 1)
        #expect(talk.hello().first?.contains("2026-01-01T00:05:00Z") == true)
    }

    @Test func `a payment goes out byte for byte`() {
        var talk = StreamTalk()
        talk.subscribe()
        #expect(
            talk.pay(#"{"a": 1.0}"#, #"{"x402Version":2,"p":"\u0041"}"#) == [
                #"send {"op":"renew_inband","paymentRequirements":{"a": 1.0},"paymentPayload":{"x402Version":2,"p":"\u0041"}}"#
            ])
    }

    // MARK: The watchdog

    @Test func `it pings, and asks for the state whenever ten seconds brought none`() {
        var talk = StreamTalk()
        talk.subscribe()
        #expect(talk.pass(.seconds(9), all: true) == [])
        #expect(talk.pass(.seconds(1), all: true) == [StreamTalk.state])
        _ = talk.status()
        #expect(talk.pass(.seconds(9), all: true) == [])
        #expect(talk.pass(.seconds(1), all: true) == [StreamTalk.state])
        #expect(talk.pass(.seconds(10), all: true) == [StreamTalk.ping, StreamTalk.state])
        #expect(talk.hear(#"{"type":"slot"}"#) == ["deliver"])
        #expect(talk.pass(.seconds(10), all: true) == [StreamTalk.state])
    }

    @Test func `any message answers a ping, and silence ends the connection`() {
        var talk = StreamTalk()
        talk.subscribe()
        _ = talk.pass(.seconds(30))
        #expect(talk.hear(#"{"type":"slot"}"#) == ["deliver"])
        _ = talk.status()
        #expect(talk.pass(.seconds(29)) == [])
        #expect(talk.pass(.seconds(11)).last == "end: nothing came within 10.0 seconds of a ping")
    }

    @Test func `while nothing is read no wait goes on`() {
        var talk = StreamTalk()
        _ = talk.open()
        talk.pause()
        #expect(talk.pass(.seconds(600)) == [])
        talk.resume()
        #expect(talk.hello().count == 1)
        #expect(talk.status(#""processedHeadSlot":1"#) == ["subscribed 0"])
    }

    @Test func `once it closes it says nothing more`() {
        var talk = StreamTalk()
        talk.subscribe()
        let watch = StreamWatch(options: nil, accounts: ["a"], programs: [], mints: [])
        var session = talk.session
        session.closing()
        #expect(session.nextDeadline == nil)
        #expect(session.change(watch: watch, now: talk.now).isEmpty)
        #expect(session.renew(token: Secret("x")).isEmpty)
        #expect(session.tick(now: talk.now + .seconds(500)).isEmpty)
        #expect(session.received(Array(#"{"type":"status","nodeHealthy":false}"#.utf8), now: talk.now).count == 1)
    }
}

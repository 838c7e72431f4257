import FeedProtocols
import RelayModel
import Testing

/// What the session makes of the feed's errors, of answers that do not come, and of messages that nobody awaits.
struct Interface402ErrorTests {
    // MARK: Keys

    @Test func `a refused key is found, reported, and leaves the others subscribed`() {
        var talk = Conversation(keys: ["payments", "bad", "settlements"])
        #expect(talk.open() == [subscribe("payments", "bad", "settlements")])
        #expect(
            talk.fail("SUBSCRIPTION_FAILED") == [
                #"keysRefused(["payments", "bad", "settlements"], reason: "no")"#
            ])
        #expect(talk.pass(.seconds(1)) == [subscribe("payments")])
        #expect(talk.confirm("payments") == [subscribe("bad")])
        #expect(
            talk.fail("SUBSCRIPTION_FAILED", "Invalid subscription key") == [
                #"keyRefused("bad", reason: "Invalid subscription key")"#, subscribe("settlements"),
            ])
        #expect(talk.confirm("settlements") == [subscribed(2, refused: ["bad"])])
    }

    @Test func `a single key that is refused is the bad one`() {
        var talk = Conversation(keys: ["bad"])
        _ = talk.open()
        #expect(
            talk.fail("SUBSCRIPTION_FAILED") == [
                #"keyRefused("bad", reason: "no")"#, "end: the feed refused every subscription key",
            ])
    }

    @Test func `what a feed confirms of a refused message counts, before the error or after`() {
        var before = Conversation(keys: ["payments", "bad"])
        _ = before.open()
        #expect(before.confirm("payments") == [])
        #expect(
            before.fail("SUBSCRIPTION_FAILED") == [
                #"keyRefused("bad", reason: "no")"#, subscribed(1, refused: ["bad"]),
            ])

        var after = Conversation(keys: ["payments", "bad"])
        _ = after.open()
        #expect(after.fail("SUBSCRIPTION_FAILED") == [#"keysRefused(["payments", "bad"], reason: "no")"#])
        #expect(after.confirm("payments") == [])
        #expect(after.pass(.seconds(1)) == [subscribe("bad")])
    }

    @Test func `several errors for one message are not laid to the first key sent alone`() {
        var talk = Conversation(keys: ["payments", "bad", "worse"])
        _ = talk.open()
        #expect(
            talk.fail("SUBSCRIPTION_FAILED") == [#"keysRefused(["payments", "bad", "worse"], reason: "no")"#])
        #expect(talk.fail("SUBSCRIPTION_FAILED") == [#"serverError(code: "SUBSCRIPTION_FAILED", message: "no")"#])
        #expect(talk.pass(.seconds(1)) == [subscribe("payments")])
        #expect(talk.confirm("payments") == [subscribe("bad")])
    }

    @Test func `a key that was refused and is confirmed after all counts`() {
        var talk = Conversation(keys: ["payments", "slow"], suspects: ["slow"])
        _ = talk.open()
        #expect(talk.confirm("payments") == [subscribe("slow")])
        #expect(talk.fail("SUBSCRIPTION_FAILED").last == subscribed(1, refused: ["slow"]))
        #expect(talk.confirm("slow") == [subscribed(2)])
    }

    @Test func `keys refused on an earlier connection go last and alone`() {
        var talk = Conversation(keys: ["payments", "bad", "settlements"], suspects: ["bad"])
        #expect(talk.open() == [subscribe("payments", "settlements")])
        #expect(talk.confirm("payments", "settlements") == [subscribe("bad")])
    }

    // MARK: Answers that do not come

    @Test func `no answer to authenticate or to the first subscribe ends it`() {
        var silent = Conversation(apiKey: "k")
        _ = silent.open()
        #expect(silent.pass(.seconds(10)) == ["end: the feed did not answer authenticate"])

        var deaf = Conversation()
        _ = deaf.open()
        #expect(deaf.pass(.seconds(10)) == ["end: the feed did not answer subscribe"])
    }

    @Test func `a key that is never answered does not cost the others`() {
        var talk = Conversation(keys: ["payments", "lost", "settlements"])
        _ = talk.open()
        #expect(talk.confirm("payments") == [])
        #expect(
            talk.pass(.seconds(11)) == [
                #"keysRefused(["lost", "settlements"], reason: "no answer")"#, subscribe("lost"),
            ])
        #expect(talk.pass(.seconds(10)) == [#"keyRefused("lost", reason: "no answer")"#, subscribe("settlements")])
        #expect(talk.confirm("settlements") == [subscribed(2, refused: ["lost"])])
    }

    // MARK: Limits

    @Test func `a wrong key ends it, whenever the feed says so`() {
        var early = Conversation(apiKey: "k3y")
        _ = early.open()
        #expect(
            early.fail("AUTHENTICATION_FAILED", "Invalid API key k3y") == [
                "end: the feed refused the API key: Invalid API key [secret]"
            ])

        var late = Conversation()
        _ = late.open()
        _ = late.confirm("payments")
        #expect(late.fail("AUTHENTICATION_FAILED") == ["end: the feed refused the API key: no"])
    }

    @Test func `a connection limit ends it`() {
        var talk = Conversation()
        _ = talk.open()
        #expect(talk.fail("CONNECTION_LIMIT") == ["end: the feed allows no further connection: no"])
    }

    @Test func `a rate limit repeats what was refused after a pause that doubles`() {
        var talk = Conversation(keys: ["payments", "settlements"])
        _ = talk.open()
        #expect(talk.fail("RATE_LIMIT_EXCEEDED") == ["rateLimited(pause: 1.0 seconds)"])
        // A second error for the same burst changes nothing.
        #expect(talk.fail("RATE_LIMIT_EXCEEDED") == [])
        #expect(talk.pass(.milliseconds(999)) == [])
        #expect(talk.pass(.milliseconds(1)) == [subscribe("payments", "settlements")])
        #expect(talk.fail("RATE_LIMIT_EXCEEDED") == ["rateLimited(pause: 2.0 seconds)"])
        #expect(talk.pass(.seconds(2)) == [subscribe("payments", "settlements")])
        #expect(talk.confirm("payments", "settlements") == [subscribed(2)])
        #expect(talk.fail("RATE_LIMIT_EXCEEDED") == ["rateLimited(pause: 1.0 seconds)"])
    }

    @Test func `the pause after a rate limit ends at a minute`() {
        var talk = Conversation()
        _ = talk.open()
        var pauses: [String] = []
        for _ in 0..<9 {
            pauses += talk.fail("RATE_LIMIT_EXCEEDED")
            var sent: [String] = []
            while !sent.contains(subscribe("payments")), sent.count < 1000 {
                sent += talk.pass(.seconds(1)) + ["a second"]
                talk.heardBytes()
            }
        }
        #expect(pauses.last == "rateLimited(pause: 60.0 seconds)")
        #expect(pauses.count == 9)
    }

    @Test func `a rate limit while authenticating authenticates again`() {
        var talk = Conversation(apiKey: "k")
        let authenticate = talk.open()
        #expect(talk.fail("RATE_LIMIT_EXCEEDED") == ["rateLimited(pause: 1.0 seconds)"])
        #expect(talk.pass(.seconds(1)) == authenticate)
    }

    // MARK: What nobody awaits

    @Test(arguments: [
        (#"{"type":"authenticated","plan":"premium"}"#, [#"unexpected("authenticated")"#]),
        (#"{"type":"subscribed","keys":["strange"]}"#, [#"unexpected("subscribed")"#]),
        (#"{"type":"subscribed","keys":["payments"]}"#, []),
        (#"{"type":"subscribed","keys":7}"#, []),
        (#"{"type":"unsubscribed","keys":["payments"]}"#, [#"unexpected("unsubscribed")"#]),
        (#"{"type":"error","code":"TEAPOT","message":"a\nb"}"#, [#"serverError(code: "TEAPOT", message: "a\\u{a}b")"#]),
        (#"{"type":"error"}"#, [#"serverError(code: "", message: "")"#]),
        (#"{"type":"error","code":7,"message":[]}"#, [#"serverError(code: "", message: "")"#]),
        (
            #"{"type":"error","code":"SUBSCRIPTION_FAILED"}"#,
            [#"serverError(code: "SUBSCRIPTION_FAILED", message: "")"#]
        ),
    ])
    func `odd messages are reported and harmless`(message: String, expected: [String]) {
        var talk = Conversation()
        _ = talk.open()
        _ = talk.confirm("payments")
        #expect(talk.hear(message) == expected)
        #expect(talk.hear(Samples.payment) == ["deliver payment"])
        #expect(talk.pass(.seconds(29)) == [])
    }

    @Test func `odd messages while authenticating change nothing`() {
        var talk = Conversation(apiKey: "k")
        _ = talk.open()
        #expect(talk.confirm("payments") == [#"unexpected("subscribed")"#])
        #expect(talk.fail("SUBSCRIPTION_FAILED").count == 1)
        #expect(talk.hear(#"{"type":"authenticated","plan":"standard"}"#).last == subscribe("payments"))
    }

    @Test func `a peer cannot fill the log with odd messages`() {
        var talk = Conversation()
        _ = talk.open()
        let reports = (0..<1000).flatMap { _ in talk.hear(#"{"type":"unsubscribed"}"#) }
        #expect(reports.count == 10)
    }

    @Test func `messages before it is open mean nothing`() {
        var talk = Conversation()
        #expect(talk.confirm("payments") == [])
        #expect(talk.session.nextDeadline == nil)
        #expect(talk.open() == [subscribe("payments")])
    }
}

import FeedProtocols
import RelayModel
import Testing

struct Interface402SessionTests {
    // MARK: From opening to subscribed

    @Test func `without a key it subscribes at once`() {
        var talk = Conversation(keys: ["payments", "verifications"])
        #expect(talk.open() == [subscribe("payments", "verifications")])
        #expect(talk.confirm("payments", "verifications") == [subscribed(2)])
    }

    @Test func `with a key it authenticates, waits, and then subscribes`() {
        var talk = Conversation(apiKey: #"k"1"#)
        #expect(talk.open() == [#"send {"method":"authenticate","apiKey":"k\"1"}"#])
        #expect(talk.pass(.seconds(5)) == [])
        #expect(
            talk.hear(#"{"type":"authenticated","userId":"u","plan":"Premium"}"#) == [
                "\(SessionReport.authenticated(FeedPlan(name: "premium", connections: 20, messagesPerSecond: 200)))",
                subscribe("payments"),
            ])
        #expect(talk.confirm("payments") == [subscribed(1)])
    }

    @Test(
        arguments: [
            ("standard", 5, 50), ("premium", 20, 200), ("gold", nil, 50),
        ] as [(String, Int?, Int)])
    func `the plan says what the feed allows`(name: String, connections: Int?, rate: Int) {
        var talk = Conversation(apiKey: "k")
        _ = talk.open()
        let plan = FeedPlan(name: name, connections: connections, messagesPerSecond: rate)
        #expect(
            talk.hear(#"{"type":"authenticated","plan":"\#(name)"}"#).first == "\(SessionReport.authenticated(plan))")
    }

    @Test func `events count before everything is confirmed`() {
        var talk = Conversation()
        _ = talk.open()
        #expect(talk.hear(Samples.payment) == ["deliver payment"])
        #expect(talk.hear("nonsense") == ["malformed: not JSON"])
        #expect(talk.confirm("payments") == [subscribed(1)])
        #expect(talk.hear(#"{"type":"brand.new"}"#) == ["deliver brand.new"])
    }

    @Test func `many keys go in few messages, one in flight`() {
        let keys = (0..<250).map { "key\($0)" }
        var talk = Conversation(keys: keys)
        var sent = talk.open()
        #expect(sent.count == 1)
        var rounds = 0
        while let message = sent.first, message.hasPrefix("send"), rounds < 10 {
            rounds += 1
            #expect(talk.pass(.milliseconds(900)) == [])
            let confirmation = message.dropFirst(5)
                .replacing(#""method":"subscribe""#, with: #""type":"subscribed""#)
            sent = talk.hear(String(confirmation))
        }
        #expect(rounds == 3)
        #expect(sent == [subscribed(250)])
    }

    @Test func `a feed may confirm a message's keys one by one, in its own spelling`() {
        let evm = "0x" + String(repeating: "Ab", count: 20)
        var talk = Conversation(keys: ["payments", evm])
        _ = talk.open()
        #expect(talk.confirm("payments") == [])
        #expect(talk.confirm(evm.lowercased()) == [subscribed(2)])
    }

    @Test func `an answer that names no keys confirms the message in flight`() {
        var talk = Conversation(keys: ["payments", "settlements"])
        _ = talk.open()
        #expect(talk.hear(#"{"type":"subscribed"}"#) == [subscribed(2)])
        #expect(talk.hear(#"{"type":"subscribed"}"#) == [#"unexpected("subscribed")"#])
    }

    @Test(arguments: [(1, 50, 17), (5, 50, 7), (1, 200, 55)])
    func `the pace stays well below the plan's rate`(connections: Int, rate: Int, allowed: Int) {
        let keys = (0..<20_000).map { "key\($0)" }
        var talk = Conversation(.init(apiKey: Secret("k"), keys: keys, connections: connections))
        _ = talk.open()
        var sent = talk.hear(#"{"type":"authenticated","plan":"\#(rate == 50 ? "standard" : "premium")"}"#)
        while !sent.contains(where: { $0.hasPrefix("subscribed") }), talk.sentAt.count < 300 {
            sent = talk.hear(#"{"type":"subscribed"}"#)
            if sent.isEmpty { sent = talk.pass(.milliseconds(5)) }
            while sent.isEmpty { sent = talk.pass(.milliseconds(5)) }
        }
        #expect(talk.sentAt.count > 200)
        for start in talk.sentAt {
            let inASecond = talk.sentAt.count { $0 >= start && $0 - start < .seconds(1) }
            #expect(inASecond <= allowed)
            #expect(inASecond * connections < rate)
        }
    }

    // MARK: Silence

    @Test func `it pings, and any answer will do`() {
        var talk = Conversation()
        _ = talk.open()
        _ = talk.confirm("payments")
        #expect(talk.pass(.seconds(30)) == [ping])
        #expect(talk.hear(#"{"type":"pong"}"#) == [])
        #expect(talk.pass(.seconds(30)) == [ping])
        #expect(talk.hear(Samples.payment) == ["deliver payment"])
        #expect(talk.pass(.seconds(30)) == [ping])
        talk.heardBytes()
        #expect(talk.pass(.seconds(29)) == [])
    }

    @Test func `silence after a ping ends it`() {
        var talk = Conversation()
        _ = talk.open()
        _ = talk.confirm("payments")
        #expect(talk.pass(.milliseconds(39_999)) == [ping])
        #expect(talk.pass(.milliseconds(1)) == ["end: nothing came within 10.0 seconds of a ping"])
        #expect(talk.pass(.seconds(1000)) == [])
    }

    @Test func `nothing at all for too long ends it`() {
        var talk = Conversation(
            .init(
                apiKey: nil, keys: ["payments"], pingInterval: .seconds(300), pongTimeout: .seconds(10),
                idleTimeout: .seconds(120)))
        _ = talk.open()
        _ = talk.confirm("payments")
        #expect(talk.pass(.seconds(100)) == [])
        talk.heardBytes()
        #expect(talk.pass(.milliseconds(119_999)) == [])
        #expect(talk.pass(.milliseconds(1)) == ["end: nothing came for 120.0 seconds"])
    }

    @Test func `while nothing is read the watchdog rests, and goes on after`() {
        var talk = Conversation()
        _ = talk.open()
        _ = talk.confirm("payments")
        #expect(talk.pass(.seconds(31)) == [ping])
        talk.pause()
        #expect(talk.pass(.seconds(3600)).allSatisfy { $0 == ping })
        talk.resume()
        #expect(talk.pass(.milliseconds(8_999)) == [])
        #expect(talk.pass(.milliseconds(1)) == ["end: nothing came within 10.0 seconds of a ping"])
    }

    @Test func `a ping during a pause may be answered in full length after it`() {
        var talk = Conversation()
        _ = talk.open()
        _ = talk.confirm("payments")
        talk.pause()
        #expect(talk.pass(.seconds(35)) == [ping])
        talk.resume()
        #expect(talk.pass(.milliseconds(9_999)) == [])
        #expect(talk.pass(.milliseconds(1)) == ["end: nothing came within 10.0 seconds of a ping"])
    }

    @Test func `after a pause there is time to read what the kernel holds`() {
        var talk = Conversation()
        _ = talk.open()
        _ = talk.confirm("payments")
        #expect(talk.pass(.milliseconds(39_999)) == [ping])
        talk.pause()
        _ = talk.pass(.seconds(60))
        talk.resume()
        #expect(talk.pass(.milliseconds(999)) == [])
        #expect(talk.hear(#"{"type":"pong"}"#) == [])
        #expect(talk.pass(.seconds(10)) == [])
    }

    @Test(
        arguments: [
            (.milliseconds(500), .milliseconds(500)), (.milliseconds(1), .seconds(5)), (.seconds(3), .seconds(1)),
            (.seconds(9), .milliseconds(1)),
        ] as [(Duration, Duration)])
    func `pauses that come and go do not hide a dead peer`(reading: Duration, pausing: Duration) {
        var talk = Conversation()
        _ = talk.open()
        _ = talk.confirm("payments")
        #expect(talk.pass(.seconds(30)) == [ping])
        // The answer's 10 seconds, the floor, and the last time around.
        let times = Int((.seconds(11) + reading) / reading)
        #expect(
            talk.flap(reading: reading, pausing: pausing, times: times).filter { $0 != ping }
                == ["end: nothing came within 10.0 seconds of a ping"])
    }

    @Test func `pauses that come and go do not put off what is never answered`() {
        var talk = Conversation()
        _ = talk.open()
        var shown: [String] = []
        for _ in 0..<22 {
            // Events come all the while, so only the answer is missing.
            _ = talk.hear(Samples.payment)
            shown += talk.flap(reading: .milliseconds(500), pausing: .milliseconds(500), times: 1)
        }
        #expect(shown == ["end: the feed did not answer subscribe"])
    }

    @Test func `pauses that come and go do not put off the end of an idle connection`() {
        var talk = Conversation(
            .init(
                apiKey: nil, keys: ["payments"], pingInterval: .seconds(300), pongTimeout: .seconds(10),
                idleTimeout: .seconds(120)))
        _ = talk.open()
        _ = talk.confirm("payments")
        #expect(
            talk.flap(reading: .milliseconds(600), pausing: .milliseconds(400), times: 202)
                == ["end: nothing came for 120.0 seconds"])
    }

    @Test func `an answer that cannot be read is not missed`() {
        var talk = Conversation()
        _ = talk.open()
        talk.pause()
        _ = talk.pass(.seconds(100))
        talk.resume()
        #expect(talk.pass(.milliseconds(9_999)) == [])
        #expect(talk.confirm("payments") == [subscribed(1)])
    }

    @Test func `the last message is remembered, not the last byte`() {
        var talk = Conversation()
        _ = talk.open()
        #expect(talk.session.lastMessageAt == nil)
        _ = talk.pass(.seconds(1))
        _ = talk.hear(#"{"type":"pong"}"#)
        let heard = talk.now
        _ = talk.pass(.seconds(1))
        talk.heardBytes()
        #expect(talk.session.lastMessageAt == heard)
    }

    @Test func `while it closes, events still count and nothing else happens`() {
        var talk = Conversation()
        _ = talk.open()
        talk.close()
        #expect(talk.hear(Samples.payment) == ["deliver payment"])
        #expect(talk.confirm("payments") == [])
        #expect(talk.session.nextDeadline == nil)
    }
}

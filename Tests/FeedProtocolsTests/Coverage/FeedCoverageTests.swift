import FeedProtocols
import RelayModel
import Testing

struct FeedCoverageTests {
    private let lost = "connection lost: the connection broke off: reset"
    private let gone = "disconnected: the connection broke off: reset"

    // MARK: One connection

    @Test func `a feed that was never seen has no gap before its first subscription`() {
        var talk = CoverageTalk()
        #expect(talk.seen == nil)
        #expect(talk.openGapSince == nil)
        #expect(talk.lost(0, .connectTimeout(.seconds(1))) == [])
        talk.at(5)
        #expect(talk.subscribed(0) == ["connected"])
        #expect(talk.seen == 5)
    }

    @Test func `a gap runs from the last message to the next subscription`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(10)
        #expect(talk.heard(0) == [])
        talk.at(13)
        #expect(talk.lost(0) == [gone])
        #expect(talk.openGapSince == 10)
        #expect(talk.seen == 10)
        talk.at(20)
        #expect(talk.subscribed(0) == ["connected", "gap 10-20: \(lost)"])
        #expect(talk.openGapSince == nil)
        #expect(talk.seen == 20)
    }

    @Test func `what comes before the subscription proves nothing`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(10)
        _ = talk.lost(0)
        talk.at(15)
        #expect(talk.heard(0) == [])
        talk.at(20)
        #expect(talk.subscribed(0) == ["connected", "gap 0-20: \(lost)"])
    }

    @Test func `the relay's own absence is a gap, and says what came on top`() {
        var talk = CoverageTalk(lastSeen: 60)
        #expect(talk.seen == -60)
        #expect(talk.openGapSince == -60)
        for _ in 0..<5 { #expect(talk.lost(0, .connectTimeout(.seconds(1))) == []) }
        talk.at(7)
        #expect(
            talk.subscribed(0) == [
                "connected", "gap -60-7: the relay was not running; not connected within 1.0 seconds",
            ])
    }

    @Test func `a last-seen time that the clock was set back from is no later than now`() {
        var talk = CoverageTalk(lastSeen: -500)
        #expect(talk.seen == 0)
        talk.at(3)
        #expect(talk.subscribed(0) == ["connected", "gap 0-3: the relay was not running"])
    }

    @Test func `a gap that the clock finds no time for is told all the same`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.lost(0)
        #expect(talk.subscribed(0) == ["connected", "gap 0-0: \(lost)"])
        talk.at(1)
        #expect(talk.heard(0) == [])
    }

    @Test func `the causes of an outage are told once each, the first ones`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.lost(0)
        for text in ["a", "b", "a", "c", "d"] { _ = talk.lost(0, .unreachable(text)) }
        talk.at(9)
        #expect(talk.subscribed(0).last == "gap 0-9: \(lost); cannot connect: a; cannot connect: b")
    }

    // MARK: Several connections

    @Test func `one that drops while another is heard leaves no gap`() {
        var talk = CoverageTalk()
        #expect(talk.subscribed(0) == ["connected"])
        #expect(talk.subscribed(1) == [])
        talk.at(10)
        #expect(talk.lost(0) == [])
        talk.at(12)
        #expect(talk.subscribed(0) == [])
        #expect(talk.seen == 0)
        talk.at(13)
        #expect(talk.heard(1) == [])
        #expect(talk.seen == 13)
        #expect(talk.coverage.subscribedConnections == 2)
    }

    @Test func `both dropped is one gap, from the last word of either`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        talk.at(8)
        _ = talk.heard(1)
        talk.at(9)
        _ = talk.heard(0)
        talk.at(10)
        #expect(talk.lost(0, .idle(.seconds(120))) == [])
        talk.at(11)
        #expect(talk.lost(1) == [gone])
        talk.at(14)
        #expect(
            talk.subscribed(1) == ["connected", "gap 9-14: connection lost: nothing came for 120.0 seconds; \(lost)"])
        talk.at(15)
        #expect(talk.subscribed(0) == [])
        talk.at(16)
        #expect(talk.heard(1) + talk.heard(0) == [])
    }

    @Test func `one that was dead all along does not hide what the other missed`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        talk.at(50)
        _ = talk.heard(1)
        talk.at(99)
        _ = talk.heard(0)
        talk.at(100)
        #expect(talk.lost(0) == [])
        talk.at(110)
        #expect(talk.subscribed(0) == [])
        #expect(talk.seen == 99)
        talk.at(120)
        #expect(talk.heard(0) == [])
        #expect(talk.seen == 99)
        #expect(
            talk.lost(1, .noPong(.seconds(10))) == [
                "gap 99-110: \(lost); connection lost: nothing came within 10.0 seconds of a ping"
            ])
        #expect(talk.seen == 120)
    }

    @Test func `a hole waits for each connection that was subscribed across it`() {
        var talk = CoverageTalk()
        for connection in 0..<3 { _ = talk.subscribed(connection) }
        talk.at(10)
        _ = talk.heard(0)
        _ = talk.lost(0)
        talk.at(20)
        _ = talk.subscribed(0)
        talk.at(21)
        #expect(talk.lost(1) == [])
        talk.at(22)
        #expect(talk.heard(2) == [])
        talk.at(30)
        #expect(talk.lost(2) == [])
        talk.at(31)
        #expect(talk.heard(0) == [])
    }

    @Test func `touching holes of one outage are one gap`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        talk.at(10)
        _ = talk.heard(0)
        _ = talk.lost(0)
        talk.at(20)
        _ = talk.subscribed(0)
        talk.at(25)
        // Nothing came on it but its subscription.
        _ = talk.lost(0)
        talk.at(30)
        #expect(talk.subscribed(0) == [])
        talk.at(40)
        #expect(talk.lost(1) == ["gap 10-30: \(lost)"])
        talk.at(41)
        #expect(talk.heard(0) == [])
    }

    @Test func `a certain hole waits for the one that it touches`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        talk.at(10)
        _ = talk.heard(0)
        _ = talk.lost(0)
        talk.at(20)
        _ = talk.subscribed(2)
        _ = talk.subscribed(0)
        _ = talk.lost(0)
        talk.at(30)
        _ = talk.subscribed(0)
        // 10 to 20 is certain from here on; 20 to 30 may still be closed by the third.
        #expect(talk.lost(1) == [])
        #expect(talk.seen == 10)
        talk.at(31)
        #expect(talk.heard(2) == ["gap 10-20: \(lost)"])
        #expect(talk.seen == 31)
    }

    @Test func `holes that wait are bounded, and the oldest is told`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        var told: [String] = []
        for round in 0..<100 {
            talk.at(round * 10 + 1)
            _ = talk.heard(0)
            told += talk.lost(0)
            talk.at(round * 10 + 2)
            told += talk.subscribed(0)
        }
        #expect(told.count == 36)
        #expect(told.first == "gap 1-2: \(lost)")
        #expect(talk.heard(1) == [])
        #expect(talk.seen == 992)
    }

    @Test func `a second source that takes over before the first ends leaves no gap`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(5)
        #expect(talk.subscribed(0, source: 1) == [])
        talk.at(6)
        #expect(talk.heard(0, source: 0) == [])
        #expect(talk.lost(0, source: 0, .stopped) == [])
        talk.at(7)
        #expect(talk.heard(0, source: 1) == [])
        #expect(talk.seen == 7)
    }

    // MARK: Reading

    @Test func `a pause that no connection ends in leaves no gap`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(10)
        _ = talk.heard(0)
        talk.pause()
        talk.at(70)
        #expect(talk.seen == 10)
        talk.resume()
        #expect(talk.heard(0) == [])
        // The first words after it have waited for a minute.
        #expect(talk.seen == 10)
        talk.at(130)
        #expect(talk.heard(0) == [])
        #expect(talk.seen == 130)
    }

    @Test func `a pause that ends in a drop is a gap from before it, whatever the socket still held`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(10)
        _ = talk.heard(0)
        talk.pause()
        talk.at(70)
        #expect(talk.heard(0) == [])
        #expect(talk.lost(0) == [gone])
        talk.resume()
        talk.at(75)
        #expect(
            talk.subscribed(0) == [
                "connected",
                "gap 10-75: connection lost when reading had been paused: the connection broke off: reset",
            ])
    }

    @Test func `so is a drop before the pause is made up for`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(10)
        _ = talk.heard(0)
        talk.pause()
        talk.at(70)
        talk.resume()
        talk.at(72)
        _ = talk.heard(0)
        _ = talk.lost(0)
        talk.at(75)
        #expect(talk.subscribed(0).last?.hasPrefix("gap 14-75: connection lost when reading had been paused") == true)
        // The new connection has nothing to make up for.
        talk.at(80)
        _ = talk.heard(0)
        #expect(talk.seen == 80)
    }

    @Test func `pauses that come and go add up`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        for round in 0..<10 {
            talk.at(round * 4)
            talk.pause()
            talk.at(round * 4 + 3)
            talk.resume()
            talk.at(round * 4 + 4)
            _ = talk.heard(0)
        }
        // 30 seconds of 40 were not read, and 10 were.
        #expect(talk.seen == 18 || talk.seen == 20)
        talk.at(100)
        _ = talk.heard(0)
        #expect(talk.seen == 100)
    }

    // MARK: Keys

    @Test func `a refused key is told once, until it is accepted again or no longer wanted`() {
        var talk = CoverageTalk()
        #expect(talk.refuse("bad") == ["refused bad: no"])
        _ = talk.subscribed(0, refused: ["bad"])
        #expect(talk.refuse("bad") == [])
        #expect(talk.coverage.refusedKeys == ["bad"])
        _ = talk.subscribed(1, refused: [])
        #expect(talk.coverage.refusedKeys == [])
        #expect(talk.refuse("bad") == ["refused bad: no"])
        talk.want("payments", "bad")
        #expect(talk.coverage.refusedKeys == ["bad"])
        talk.want("payments")
        #expect(talk.coverage.refusedKeys == [])
        #expect(talk.refuse("bad") == ["refused bad: no"])
    }

    @Test func `an EVM address is one key in any case`() {
        let upper = "0x" + String(repeating: "AB", count: 20)
        var talk = CoverageTalk()
        #expect(talk.refuse(upper).count == 1)
        #expect(talk.refuse(upper.lowercased()) == [])
        talk.want(upper.lowercased())
        #expect(talk.coverage.refusedKeys.count == 1)
    }

    // MARK: As events

    @Test func `a gap's event has its times, its duration and its cause`() {
        let gap = Gap(
            from: Timestamp(milliseconds: 1_697_234_567_890), to: Timestamp(milliseconds: 1_697_234_580_390), cause: "x"
        )
        let event = FeedNews.gap(gap, at: gap.to).event(feed: "payments")
        #expect(
            String(decoding: event.data(number: 7), as: UTF8.self)
                == #"{"type":"relay.feed.gap","at":1697234580390,"n":7,"feed":"payments","#
                + #""from":"2023-10-13T22:02:47.890Z","to":"2023-10-13T22:03:00.390Z","duration":"12.5","cause":"x"}"#)
    }

    @Test func `the other events say which feed, why, and which key`() {
        let at = Timestamp(milliseconds: 5)
        let shown = [
            FeedNews.connected(at: at), .disconnected(at: at, reason: "r"), .keyRefused("k", reason: "r", at: at),
        ].map { String(decoding: $0.event(feed: "f").data(number: 1), as: UTF8.self) }
        #expect(
            shown == [
                #"{"type":"relay.feed.connected","at":5,"n":1,"feed":"f"}"#,
                #"{"type":"relay.feed.disconnected","at":5,"n":1,"feed":"f","reason":"r"}"#,
                #"{"type":"relay.feed.unhealthy","at":5,"n":1,"feed":"f","reason":"r","key":"k"}"#,
            ])
    }

    @Test(arguments: [(0, "0"), (1, "0.001"), (500, "0.5"), (12_340, "12.34"), (60_000, "60"), (-1500, "-1.5")])
    func `a duration is the shortest decimal of seconds`(milliseconds: Int64, text: String) {
        #expect(Duration.milliseconds(milliseconds).secondsText == text)
    }
}

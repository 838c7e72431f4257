import FeedProtocols
import RelayModel
import Testing

/// Connections that are up and bring less than they should.
struct ImpairedCoverageTests {
    private let sick = "the feed was unhealthy: sick"
    private let reset = "connection lost: the connection broke off: reset"

    @Test func `an unhealthy time is a gap though the socket is up, and no disconnection`() {
        var talk = CoverageTalk()
        #expect(talk.subscribed(0) == ["connected"])
        talk.at(40)
        _ = talk.heard(0)
        #expect(talk.seen == 40)
        talk.at(50)
        #expect(talk.impaired(0, since: 20) == ["unhealthy: sick"])
        // What was written down goes back with it.
        #expect(talk.seen == 20)
        #expect(talk.openGapSince == 20)
        #expect(talk.coverage.subscribedConnections == 0)
        #expect(talk.coverage.unhealthyReason == "sick")
        talk.at(60)
        #expect(talk.heard(0) == [])
        #expect(talk.seen == 20)
        talk.at(70)
        #expect(talk.subscribed(0) == ["gap 20-70: \(sick)"])
        #expect(talk.seen == 70)
        #expect(talk.coverage.unhealthyReason == nil)
    }

    @Test func `an episode is told once, and the next one again`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(10)
        _ = talk.heard(0)
        #expect(talk.impaired(0, since: 5) == ["unhealthy: sick"])
        #expect(talk.impaired(0, since: 5, "worse") == [])
        #expect(talk.coverage.unhealthyReason == "worse")
        talk.at(20)
        #expect(talk.subscribed(0) == ["gap 5-20: \(sick)"])
        talk.at(30)
        #expect(talk.impaired(0, since: 25) == ["unhealthy: sick"])
    }

    @Test func `it reaches back no further than the subscription, and no further forward than the last word`() {
        var talk = CoverageTalk()
        talk.at(10)
        _ = talk.subscribed(0)
        talk.at(20)
        _ = talk.heard(0)
        talk.at(30)
        _ = talk.impaired(0, since: 0)
        #expect(talk.seen == 10)

        var other = CoverageTalk()
        _ = other.subscribed(0)
        other.at(20)
        _ = other.heard(0)
        other.at(30)
        _ = other.impaired(0, since: 25)
        #expect(other.seen == 20)
    }

    @Test func `lost while impaired, the gap begins where it was impaired, and the last socket's end is told`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(10)
        _ = talk.heard(0)
        talk.at(20)
        _ = talk.impaired(0, since: 8)
        talk.at(30)
        #expect(talk.lost(0) == ["disconnected: the connection broke off: reset"])
        #expect(talk.coverage.unhealthyReason == nil)
        talk.at(40)
        #expect(talk.subscribed(0) == ["connected", "gap 8-40: \(sick); \(reset)"])
    }

    @Test func `a connection that was never whole is unhealthy, and its end is no disconnection`() {
        var talk = CoverageTalk(lastSeen: 10)
        #expect(talk.impaired(0, since: 0) == ["unhealthy: sick"])
        talk.at(5)
        #expect(talk.lost(0) == [])
        // It was said that the feed is unhealthy, and it was not well since.
        talk.at(6)
        #expect(talk.impaired(0, since: 6) == [])
        talk.at(9)
        #expect(
            talk.subscribed(0) == [
                "connected", "gap -10-9: the relay was not running; \(sick); the connection broke off: reset",
            ])
    }

    // MARK: Several connections

    @Test func `what another covers is no hole`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        talk.at(30)
        _ = talk.heard(0)
        _ = talk.heard(1)
        talk.at(40)
        #expect(talk.impaired(0, since: 10) == [])
        #expect(talk.seen == 30)
        #expect(talk.coverage.subscribedConnections == 1)
        talk.at(50)
        #expect(talk.heard(1) == [])
        #expect(talk.seen == 50)
        #expect(talk.subscribed(0) == [])
    }

    @Test func `another that is quiet may still close the hole`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        talk.at(5)
        _ = talk.heard(1)
        talk.at(30)
        _ = talk.heard(0)
        talk.at(40)
        #expect(talk.impaired(0, since: 10) == [])
        #expect(talk.seen == 10)
        talk.at(50)
        #expect(talk.heard(1) == [])
        #expect(talk.seen == 50)
    }

    @Test func `and if it dies in silence, the hole is a gap`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        talk.at(5)
        _ = talk.heard(1)
        talk.at(30)
        _ = talk.heard(0)
        talk.at(40)
        _ = talk.impaired(0, since: 10)
        talk.at(50)
        #expect(talk.lost(1) == ["unhealthy: sick"])
        talk.at(60)
        #expect(talk.subscribed(0) == ["gap 10-60: \(sick); \(reset)"])
    }

    @Test func `a hole between the impairment and another's later subscription is a gap of its own`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(20)
        _ = talk.subscribed(1)
        talk.at(30)
        _ = talk.heard(0)
        _ = talk.heard(1)
        talk.at(40)
        #expect(talk.impaired(0, since: 10) == ["gap 10-20: \(sick)"])
        #expect(talk.seen == 30)
    }

    @Test func `what a connection covered that is gone by now counts too`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        _ = talk.subscribed(1)
        talk.at(30)
        _ = talk.heard(0)
        _ = talk.heard(1)
        _ = talk.lost(1)
        talk.at(40)
        _ = talk.heard(0)
        talk.at(45)
        #expect(talk.impaired(0, since: 10) == ["unhealthy: sick"])
        #expect(talk.seen == 30)
    }

    @Test func `a pause lies on an impaired connection as well`() {
        var talk = CoverageTalk()
        _ = talk.subscribed(0)
        talk.at(10)
        _ = talk.impaired(0, since: 5)
        talk.pause()
        talk.at(30)
        talk.resume()
        // The good word that is read now may have waited for 20 seconds.
        _ = talk.subscribed(0)
        talk.at(31)
        _ = talk.heard(0)
        #expect(talk.seen == 30)
        _ = talk.lost(0)
        talk.at(40)
        #expect(
            talk.subscribed(0) == [
                "connected",
                "gap 30-40: connection lost when reading had been paused: the connection broke off: reset",
            ])
    }

    @Test func `it becomes an event of its own`() {
        let event = FeedNews.unhealthy(reason: "r", at: Timestamp(milliseconds: 5)).event(feed: "f")
        #expect(
            String(decoding: event.data(number: 1), as: UTF8.self)
                == #"{"type":"relay.feed.unhealthy","at":5,"n":1,"feed":"f","reason":"r"}"#)
    }
}

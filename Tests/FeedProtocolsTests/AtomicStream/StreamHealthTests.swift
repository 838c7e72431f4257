import FeedProtocols
import RelayModel
import Testing

/// What a stream's `status` events come to.
struct StreamHealthTests {
    @Test(arguments: [
        (#""grpcConnected":false"#, "the stream reports that it lost its gRPC connection"),
        (#""nodeHealthy":false,"grpcConnected":true"#, "the stream reports that its node is unhealthy"),
    ])
    func `a stream that says that it is unwell is unhealthy since its last good word`(members: String, reason: String) {
        var talk = StreamTalk()
        talk.subscribe()
        _ = talk.pass(.seconds(5))
        _ = talk.status(#""processedHeadSlot":2"#)
        _ = talk.pass(.seconds(5))
        #expect(talk.status(members) == ["impaired since 5: \(reason)"])
        // Once, until it is well again.
        #expect(talk.status(members) == [])
        #expect(talk.status() == ["subscribed 0"])
        #expect(talk.status(members).count == 1)
    }

    @Test func `fewer watched than were set is unhealthy, once the stream had time to take them in`() {
        var talk = StreamTalk(accounts: ["a", "b"], mints: ["m"])
        _ = talk.open()
        _ = talk.hello()
        // Made before the lists were read.
        #expect(talk.status(#""watchedAccounts":0,"watchedMints":0"#) == [])
        _ = talk.pass(.seconds(10))
        #expect(
            talk.status(#""watchedAccounts":2,"watchedMints":0"#) == [
                "impaired since 0: the stream watches 0 of 1 mints"
            ])
        #expect(talk.status(#""watchedAccounts":2,"watchedMints":1"#) == ["subscribed 3"])
        #expect(
            talk.status(#""watchedAccounts":1,"watchedMints":1"#) == [
                "impaired since 10: the stream watches 1 of 2 accounts"
            ])
    }

    @Test func `lists that hold an address twice are compared by what was sent`() {
        var talk = StreamTalk(accounts: ["a", "a", "a"])
        _ = talk.open()
        _ = talk.hello()
        #expect(talk.status(#""watchedAccounts":1"#) == ["subscribed 1"])
    }

    @Test func `missing members judge nothing, and ones of another type are noted`() {
        var talk = StreamTalk(accounts: ["a"])
        _ = talk.open()
        _ = talk.hello()
        #expect(
            talk.status(#""grpcConnected":"false","nodeHealthy":0,"watchedAccounts":"0","processedHeadSlot":null"#) == [
                #"unreadable(member: "grpcConnected", of: "status")"#,
                #"unreadable(member: "nodeHealthy", of: "status")"#,
                #"unreadable(member: "processedHeadSlot", of: "status")"#,
                #"unreadable(member: "watchedAccounts", of: "status")"#, "subscribed 1",
            ])
        _ = talk.pass(.seconds(5))
        #expect(talk.status() == [])
    }

    @Test func `a head slot that stands still for half a minute is unhealthy since it last moved`() {
        var talk = StreamTalk()
        talk.subscribe()
        for _ in 0..<2 {
            _ = talk.pass(.seconds(10))
            #expect(talk.status(#""processedHeadSlot":7,"confirmedHeadSlot":5"#) == [])
        }
        _ = talk.pass(.seconds(10))
        #expect(talk.status(#""processedHeadSlot":6,"confirmedHeadSlot":7"#) == [])
        _ = talk.pass(.seconds(9))
        #expect(talk.status(#""processedHeadSlot":7"#) == [])
        _ = talk.pass(.seconds(1))
        #expect(
            talk.status(#""processedHeadSlot":7"#) == ["impaired since 10: the stream's head slot stands still at 7"])
        // What says nothing of the head does not make it move.
        #expect(talk.status() == [])
        #expect(talk.status(#""processedHeadSlot":8"#) == ["subscribed 0"])
    }

    @Test func `a stream that goes on at a node that is behind is well again`() {
        var talk = StreamTalk()
        _ = talk.open()
        _ = talk.hello()
        _ = talk.status(#""processedHeadSlot":100"#)
        for _ in 0..<3 {
            _ = talk.pass(.seconds(10))
            _ = talk.status(#""processedHeadSlot":50"#)
        }
        #expect(talk.status(#""processedHeadSlot":51"#) == ["subscribed 0"])
        #expect(talk.status(#""processedHeadSlot":52"#) == [])
    }

    @Test func `head slots of zero judge nothing`() {
        var talk = StreamTalk()
        _ = talk.open()
        _ = talk.hello()
        #expect(talk.status(#""processedHeadSlot":0,"confirmedHeadSlot":0"#) == ["subscribed 0"])
        for _ in 0..<6 {
            _ = talk.pass(.seconds(10))
            #expect(talk.status(#""processedHeadSlot":0,"confirmedHeadSlot":0"#) == [])
        }
    }

    @Test func `no status for half a minute though asked is unhealthy`() {
        var talk = StreamTalk()
        talk.subscribe()
        var shown: [String] = []
        for _ in 0..<8 {
            shown += talk.pass(.seconds(5))
            _ = talk.hear(#"{"type":"slot"}"#)
        }
        // Asked first after ten seconds.
        #expect(shown == ["impaired since 0: the stream sent no status for 30.0 seconds though asked"])
        #expect(talk.status() == ["subscribed 0"])
    }

    @Test func `a stream that never tells its state is unhealthy from the start`() {
        var talk = StreamTalk()
        _ = talk.open()
        _ = talk.hello()
        var shown: [String] = []
        for _ in 0..<6 {
            shown += talk.pass(.seconds(5))
            _ = talk.hear(#"{"type":"slot"}"#)
        }
        #expect(shown == ["impaired since 0: the stream sent no status for 30.0 seconds though asked"])
    }

    @Test func `a pause of the reading is no time in which the head stood still`() {
        var talk = StreamTalk()
        talk.subscribe()
        _ = talk.pass(.seconds(5))
        talk.pause()
        _ = talk.pass(.seconds(300))
        talk.resume()
        #expect(talk.status(#""processedHeadSlot":1"#) == [])
        _ = talk.pass(.seconds(25))
        #expect(talk.status(#""processedHeadSlot":1"#).count == 1)
    }

    // MARK: Reload

    @Test func `changed lists and options go out on the live connection, an emptied one as empty, and are confirmed`() {
        var talk = StreamTalk(options: #""includeLogs":true"#, accounts: ["a"], mints: ["m"])
        _ = talk.open()
        _ = talk.hello()
        #expect(talk.status(#""watchedAccounts":1,"watchedMints":1"#) == ["subscribed 2"])
        let watch = StreamWatch(options: #""includeLogs":false"#, accounts: ["a", "b"], programs: [], mints: [])
        #expect(
            talk.change(watch) == [
                #"send {"op":"setOptions","includeLogs":false}"#, #"send {"op":"setAccounts","accounts":["a","b"]}"#,
                #"send {"op":"setMints","mints":[]}"#, StreamTalk.state,
            ])
        // One that was on its way.
        #expect(talk.status(#""watchedAccounts":1,"watchedMints":1"#) == [])
        #expect(talk.status(#""watchedAccounts":2,"watchedMints":0"#) == ["subscribed 2"])
        #expect(talk.change(watch) == [])
    }

    @Test func `a stream that does not take the changed lists in becomes unhealthy`() {
        var talk = StreamTalk(accounts: ["a"])
        _ = talk.open()
        _ = talk.hello()
        _ = talk.status(#""watchedAccounts":1"#)
        _ = talk.change(StreamWatch(options: nil, accounts: ["a", "b"], programs: [], mints: []))
        _ = talk.pass(.seconds(10))
        #expect(talk.status(#""watchedAccounts":1"#) == ["impaired since 0: the stream watches 1 of 2 accounts"])
        #expect(talk.status(#""watchedAccounts":2"#) == ["subscribed 2"])
    }
}

import FeedProtocols
import RelayModel
import Testing

/// Other keys on a live connection.
struct Interface402ChangeTests {
    private func unsubscribe(_ keys: String...) -> String {
        #"send {"method":"unsubscribe","keys":[\#(keys.map { "\"\($0)\"" }.joined(separator: ","))]}"#
    }

    private func subscribedTalk(_ keys: String...) -> Conversation {
        var talk = Conversation(keys: keys)
        _ = talk.open()
        _ = talk.hear(#"{"type":"subscribed"}"#)
        return talk
    }

    @Test func `new keys are subscribed before old ones are given up`() {
        var talk = subscribedTalk("payments", "settlements")
        #expect(talk.change("payments", "verifications") == [subscribe("verifications")])
        #expect(talk.confirm("verifications") == [subscribed(2), unsubscribe("settlements")])
        #expect(talk.left("settlements") == [])
        #expect(talk.pass(.seconds(29)) == [])
    }

    @Test func `the same keys in another order are no change`() {
        var talk = subscribedTalk("payments", "settlements")
        #expect(talk.change("settlements", "payments") == [])
    }

    @Test func `keys that are only given up are reported at once`() {
        var talk = subscribedTalk("payments", "settlements")
        #expect(talk.change("payments") == [subscribed(1), unsubscribe("settlements")])
        #expect(talk.hear(#"{"type":"unsubscribed"}"#) == [])
        #expect(talk.hear(#"{"type":"unsubscribed"}"#) == [#"unexpected("unsubscribed")"#])
    }

    @Test func `a feed that never answers an unsubscribe loses nothing by it`() {
        var talk = subscribedTalk("payments", "settlements")
        _ = talk.change("payments")
        #expect(talk.pass(.seconds(20)) == [])
        #expect(talk.change("payments", "settlements") == [subscribe("settlements")])
        #expect(talk.confirm("settlements") == [subscribed(2)])
    }

    @Test func `a refused unsubscribe is left at that`() {
        var talk = subscribedTalk("payments", "settlements")
        _ = talk.change("payments")
        #expect(talk.fail("SUBSCRIPTION_FAILED") == [])
        #expect(talk.pass(.seconds(20)) == [])
    }

    @Test func `a change before it is open is what it asks for`() {
        var talk = Conversation(keys: ["payments"])
        #expect(talk.change("settlements") == [])
        #expect(talk.open() == [subscribe("settlements")])
        #expect(talk.confirm("settlements") == [subscribed(1)])
    }

    @Test func `a change while authenticating is what it asks for then`() {
        var talk = Conversation(apiKey: "k", keys: ["payments"])
        _ = talk.open()
        #expect(talk.change("settlements") == [])
        #expect(talk.hear(#"{"type":"authenticated","plan":"standard"}"#).last == subscribe("settlements"))
    }

    @Test func `a change while subscribing gives up what was asked for when it comes`() {
        var talk = Conversation(keys: ["payments"])
        _ = talk.open()
        #expect(talk.change("settlements") == [])
        #expect(talk.confirm("payments") == [subscribe("settlements")])
        #expect(talk.confirm("settlements") == [subscribed(1), unsubscribe("payments")])
    }

    @Test func `a change while a change is on its way ends with the last one`() {
        var talk = subscribedTalk("payments")
        #expect(talk.change("a") == [subscribe("a")])
        #expect(talk.change("b") == [])
        #expect(talk.confirm("a") == [subscribe("b")])
        #expect(talk.confirm("b") == [subscribed(1), unsubscribe("a", "payments")])
        #expect(talk.change("payments", "b") == [])
        // What it has just asked to be rid of is asked for anew.
        #expect(talk.left("a", "payments") == [subscribe("payments")])
        #expect(talk.confirm("payments") == [subscribed(2)])
        #expect(talk.pass(.seconds(29)) == [])
    }

    @Test func `back to what it was is no message at all`() {
        var talk = Conversation(apiKey: "k", keys: ["payments"])
        _ = talk.open()
        _ = talk.hear(#"{"type":"authenticated","plan":"standard"}"#)
        _ = talk.confirm("payments")
        // Paused by the feed, so that nothing goes out meanwhile.
        _ = talk.fail("RATE_LIMIT_EXCEEDED")
        #expect(talk.change("a") == [])
        #expect(talk.change("payments") == [subscribed(1)])
        #expect(talk.pass(.seconds(20)) == [])
    }

    @Test func `several new keys that are refused are asked for one by one`() {
        var talk = subscribedTalk("payments")
        #expect(talk.change("payments", "a", "bad") == [subscribe("a", "bad")])
        #expect(talk.fail("SUBSCRIPTION_FAILED") == [#"keysRefused(["a", "bad"], reason: "no")"#])
        #expect(talk.pass(.seconds(1)) == [subscribe("a")])
        #expect(talk.confirm("a") == [subscribe("bad")])
        #expect(
            talk.fail("SUBSCRIPTION_FAILED") == [#"keyRefused("bad", reason: "no")"#, subscribed(2, refused: ["bad"])])
        // It is not asked for again by the next change, and forgotten by the one after.
        #expect(talk.change("payments", "bad") == [subscribed(1, refused: ["bad"]), unsubscribe("a")])
        #expect(talk.left("a") == [])
        #expect(talk.change("payments") == [subscribed(1)])
    }

    @Test func `one that is given up while the feed refuses it costs nothing`() {
        var talk = subscribedTalk("payments")
        _ = talk.change("payments", "bad")
        #expect(talk.change("payments") == [])
        #expect(talk.fail("SUBSCRIPTION_FAILED") == [subscribed(1)])
    }

    @Test func `no answer to new keys does not cost the old ones`() {
        var talk = subscribedTalk("payments")
        _ = talk.change("payments", "lost")
        #expect(
            talk.pass(.seconds(10)) == [#"keyRefused("lost", reason: "no answer")"#, subscribed(1, refused: ["lost"])])
    }

    @Test func `when the feed takes none of the new keys it ends`() {
        var talk = subscribedTalk("payments")
        #expect(talk.change("bad") == [subscribe("bad")])
        #expect(
            talk.fail("SUBSCRIPTION_FAILED") == [
                #"keyRefused("bad", reason: "no")"#, "end: the feed refused every subscription key",
            ])
    }

    @Test func `a rate limit repeats whatever was on its way`() {
        var talk = subscribedTalk("payments", "settlements")
        #expect(talk.change("payments", "a") == [subscribe("a")])
        _ = talk.fail("RATE_LIMIT_EXCEEDED")
        #expect(talk.pass(.seconds(1)) == [subscribe("a")])
        #expect(talk.confirm("a").first == subscribed(2))
        var sent = talk.pass(.seconds(5))
        #expect(sent == [unsubscribe("settlements")])
        _ = talk.fail("RATE_LIMIT_EXCEEDED")
        sent = talk.pass(.seconds(5))
        #expect(sent == [unsubscribe("settlements")])
        #expect(talk.left("settlements") == [])
    }

    @Test func `an answer that cannot be read is not missed`() {
        var talk = subscribedTalk("payments")
        talk.pause()
        #expect(talk.change("payments", "a") == [subscribe("a")])
        #expect(talk.pass(.seconds(100)).allSatisfy { $0 == ping })
        talk.resume()
        #expect(talk.pass(.milliseconds(9_000)).allSatisfy { $0 == ping })
        #expect(talk.confirm("a") == [subscribed(2)])
    }

    @Test func `an EVM address in another case is the same key`() {
        let key = "0x" + String(repeating: "Ab", count: 20)
        var talk = subscribedTalk(key)
        #expect(talk.change(key.lowercased()) == [])
        // And is given up in the spelling in which it was asked for.
        #expect(talk.change("payments") == [subscribe("payments")])
        #expect(talk.confirm("payments") == [subscribed(1), unsubscribe(key)])
    }

    @Test func `many keys go in messages of a hundred, at the plan's pace`() {
        var talk = subscribedTalk("payments")
        let keys = (0..<1000).map { "key\($0)" }
        var shown = talk.change(to: keys)
        var rounds = 0
        while rounds < 100, !shown.contains(where: { $0.hasPrefix("subscribed") }) {
            rounds += 1
            shown = talk.hear(#"{"type":"subscribed"}"#) + talk.pass(.seconds(1))
        }
        #expect(rounds == 10)
        #expect(shown == [subscribed(1000), unsubscribe("payments")])
    }

    @Test func `after its end nothing is asked for`() {
        var talk = subscribedTalk("payments")
        talk.close()
        #expect(talk.change("a") == [])
    }
}

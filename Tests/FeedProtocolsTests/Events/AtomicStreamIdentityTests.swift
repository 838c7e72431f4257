import FeedProtocols
import RelayModel
import Testing

/// What tells one AtomicStream event from another, over connections and relays.
struct AtomicStreamIdentityTests {
    private typealias Samples = AtomicStreamSamples

    private func id(_ text: String) throws -> String {
        let document = try JSONParser(limits: .message).parse(Array(text.utf8))
        return Samples.reader.id(of: document).description
    }

    private static let derived = """
        {"type":"pool-created","signature":"sig_1","commitment":"confirmed","accounts":["A"]}
        """

    /// Receivers and other relays hold these ids: they were computed apart from this code and never change.
    @Test(arguments: [
        (AtomicStreamSamples.enhanced, "evt_59a6785d6c3127b46ba2888d9e976d77"),
        (AtomicStreamSamples.account, "evt_1147e1029f3aa62b087a2657c302d1f4"),
        (AtomicStreamSamples.slot, "evt_0ce3090d3fa4c3b7f733ea193cf862a0"),
        (AtomicStreamSamples.ticker, "evt_3a9a44a8f5163f23f716c09813b90c9c"),
        (AtomicStreamSamples.leaderboard, "evt_14c61f520c179d098543da818490d31c"),
        (AtomicStreamSamples.status, "evt_74506b842a41df5761fee42764ed2564"),
        (Self.derived, "evt_e27b166ceedae1b251c9934049af2ccc"),
    ])
    func `an event's id never changes`(event: String, expected: String) throws {
        #expect(try id(event) == expected)
    }

    @Test func `a transaction is one in both formats, whatever else it says`() throws {
        let raw = Samples.raw.replacing("\"processed\"", with: "\"confirmed\"")
        #expect(try id(raw) == id(Samples.enhanced))
        #expect(try id(Samples.enhanced.replacing("\"slot\":312345678", with: "\"slot\":1")) == id(Samples.enhanced))
    }

    @Test func `a signature seen at another commitment is another event`() throws {
        #expect(try id(Samples.raw) != id(Samples.enhanced))
    }

    @Test func `a transaction under a type of its own is known by its marks`() throws {
        let whale = Samples.enhanced.replacing("\"type\":\"transaction\"", with: "\"type\":\"whale-alert\"")
        #expect(try id(whale) == "evt_b945af32d9c4e51d06bdfcb2c2cbe9af")
        let marks = #""signature":"sig_1","commitment":"confirmed","#
        #expect(
            try id(#"{"type":"x",\#(marks)"isVote":true,"a":1}"#) == id(#"{"type":"x",\#(marks)"isVote":true,"a":2}"#))
        #expect(
            try id(#"{"type":"x",\#(marks)"feePayer":"F","nativeTransfers":[],"a":1}"#)
                == id(#"{"type":"x",\#(marks)"feePayer":"F","nativeTransfers":[],"a":2}"#))
    }

    @Test(arguments: [
        #""accounts":["A"],"#, #""isVote":null,"#, #""nativeTransfers":[],"#, #""feePayer":"F","nativeTransfers":{},"#,
        #""tokenBalanceChanges":[],"#,
    ])
    func `two things that a stream tells of one transaction are two events`(marks: String) throws {
        let event = #"{"type":"pool-created","signature":"sig_1","commitment":"confirmed",\#(marks)"pool":"#
        #expect(try id(event + "1}") != id(event + "2}"))
    }

    @Test(arguments: [
        (AtomicStreamSamples.enhanced, #""signature":"sig_1""#, #""signature":"sig_2""#),
        (AtomicStreamSamples.enhanced, #""signature":"sig_1""#, #""signature":7"#),
        (
            AtomicStreamSamples.account, #""writeVersion":"18446744073709551615""#,
            #""writeVersion":"18446744073709551614""#
        ),
        (AtomicStreamSamples.account, #""slot":312345678"#, #""slot":312345679"#),
        (AtomicStreamSamples.account, #""stream":"account-data","#, ""),
        (AtomicStreamSamples.slot, "SLOT_PROCESSED", "SLOT_CONFIRMED"),
        (AtomicStreamSamples.slot, #""parent":312345677"#, #""parent":null"#),
        (AtomicStreamSamples.ticker, "0.10", "0.1"),
        (AtomicStreamSamples.ticker, "raydium", "orca"),
        (AtomicStreamSamples.leaderboard, #""windowSeconds":60"#, #""windowSeconds":300"#),
        (AtomicStreamSamples.status, #""now":"n""#, #""now":"m""#),
    ])
    func `what identifies an event changes its id`(event: String, old: String, new: String) throws {
        let changed = event.replacing(old, with: new)
        #expect(changed != event)
        #expect(try id(changed) != id(event))
    }

    @Test func `an account without a write version is told by its data`() throws {
        let bare = Samples.account.replacing(#""writeVersion":"18446744073709551615","#, with: "")
        #expect(try id(bare) == "evt_ddb99290171998175be806c3dfdbd788")
        #expect(try id(bare.replacing("2039280", with: "1")) == id(bare))
        #expect(try id(bare.replacing("AQID", with: "AQIE")) != id(bare))
        // A number there may tell two writes of the same data apart, so the message does.
        let number = Samples.account.replacing(#""18446744073709551615","txn"#, with: #"7,"txn"#)
        #expect(try id(number) != id(number.replacing("7,\"txn", with: "8,\"txn")))
    }

    @Test func `the protocols do not share ids`() throws {
        let document = try JSONParser(limits: .message).parse(Array(Samples.status.utf8))
        let other = EventReader(protocol: .interface402, feed: "solana")
        #expect(other.id(of: document) != Samples.reader.id(of: document))
    }

    @Test func `nothing on this feed waits for a payment`() throws {
        let document = try JSONParser(limits: .message).parse(Array(#"{"type":"settlement","paymentId":"p"}"#.utf8))
        #expect(!Samples.reader.joinsPayment(document))
        let payment = try JSONParser(limits: .message).parse(Array(#"{"type":"payment","paymentId":"p"}"#.utf8))
        #expect(!Samples.reader.isPayment(payment))
    }
}

import RelayModel
import Testing
import WebhookSigning

@testable import WebhookReceiver

@Suite struct ReceivedWebhookTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private func received(
        _ request: SignedRequest, maxAge: Duration? = .seconds(300), now: Timestamp = Self.now
    ) throws -> ReceivedWebhook {
        ReceivedWebhook(
            headers: request.headers, body: request.body, verifier: try WebhookVerifier(SignedRequest.secret),
            maxAge: maxAge, now: now)
    }

    @Test func `what the relay sends is verified`() throws {
        let webhook = try received(SignedRequest(now: Self.now))
        #expect(webhook.verdict == .verified)
        #expect(webhook.id == "evt_1" && webhook.type == "payment" && webhook.receivedAt == Self.now)
    }

    @Test func `another body is refused, with what it says all the same`() throws {
        var request = try SignedRequest(now: Self.now)
        request.body = Array(#"{"type":"forged"}"#.utf8)
        let webhook = try received(request)
        #expect(webhook.verdict == .refused(.mismatch))
        #expect(webhook.type == "forged")
    }

    @Test(arguments: ["webhook-id", "webhook-timestamp", "webhook-signature"])
    func `each header must be there once`(name: String) throws {
        var request = try SignedRequest(now: Self.now)
        let header = try #require(request.headers.first { $0.name == name })
        request.headers.append(header)
        #expect(
            try received(request).verdict == .refused(.malformed("the header \(name) is there 2 times")))
        request.headers.removeAll { $0.name == name }
        #expect(try received(request).verdict == .refused(.malformed("the header \(name) is missing")))
    }

    @Test func `an old request is refused when its age is judged`() throws {
        let later = Self.now + .seconds(301)
        let request = try SignedRequest(now: Self.now)
        #expect(try received(request, now: later).verdict == .refused(.tooOld(seconds: 301, allowed: 300)))
        #expect(try received(request, maxAge: nil, now: later).verdict == .verified)
    }

    @Test(arguments: ["", "no json", "[1]", "{}", #"{"type":1}"#, #"{"data":{"type":"inner"}}"#])
    func `a body without a type is verified too`(body: String) throws {
        let webhook = try received(SignedRequest(body: body, now: Self.now))
        #expect(webhook.type == nil && webhook.verdict == .verified)
    }

    @Test func `repeats are known by id, and forged ones leave no trace`() throws {
        var ledger = ReceiptLedger(capacity: 2)
        let one = try received(SignedRequest(id: "one", now: Self.now))
        let two = try received(SignedRequest(id: "two", now: Self.now))
        let three = try received(SignedRequest(id: "three", now: Self.now))
        var spoilt = try SignedRequest(id: "one", now: Self.now)
        spoilt.body = []
        let forged = try received(spoilt)
        #expect(ledger.record(forged) == false)
        #expect(ledger.record(one) == false)
        #expect(ledger.record(one) == true)
        #expect(ledger.record(forged) == false)
        // The third id pushes the first out, and only that.
        #expect(ledger.record(two) == false)
        #expect(ledger.record(three) == false)
        #expect(ledger.record(two) == true)
        #expect(ledger.record(one) == false)
        #expect(ledger.record(three) == true)
        var expected = ReceiverTotals()
        expected.verified = 7
        expected.repeated = 3
        expected.refused = 2
        #expect(ledger.totals == expected)
    }
}

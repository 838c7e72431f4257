import RelayModel
import Testing
import WebhookSigning

@Suite struct WebhookSignerTests {
    @Test(arguments: [
        (Published.shared, Published.v1), (Published.pair, Published.v1a), (Published.seed, Published.v1a),
        (Published.otherShared, Published.otherV1),
        (
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
            "v1,LZ5zuwHTqQH3VM8ERUusjzVQq1FXzemvpR8Mk7Ivp5c="
        ),
    ])
    func `each kind of secret makes the published token`(secret: String, token: String) throws {
        let headers = try WebhookSigner.publishedHeaders([.standard], [secret])
        #expect(
            headers == [
                "webhook-id": Published.id, "webhook-timestamp": "1614265330", "webhook-signature": token,
            ])
    }

    @Test func `several secrets make a token each, v1 before v1a and otherwise in their order`() throws {
        let headers = try WebhookSigner.publishedHeaders(
            [.standard], [Published.pair, Published.otherShared, Published.shared])
        #expect(headers["webhook-signature"] == "\(Published.otherV1) \(Published.v1) \(Published.v1a)")
    }

    @Test func `stripe has a v1 for each secret, keyed with the secret's text`() throws {
        let headers = try WebhookSigner.publishedHeaders([.stripe], [Published.shared, "plain text"])
        #expect(
            headers == [
                "webhook-id": Published.id, "webhook-timestamp": "1614265330",
                "Stripe-Signature": "t=1614265330"
                    + ",v1=2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964"
                    + ",v1=c22b50ff67f506a470eaa59e73a56f03ef91edf5eba2e9f669861ff59ec59761",
            ])
    }

    @Test(arguments: [
        (Published.shared, "80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c"),
        ("plain text", "4368ae825bd7e859a0a3b94cd905f1a4e87a05cbc576393e29334b386a557399"),
        (
            "a secret text that is longer than one block of SHA-256, so that HMAC digests it first: 0123456789",
            "fd7764ca39ead0351a7811a1127c03d9a19d1d1ef831e766275c93119da6736a"
        ),
    ])
    func `github signs the body alone with the first secret's text`(secret: String, digits: String) throws {
        let headers = try WebhookSigner.publishedHeaders([.github], [secret, "another"])
        #expect(
            headers == [
                "webhook-id": Published.id, "webhook-timestamp": "1614265330",
                "X-Hub-Signature-256": "sha256=\(digits)",
            ])
    }

    @Test func `all schemes together keep their own headers`() throws {
        let headers = try WebhookSigner.publishedHeaders([.github, .stripe, .standard], [Published.shared])
        #expect(
            headers.keys.sorted() == [
                "Stripe-Signature", "X-Hub-Signature-256", "webhook-id", "webhook-signature", "webhook-timestamp",
            ])
        #expect(headers["webhook-signature"] == Published.v1)
    }

    @Test func `without a scheme only id and time are sent`() throws {
        let headers = try WebhookSigner.publishedHeaders([], [])
        #expect(headers == ["webhook-id": Published.id, "webhook-timestamp": "1614265330"])
    }

    @Test func `an empty body is signed too`() throws {
        let signer = try WebhookSigner(
            schemes: [.standard, .github], secrets: [Secret(Published.shared)])
        let headers = signer.headers(id: Published.id, timestamp: Published.timestamp, body: [])
        #expect(
            headers.first { $0.name == "webhook-signature" }?.value == "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A="
        )
    }

    @Test func `a signer signs the same a second time`() throws {
        let signer = try WebhookSigner(
            schemes: [.standard], secrets: [Secret(Published.shared), Secret(Published.pair)])
        for _ in 0..<2 {
            let headers = signer.headers(id: Published.id, timestamp: Published.timestamp, body: Published.body)
            #expect(headers.last?.value == "\(Published.v1) \(Published.v1a)")
        }
    }

    @Test(arguments: [
        ([SignatureScheme.standard], "plain text", SecretFault.Kind.prefix),
        ([.github, .standard], "plain text", .prefix),
        ([.standard], Published.publicKey, .publicKey),
        ([.standard], "", .missing), ([.stripe], "", .missing),
    ])
    func `a secret that cannot sign is refused`(schemes: [SignatureScheme], secret: String, kind: SecretFault.Kind) {
        #expect(WebhookSigner.fault(of: Secret(secret), for: schemes)?.kind == kind)
        #expect(throws: SecretFault.self) { try WebhookSigner(schemes: schemes, secrets: [Secret(secret)]) }
    }

    @Test func `stripe and github take any text`() {
        for scheme in [SignatureScheme.stripe, .github] {
            #expect(WebhookSigner.fault(of: Secret("plain text"), for: [scheme]) == nil)
        }
    }

    @Test func `a scheme without a secret is refused`() {
        #expect(throws: SecretFault.self) { try WebhookSigner(schemes: [.github], secrets: []) }
    }
}

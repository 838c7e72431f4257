import RelayModel
import Testing
import WebhookSigning

@Suite struct WebhookKeyTests {
    @Test(arguments: [
        Published.shared, Published.otherShared, Published.pair, Published.seed, Published.publicKey,
        // The padding was lost in copying.
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ])
    func `a key of each kind is read`(text: String) throws {
        _ = try WebhookKey(Secret(text))
    }

    @Test(arguments: [
        ("", SecretFault.Kind.missing), ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .prefix), ("WHSEC_MfKQ9r8G", .prefix),
        ("whsec", .prefix), (" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .prefix),
        ("whsec_", .length), ("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", .length), ("whsec_" + longKey, .length),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS_", .base64), ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", .base64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA", .base64), ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==Sw==", .base64),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==", .base64),
        ("whsk_AAAA", .length), ("whsk_" + longKey, .length),
        ("whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfUKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==", .pair),
        ("whpk_AAAA", .length), ("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir!=", .base64),
    ])
    func `a faulty key is refused without showing it`(text: String, kind: SecretFault.Kind) throws {
        let fault = try #require(throws: SecretFault.self) { try WebhookKey(Secret(text)) }
        #expect(fault.kind == kind, "\(fault)")
        let payload = text.drop { $0 != "_" }.dropFirst()
        if payload.count > 3 { #expect(!fault.description.contains(payload)) }
        #expect(!fault.description.contains("MfKQ9r8G"))
    }

    /// 65 zero bytes.
    private static let longKey = String(repeating: "A", count: 87) + "="

    @Test func `a fault of length says what was found and what is allowed`() throws {
        let fault = try #require(throws: SecretFault.self) { try WebhookKey(Secret("whsec_AAAA")) }
        #expect(fault.description.contains("3 bytes") && fault.description.contains("24 to 64"))
    }

    @Test func `a new shared secret has 32 bytes, is another each time, and signs`() throws {
        let secrets = (0..<8).map { _ in WebhookKey.newSharedSecret() }
        #expect(Set(secrets).count == 8)
        for secret in secrets {
            #expect(secret.revealed.hasPrefix("whsec_") && secret.revealed.count == 6 + 44)
            #expect(WebhookSigner.fault(of: secret, for: [.standard]) == nil)
        }
    }

    @Test func `what a new pair signs, its public key verifies`() throws {
        let (secret, publicKey) = WebhookKey.newPair()
        #expect(secret.revealed.hasPrefix("whsk_") && secret.revealed.count == 5 + 88)
        #expect(publicKey.hasPrefix("whpk_") && publicKey.count == 5 + 44)
        let token = try WebhookSigner.publishedHeaders([.standard], [secret.revealed])["webhook-signature"]
        try WebhookVerifier(Secret(publicKey)).verify(
            id: Published.id, timestamp: "\(Published.timestamp)", signature: try #require(token),
            body: Published.body, now: Timestamp(milliseconds: 0))
    }
}

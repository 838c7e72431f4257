import RelayModel
import WebhookSigning

/// The published Standard Webhooks example, with the secrets that sign it.
enum Published {
    static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    static let timestamp: Int64 = 1_614_265_330
    static let body = Array(#"{"test": 2432232314}"#.utf8)

    static let shared = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    static let pair = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
    static let seed = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="
    static let publicKey = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
    static let v1a =
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="

    /// The bytes 0 to 31 as a key; the token is the `standardwebhooks` package's.
    static let otherShared = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let otherV1 = "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI="
}

extension WebhookSigner {
    /// The published example's headers under `schemes` and `secrets`, by name.
    static func publishedHeaders(_ schemes: [SignatureScheme], _ secrets: [String]) throws -> [String: String] {
        let signer = try WebhookSigner(schemes: schemes, secrets: secrets.map(Secret.init))
        let headers = signer.headers(id: Published.id, timestamp: Published.timestamp, body: Published.body)
        return Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) })
    }
}

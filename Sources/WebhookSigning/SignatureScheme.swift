/// How a webhook is signed; the contract's section 3.
///
/// `none` in a configuration is an empty list of these.
package enum SignatureScheme: String, CaseIterable, Sendable {
    /// Standard Webhooks: `webhook-signature`, `v1` (HMAC-SHA256) and `v1a` (Ed25519).
    case standard
    /// `Stripe-Signature: t=…,v1=…`.
    case stripe
    /// `X-Hub-Signature-256: sha256=…`.
    case github
}

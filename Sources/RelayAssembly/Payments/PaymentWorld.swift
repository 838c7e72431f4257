import OutboxStorage
import RelayModel
import WebhookDelivery
import X402Payments

/// What payments need of the world outside, each a function that a test can give instead.
struct PaymentWorld: Sendable {
    /// An HTTP exchange with a stream's vendor.
    var ask: @Sendable (HTTPClient.Question) async throws(HTTPClient.Failure) -> HTTPClient.Answer
    /// The Solana RPC servers at these URLs.
    var chain: @Sendable (_ urls: [Secret]) -> any PaymentChain
    /// Returns when it is on disk; throws when it is not and never will be.
    var keep: @Sendable (LedgerChange) async throws(OutboxError) -> Void
    /// Tells it through the rules.
    var raise: @Sendable (OwnEvent) -> Void
}

extension PaymentWorld {
    /// Vendors and RPC servers over the network, and the outbox's ledger.
    static func real(_ writer: OutboxWriter) -> PaymentWorld {
        // A client of its own for each: RPC servers that hang must not hold up a renewal.
        let (vendors, chain) = (HTTPClient(), HTTPClient())
        return PaymentWorld(
            ask: { question throws(HTTPClient.Failure) in try await vendors.ask(question) },
            chain: { urls in SolanaRPC(urls: urls, client: chain) },
            keep: { change throws(OutboxError) in try await writer.keep(change) },
            raise: { event in writer.raise(own: [event]) })
    }
}

/// What is asked of the chain.
protocol PaymentChain: Sendable {
    func latestBlockhash() async -> Result<StreamAccess.Blockhash, StreamAccess.ChainFault>
    func mint(_ address: SolanaAddress) async -> Result<SolanaMint, StreamAccess.ChainFault>
    /// Whether the payment landed, asked of every server.
    func landing(_ entry: LedgerEntry) async -> LandingVerdict
}

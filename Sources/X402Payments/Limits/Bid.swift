package import RelayModel

/// An offer that passed every check for which neither the chain nor the limits are needed, with its parts read.
package struct Bid: Hashable, Sendable {
    package var offer: PaymentOffer
    package var network: SolanaNetwork
    package var asset: SolanaAddress
    /// In the token's smallest units.
    package var amount: UInt64
    package var recipient: SolanaAddress
    package var feePayer: SolanaAddress
    /// The memo that the server wants, not empty; nil where it wants none.
    package var memo: String?
    /// The blockhash that the server gives; nil where an RPC has to be asked.
    package var blockhash: SolanaAddress?
}

/// What a payment is for.
package struct Want: Hashable, Sendable {
    package var feed: String
    package var resource: StreamResource
    package var purpose: LedgerEntry.Purpose
    /// The token whose slice ends; nil for a purchase.
    package var token: Secret?

    package init(feed: String, resource: StreamResource, purpose: LedgerEntry.Purpose, token: Secret?) {
        self.feed = feed
        self.resource = resource
        self.purpose = purpose
        self.token = token
    }
}

/// Whether a payment landed, asked of every configured RPC; see `x402` payments of this module's README.
package enum LandingVerdict: Hashable, Sendable {
    /// Some RPC has the transaction, with the wallet's signature in it, and it moved the money.
    case landed(transaction: String)
    /// Its blockhash has expired, and every RPC says at `finalized` that it did not land, or that it failed.
    case notLanded
    /// Not known yet; why, as a clause that names the RPC.
    case undecided(reason: String)
}

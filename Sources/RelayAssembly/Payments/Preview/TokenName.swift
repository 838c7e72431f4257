import X402Payments

/// The names of tokens that a person knows by name.
package enum TokenName {
    /// Of a mint in base58; nil for one that is not known.
    package static func known(_ mint: String) -> String? {
        switch mint {
        case SolanaMint.usdc.address.description: "USDC"
        case SolanaMint.devnetUSDC.address.description: "USDC (devnet)"
        default: nil
        }
    }
}

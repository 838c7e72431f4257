/// A Solana cluster that payments can be made on.
package enum SolanaNetwork: CaseIterable, Hashable, Sendable {
    case mainnet
    case devnet

    /// By x402 v1's name or by its CAIP-2 one, which a v1 challenge may carry too.
    package init?(anyName name: String) {
        guard let network = Self.allCases.first(where: { $0.caip2 == name || $0.v1Name == name }) else { return nil }
        self = network
    }

    /// The name in x402 v2: the cluster's genesis hash, cut to 32 characters (CAIP-2, namespace `solana`).
    package var caip2: String {
        switch self {
        case .mainnet: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
        case .devnet: "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1"
        }
    }

    /// The name in x402 v1.
    package var v1Name: String {
        switch self {
        case .mainnet: "solana"
        case .devnet: "solana-devnet"
        }
    }

    /// The mint of Circle's USDC.
    package var usdc: SolanaMint {
        switch self {
        case .mainnet: .usdc
        case .devnet: .devnetUSDC
        }
    }
}

/// A token, as its mint account says.
package struct SolanaMint: Hashable, Sendable {
    package var address: SolanaAddress
    /// The token program that owns it.
    package var program: SolanaAddress
    package var decimals: UInt8

    package init(address: SolanaAddress, program: SolanaAddress, decimals: UInt8) {
        self.address = address
        self.program = program
        self.decimals = decimals
    }

    /// Circle's USDC on mainnet.
    package static let usdc = SolanaMint(
        address: SolanaProgram.address("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"),
        program: SolanaProgram.token, decimals: 6)
    /// Circle's USDC on devnet.
    package static let devnetUSDC = SolanaMint(
        address: SolanaProgram.address("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"),
        program: SolanaProgram.token, decimals: 6)

    /// The mints whose program and decimals need not be asked for: USDC on mainnet and devnet.
    package static func known(_ address: SolanaAddress) -> SolanaMint? {
        [usdc, devnetUSDC].first { $0.address == address }
    }
}

/// The programs that a payment names.
package enum SolanaProgram {
    package static let computeBudget = address("ComputeBudget111111111111111111111111111111")
    package static let token = address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
    package static let token2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
    package static let associatedToken = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
    package static let memo = address("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
    /// Assertions that some wallets add to what they sign; facilitators let them through.
    package static let lighthouse = address("L2TExMFKdjpN9kozasaurPirfHy9P8sbXoAN1qA3S95")

    /// An address that is written down here: a text that is none is a mistake in the program.
    static func address(_ text: String) -> SolanaAddress {
        guard let address = SolanaAddress(text) else { preconditionFailure("\(text) is no Solana address") }
        return address
    }
}

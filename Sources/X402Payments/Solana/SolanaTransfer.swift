/// A token transfer as the scheme `exact` on Solana wants it, before it is signed.
package struct SolanaTransfer: Hashable, Sendable {
    package var feePayer: SolanaAddress
    package var recipient: SolanaAddress
    package var mint: SolanaMint
    package var amount: UInt64
    /// At most 256 bytes of UTF-8.
    package var memo: String
    package var blockhash: SolanaAddress

    package init(
        feePayer: SolanaAddress, recipient: SolanaAddress, mint: SolanaMint, amount: UInt64, memo: String,
        blockhash: SolanaAddress
    ) {
        self.feePayer = feePayer
        self.recipient = recipient
        self.mint = mint
        self.amount = amount
        self.memo = memo
        self.blockhash = blockhash
    }
}

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

    /// The mints whose program and decimals need not be asked for: USDC on mainnet and devnet.
    package static func known(_ address: SolanaAddress) -> SolanaMint? { preconditionFailure("to be written") }
}

/// A transfer with the wallet's signature and an empty one for the fee payer, as it leaves.
package struct SignedTransfer: Hashable, Sendable {
    /// The wire form: signatures and message.
    package let transaction: [UInt8]
    /// The wallet's signature: 64 bytes.
    package let clientSignature: [UInt8]
    /// The wallet's token account.
    package let sourceAccount: SolanaAddress

    package init(transaction: [UInt8], clientSignature: [UInt8], sourceAccount: SolanaAddress) {
        self.transaction = transaction
        self.clientSignature = clientSignature
        self.sourceAccount = sourceAccount
    }
}

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

    /// What the compute budget is set to: the scheme's own figures, far above what a transfer with a memo takes.
    private static let computeUnits: UInt32 = 20_000
    private static let microLamportsPerUnit: UInt64 = 1

    /// The instructions in the order that the scheme fixes.
    func instructions(payer: SolanaAddress) -> [SolanaInstruction] {
        let source = SolanaAddress.associatedTokenAccount(of: payer, mint: mint)
        let destination = SolanaAddress.associatedTokenAccount(of: recipient, mint: mint)
        return [
            SolanaInstruction(
                program: SolanaProgram.computeBudget, accounts: [],
                data: [SolanaInstruction.setComputeUnitLimit] + Self.computeUnits.littleEndianBytes),
            SolanaInstruction(
                program: SolanaProgram.computeBudget, accounts: [],
                data: [SolanaInstruction.setComputeUnitPrice] + Self.microLamportsPerUnit.littleEndianBytes),
            SolanaInstruction(
                program: mint.program,
                accounts: [
                    .init(source, isWritable: true), .init(mint.address), .init(destination, isWritable: true),
                    .init(payer, isSigner: true),
                ],
                data: [SolanaInstruction.transferChecked] + amount.littleEndianBytes + [mint.decimals]),
            SolanaInstruction(program: SolanaProgram.memo, accounts: [], data: Array(memo.utf8)),
        ]
    }
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

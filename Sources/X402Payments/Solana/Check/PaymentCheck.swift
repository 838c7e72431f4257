/// What a facilitator of the scheme `exact` on Solana finds in a payment payload, before it puts its own signature in.
///
/// Of a simulated vendor and of tests: the relay itself makes payments and checks none.
package struct PaymentCheck: Hashable, Sendable {
    /// Why a payload does not pay, as a clause.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    package let payer: SolanaAddress
    /// The payer's token account.
    package let sourceAccount: SolanaAddress
    /// The recipient's token account.
    package let destinationAccount: SolanaAddress
    package let amount: UInt64
    package let memo: String
    package let blockhash: SolanaAddress
    /// 64 bytes.
    package let clientSignature: [UInt8]
    /// As it came, the fee payer's signature still missing.
    package let transaction: SolanaTransaction
    /// `info.id` of the extension `payment-identifier`.
    package let identifier: String?

    /// The highest price of compute units that is let through, in micro-lamports: the fee payer pays it.
    private static let maxUnitPrice: UInt64 = 5_000_000

    /// Reads a payload (JSON) that should pay `offer` in `mint`.
    package init(
        _ payload: [UInt8], pays offer: PaymentOffer, version: X402Version, mint: SolanaMint
    ) throws(Fault) {
        let read = try PaidPayload(payload, version: version)
        identifier = read.identifier
        try read.expect(offer, version: version)
        do {
            transaction = try SolanaTransaction(bytes: read.transaction)
        } catch {
            throw Fault("its transaction cannot be read: \(error)")
        }
        let message = transaction.message
        guard let named = offer.feePayer, let feePayer = SolanaAddress(named) else {
            throw Fault("the offer names no fee payer")
        }
        guard message.accounts.first == feePayer else { throw Fault("the fee payer is not \(feePayer)") }
        for (place, instruction) in message.instructions.enumerated() where instruction.accounts.contains(0) {
            throw Fault("the fee payer is an account of instruction \(place)")
        }
        let programs = try Self.programs(of: message, mint: mint)
        try Self.checkComputeBudget(message.instructions)
        let transfer = try TransferCheck(message, message.instructions[2], pays: offer, mint: mint)
        (payer, amount) = (transfer.payer, transfer.amount)
        (sourceAccount, destinationAccount) = (transfer.source, transfer.destination)

        let memos = message.instructions.indices.filter { programs[$0] == SolanaProgram.memo }
        guard memos.count == 1, let place = memos.first else { throw Fault("it has \(memos.count) memos, not one") }
        guard let text = String(validating: message.instructions[place].data, as: UTF8.self) else {
            throw Fault("its memo is not UTF-8")
        }
        if let wanted = offer.memo, wanted != text { throw Fault("its memo is not the offer's") }
        memo = text
        blockhash = message.blockhash

        guard message.signers == 2, message.accounts[1] == payer else {
            throw Fault("it is to be signed by others than the fee payer and the payer")
        }
        guard transaction.isSigned(by: payer) else { throw Fault("the payer's signature does not fit the message") }
        clientSignature = transaction.signatures[1]
    }

    /// Each instruction's program: limit, price, transfer, and up to three more that cannot move anything.
    private static func programs(of message: SolanaMessage, mint: SolanaMint) throws(Fault) -> [SolanaAddress] {
        let programs = message.instructions.map { message.accounts[Int($0.program)] }
        guard (3...6).contains(programs.count) else { throw Fault("it has \(programs.count) instructions, not 3 to 6") }
        guard programs[0] == SolanaProgram.computeBudget, programs[1] == SolanaProgram.computeBudget else {
            throw Fault("its first two instructions are not of the compute budget")
        }
        guard programs[2] == mint.program else {
            throw Fault("its third instruction is not of the mint's token program")
        }
        let harmless = [SolanaProgram.memo, SolanaProgram.lighthouse]
        guard programs.dropFirst(3).allSatisfy(harmless.contains) else {
            throw Fault("an instruction after the transfer is neither a memo nor an assertion")
        }
        return programs
    }

    private static func checkComputeBudget(_ instructions: [SolanaMessage.Instruction]) throws(Fault) {
        let (limit, price) = (instructions[0].data, instructions[1].data)
        guard limit.count == 5, limit[0] == SolanaInstruction.setComputeUnitLimit else {
            throw Fault("its first instruction does not set the limit of compute units")
        }
        guard price.count == 9, price[0] == SolanaInstruction.setComputeUnitPrice else {
            throw Fault("its second instruction does not set the price of compute units")
        }
        let micro = UInt64(littleEndian: price.dropFirst())
        guard micro <= maxUnitPrice else {
            throw Fault("it pays \(micro) micro-lamports for a compute unit, at most \(maxUnitPrice) are let through")
        }
    }
}

/// The TransferChecked of a payment.
private struct TransferCheck {
    let payer: SolanaAddress
    let source: SolanaAddress
    let destination: SolanaAddress
    let amount: UInt64

    init(
        _ message: SolanaMessage, _ instruction: SolanaMessage.Instruction, pays offer: PaymentOffer, mint: SolanaMint
    ) throws(PaymentCheck.Fault) {
        let data = instruction.data
        guard data.count == 10, data[0] == SolanaInstruction.transferChecked else {
            throw PaymentCheck.Fault("its third instruction is no TransferChecked")
        }
        guard instruction.accounts.count == 4 else {
            throw PaymentCheck.Fault("its transfer names \(instruction.accounts.count) accounts, not 4")
        }
        let accounts = instruction.accounts.map { message.accounts[Int($0)] }
        (source, destination, payer) = (accounts[0], accounts[2], accounts[3])
        amount = UInt64(littleEndian: data[1..<9])
        guard accounts[1] == mint.address, offer.asset == mint.address.description else {
            throw PaymentCheck.Fault("it moves \(accounts[1]), not \(offer.asset)")
        }
        guard data[9] == mint.decimals else {
            throw PaymentCheck.Fault("it gives the mint \(data[9]) decimals, not \(mint.decimals)")
        }
        guard offer.amount == "\(amount)" else {
            throw PaymentCheck.Fault("it moves \(amount), not \(offer.amount ?? "an amount that the offer lacks")")
        }
        guard let recipient = SolanaAddress(offer.recipient),
            destination == .associatedTokenAccount(of: recipient, mint: mint)
        else { throw PaymentCheck.Fault("it does not pay to the token account of \(offer.recipient)") }
        guard source == .associatedTokenAccount(of: payer, mint: mint) else {
            throw PaymentCheck.Fault("it does not pay from the token account of \(payer)")
        }
        guard message.isWritable(instruction.accounts[0]), message.isWritable(instruction.accounts[2]) else {
            throw PaymentCheck.Fault("a token account of the transfer is read-only")
        }
    }
}

extension UInt64 {
    /// The number of up to eight bytes, least significant first.
    fileprivate init(littleEndian bytes: some Collection<UInt8>) {
        self = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

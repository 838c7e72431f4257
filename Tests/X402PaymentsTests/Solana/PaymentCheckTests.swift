import RelayModel
import Testing

@testable import X402Payments

@Suite struct PaymentCheckTests {
    private static func challenge(_ version: X402Version) throws -> PaymentChallenge {
        switch version {
        case .v2:
            let json =
                #"{"x402Version":2,"resource":{"url":"https://a.example/x"},"accepts":[\#(PaymentVector.requirements)],"#
                + #""extensions":{"payment-identifier":{"info":{"required":false}}}}"#
            let header = HTTPField("payment-required", Base64.encode(Array(json.utf8)))
            return try PaymentChallenge(headers: [header], body: [])
        case .v1:
            let offer = PaymentVector.requirements.replacing(#""amount""#, with: #""maxAmountRequired""#)
                .replacing(SolanaNetwork.mainnet.caip2, with: "solana")
            return try PaymentChallenge(headers: [], body: Array(#"{"x402Version":1,"accepts":[\#(offer)]}"#.utf8))
        }
    }

    private static func payload(_ transaction: [UInt8], _ version: X402Version = .v2) throws -> [UInt8] {
        let challenge = try challenge(version)
        return PaymentPayload.json(
            for: challenge.offers[0], of: challenge, transaction: transaction, identifier: "x402relay_0123456789")
    }

    @Test(arguments: [X402Version.v1, .v2])
    func `a payment of the relay's own is taken, and read back`(version: X402Version) throws {
        let (wallet, transfer) = try (PaymentVector.wallet(), PaymentVector.transfer())
        let signed = wallet.sign(transfer)
        let check = try PaymentCheck(
            Self.payload(signed.transaction, version), pays: Self.challenge(version).offers[0], version: version,
            mint: .usdc)
        #expect(check.payer == wallet.address)
        #expect(check.sourceAccount == signed.sourceAccount)
        #expect(check.destinationAccount.description == "DNDTCnZkNk358qDFZd9unHtnrc73SsXcpVWtwJJMrR4B")
        #expect(check.amount == 30_000)
        #expect(check.memo == PaymentVector.memo)
        #expect(check.blockhash == transfer.blockhash)
        #expect(check.clientSignature == signed.clientSignature)
        #expect(check.transaction.bytes == signed.transaction)
        #expect(check.identifier == (version == .v2 ? "x402relay_0123456789" : nil))
    }

    @Test func `a memo of the payer's own is taken where the offer names none`() throws {
        var transfer = try PaymentVector.transfer()
        transfer.memo = "00112233445566778899aabbccddeeff"
        var offer = try Self.challenge(.v2).offers[0]
        offer.memo = nil
        offer.json = Array(PaymentVector.requirements.replacing(#","memo":"pi_3abc123def456""#, with: "").utf8)
        let payload = try PaymentPayload.json(
            for: offer, of: Self.challenge(.v2), transaction: PaymentVector.wallet().sign(transfer).transaction,
            identifier: "")
        #expect(try PaymentCheck(payload, pays: offer, version: .v2, mint: .usdc).memo == transfer.memo)
    }

    /// What the payer changes before it signs, and a piece of what is said of it.
    static let wrongTransfers: [(String, @Sendable (inout SolanaTransfer) -> Void)] = [
        ("it moves 29999, not 30000", { $0.amount = 29_999 }),
        ("it moves 30001, not 30000", { $0.amount = 30_001 }),
        ("decimals, not 6", { $0.mint.decimals = 9 }),
        ("it moves 4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU, not EPj", { $0.mint = .devnetUSDC }),
        ("not of the mint's token program", { $0.mint.program = SolanaProgram.token2022 }),
        ("it does not pay to the token account", { $0.recipient = $0.feePayer }),
        ("the fee payer is not", { $0.feePayer = $0.recipient }),
        ("its memo is not the offer's", { $0.memo += "x" }),
    ]

    @Test(arguments: wrongTransfers.indices)
    func `a transfer that is not the one asked for is refused`(index: Int) throws {
        let (part, change) = Self.wrongTransfers[index]
        var transfer = try PaymentVector.transfer()
        change(&transfer)
        try expectFault(part, Self.payload(PaymentVector.wallet().sign(transfer).transaction))
    }

    /// What the instructions are changed to, before all is signed as it should be.
    static let wrongInstructions: [(String, @Sendable (inout [SolanaInstruction]) -> Void)] = [
        ("2 instructions, not 3 to 6", { $0.removeLast(2) }),
        ("7 instructions, not 3 to 6", { $0 += [$0[3], $0[3], $0[3]] }),
        ("it has 0 memos, not one", { $0.removeLast() }),
        ("it has 2 memos, not one", { $0.append($0[3]) }),
        ("first two instructions are not of the compute budget", { $0.swapAt(1, 3) }),
        ("does not set the limit of compute units", { $0.swapAt(0, 1) }),
        ("does not set the price of compute units", { $0[1].data.removeLast() }),
        ("5000001 micro-lamports", { $0[1].data = [3] + UInt64(5_000_001).littleEndianBytes }),
        ("third instruction is no TransferChecked", { $0[2].data[0] = 3 }),
        ("third instruction is no TransferChecked", { $0[2].data.append(0) }),
        ("names 5 accounts, not 4", { $0[2].accounts.append($0[2].accounts[0]) }),
        ("neither a memo nor an assertion", { $0.append($0[0]) }),
        ("a token account of the transfer is read-only", { $0[2].accounts[2].isWritable = false }),
        ("its memo is not UTF-8", { $0[3].data = [0xFF] }),
        (
            "the fee payer is an account of instruction 3",
            { $0[3].accounts = [.init(SolanaProgram.address(PaymentVector.feePayer), isSigner: true)] }
        ),
        (
            "signed by others",
            { $0[3].accounts = [.init(SolanaProgram.address(PaymentVector.recipient), isSigner: true)] }
        ),
        (
            "it does not pay from the token account",
            { $0[2].accounts[0].address = SolanaProgram.address(PaymentVector.recipient) }
        ),
    ]

    @Test(arguments: wrongInstructions.indices)
    func `a transaction of other instructions is refused`(index: Int) throws {
        let (part, change) = Self.wrongInstructions[index]
        try expectFault(part, Self.payload(Self.signed(changing: change)))
    }

    @Test func `a wallet's assertion behind the memo is let through`() throws {
        let transaction = try Self.signed {
            $0.append(.init(program: SolanaProgram.lighthouse, accounts: [], data: [1]))
        }
        _ = try PaymentCheck(
            Self.payload(transaction), pays: Self.challenge(.v2).offers[0], version: .v2, mint: .usdc)
    }

    @Test func `a signature that does not fit is refused`() throws {
        var transaction = try PaymentVector.wallet().sign(PaymentVector.transfer()).transaction
        transaction[1 + 64] ^= 1
        try expectFault("the payer's signature does not fit", Self.payload(transaction))
        // A bit of the blockhash: all is as asked for, but another message was signed.
        transaction[1 + 64] ^= 1
        transaction[1 + 128 + 5 + 8 * 32] ^= 1
        try expectFault("the payer's signature does not fit", Self.payload(transaction))
    }

    @Test(arguments: [
        ("", "no JSON"), ("[]", "not of x402 version 2"), (#"{"x402Version":1}"#, "not of x402 version 2"),
        (#"{"x402Version":2,"x402Version":2}"#, "twice"), (#"{"x402Version":2}"#, "which offer it accepts"),
        (#"{"x402Version":2,"accepted":{},"payload":{}}"#, "which offer it accepts"),
        (#"{"x402Version":2,"accepted":OFFER,"payload":{}}"#, "payload.transaction is not base64"),
        (#"{"x402Version":2,"accepted":OFFER,"payload":{"transaction":"AA"}}"#, "payload.transaction is not base64"),
        (#"{"x402Version":2,"accepted":OFFER,"payload":{"transaction":"AAAA"}}"#, "its transaction cannot be read"),
        (#"{"x402Version":2,"accepted":DEVNET,"payload":{"transaction":"AAAA"}}"#, "its network is"),
        (#"{"x402Version":2,"accepted":CHEAP,"payload":{"transaction":"AAAA"}}"#, "accepts another offer"),
    ])
    func `a payload that is none is refused`(json: String, part: String) throws {
        let offer = PaymentVector.requirements
        let payload = json.replacing("OFFER", with: offer)
            .replacing("DEVNET", with: offer.replacing(SolanaNetwork.mainnet.caip2, with: SolanaNetwork.devnet.caip2))
            .replacing("CHEAP", with: offer.replacing("30000", with: "3"))
        try expectFault(part, Array(payload.utf8))
    }

    private func expectFault(_ part: String, _ payload: [UInt8]) throws {
        let offer = try Self.challenge(.v2).offers[0]
        do {
            _ = try PaymentCheck(payload, pays: offer, version: .v2, mint: .usdc)
            Issue.record("it was taken, where \(part) was expected")
        } catch {
            #expect(error.description.contains(part), "\(error)")
        }
    }

    /// The vector's payment with other instructions, signed by the payer.
    private static func signed(changing change: (inout [SolanaInstruction]) -> Void) throws -> [UInt8] {
        let (wallet, transfer) = try (PaymentVector.wallet(), PaymentVector.transfer())
        var instructions = transfer.instructions(payer: wallet.address)
        change(&instructions)
        let message = SolanaMessage(
            feePayer: transfer.feePayer, instructions: instructions, blockhash: transfer.blockhash)
        let unsigned = [[UInt8]](repeating: [UInt8](repeating: 0, count: 64), count: message.signers)
        let transaction = SolanaTransaction(signatures: unsigned, message: message)
        return (transaction.cosigned(by: wallet) ?? transaction).bytes
    }
}

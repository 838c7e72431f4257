import Crypto
import RelayModel
import Testing

@testable import X402Payments

@Suite struct SolanaTransferTests {
    @Test func `a transfer is signed to the bytes of the official client`() throws {
        let signed = try PaymentVector.wallet().sign(PaymentVector.transfer())
        #expect(Base64.encode(signed.transaction) == PaymentVector.transaction)
        #expect(Base58.encode(signed.clientSignature) == PaymentVector.clientSignature)
        #expect(signed.sourceAccount.description == "3wvJdyFnGvaMWpbq93NU91SggiVRveULUXL6iX5VZDGP")
        let message = try SolanaTransaction(bytes: signed.transaction).message.bytes
        #expect(message == [0x80] + (try #require(bytes(hex: PaymentVector.message))))
    }

    @Test func `signing again gives the same bytes`() throws {
        let wallet = try PaymentVector.wallet()
        let first = try wallet.sign(PaymentVector.transfer())
        for _ in 0..<8 { #expect(try wallet.sign(PaymentVector.transfer()) == first) }
    }

    // RFC 8032, section 7.1, TEST 1 and TEST 2.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", [UInt8](),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246"
                + "55141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", [UInt8(0x72)],
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb"
                + "00d291612bb0c00"
        ),
    ])
    func `signatures are those of RFC 8032`(seed: String, message: [UInt8], signature: String) throws {
        #expect(try SolanaWallet(Secret(seed)).signature(over: message) == bytes(hex: signature))
    }

    @Test func `a token of Token-2022 is moved by its program, with its decimals`() throws {
        var transfer = try PaymentVector.transfer()
        transfer.mint = SolanaMint(address: transfer.mint.address, program: SolanaProgram.token2022, decimals: 9)
        transfer.amount = .max
        let message = try SolanaTransaction(bytes: PaymentVector.wallet().sign(transfer).transaction).message
        let instruction = message.instructions[2]
        #expect(message.accounts[Int(instruction.program)] == SolanaProgram.token2022)
        #expect(instruction.data == [12] + [UInt8](repeating: 0xFF, count: 8) + [9])
    }

    @Test func `the longest memo fits into a transaction`() throws {
        var transfer = try PaymentVector.transfer()
        transfer.memo = String(repeating: "\u{E9}", count: 128)
        let signed = try PaymentVector.wallet().sign(transfer)
        let transaction = try SolanaTransaction(bytes: signed.transaction)
        #expect(transaction.message.instructions[3].data == Array(transfer.memo.utf8))
        #expect(transaction.bytes == signed.transaction)
    }

    @Test func `a fee payer's signature makes the id of the transaction`() throws {
        let signed = try PaymentVector.wallet().sign(PaymentVector.transfer())
        let transaction = try SolanaTransaction(bytes: signed.transaction)
        let (wallet, vendor) = try (PaymentVector.wallet(), PaymentVector.vendor())
        #expect(transaction.id == nil)
        #expect(transaction.isSigned(by: wallet.address))
        #expect(!transaction.isSigned(by: vendor.address))

        let whole = try #require(transaction.cosigned(by: vendor))
        #expect(whole.isSigned(by: vendor.address) && whole.isSigned(by: wallet.address))
        #expect(whole.signatures[1] == signed.clientSignature)
        #expect(whole.id == Base58.encode(whole.signatures[0]))
        #expect(SolanaTransaction.signatures(ofWire: whole.bytes) == whole.signatures)
        let stranger = try SolanaWallet(Secret(String(repeating: "55", count: 32)))
        #expect(transaction.cosigned(by: stranger) == nil)
        #expect(!whole.isSigned(by: stranger.address))
    }
}

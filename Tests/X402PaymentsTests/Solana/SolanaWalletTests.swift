import RelayModel
import Testing
import X402Payments

@Suite struct SolanaWalletTests {
    @Test func `a transfer is signed to the bytes of the official client`() throws {
        let signed = try PaymentVector.wallet().sign(PaymentVector.transfer())
        #expect(Base64.encode(signed.transaction) == PaymentVector.transaction)
        #expect(Base58.encode(signed.clientSignature) == PaymentVector.clientSignature)
        #expect(signed.sourceAccount.description == "3wvJdyFnGvaMWpbq93NU91SggiVRveULUXL6iX5VZDGP")
    }
}

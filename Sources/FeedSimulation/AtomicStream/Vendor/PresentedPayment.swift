import RelayModel
import X402Payments

/// A payment as far as it must be read to know which it is; whether it pays is `PaymentCheck`'s to say.
struct PresentedPayment: Sendable {
    struct Fault: Error {
        let reason: String
    }

    /// The whole payload as JSON.
    let payload: [UInt8]
    let transaction: SolanaTransaction
    /// The client's, in base58: it tells this payment from any other.
    let signature: String
    let payer: String
    let memo: String
    let amount: UInt64
    let blockhash: String
    /// `info.id` of the extension `payment-identifier`.
    let identifier: String?

    init(_ payload: [UInt8]) throws(Fault) {
        guard let document = try? JSONParser(limits: StreamVendor.bodyLimits).parse(payload) else {
            throw Fault(reason: "invalid_payload: it is not base64 of JSON")
        }
        let facts = JSONFacts(document)
        guard let wire = facts["payload"]?.string("transaction").flatMap({ Base64.decode($0.utf8, .canonical) }) else {
            throw Fault(reason: "invalid_payload: payload.transaction is not base64")
        }
        do {
            transaction = try SolanaTransaction(bytes: wire)
        } catch {
            throw Fault(reason: "invalid_exact_svm_payload: the transaction cannot be read: \(error)")
        }
        let message = transaction.message
        guard transaction.signatures.count == 2, message.accounts.count > 1 else {
            throw Fault(reason: "invalid_exact_svm_payload: it is not to be signed by a fee payer and a payer alone")
        }
        func data(of instruction: SolanaMessage.Instruction?) -> [UInt8] { instruction?.data ?? [] }
        let memos = message.instructions.filter { message.accounts[Int($0.program)] == SolanaProgram.memo }
        let transfer = data(of: message.instructions.dropFirst(2).first)
        self.payload = payload
        signature = Base58.encode(transaction.signatures[1])
        payer = message.accounts[1].description
        memo = String(decoding: data(of: memos.first), as: UTF8.self)
        amount = transfer.count == 10 ? transfer[1..<9].reversed().reduce(0) { $0 << 8 | UInt64($1) } : 0
        blockhash = message.blockhash.description
        identifier = facts["extensions"]?["payment-identifier"]?["info"]?.string("id")
    }

    /// Why it does not pay this offer; nil where it does.
    func objection(_ offer: PostedOffer, _ mint: SolanaMint) -> String? {
        do {
            _ = try PaymentCheck(payload, pays: offer.terms, version: offer.path.version, mint: mint)
            return nil
        } catch {
            return "invalid_exact_svm_payload: \(error)"
        }
    }
}

import RelayModel
import X402Payments

/// What the vendor knows of each payment that it was sent, by the client's signature.
struct PaymentBook: Sendable {
    struct Record: Sendable {
        var account: PaymentReferee.Account
        /// The transaction's id.
        var transaction: String?
        /// What a client gets that sends the same again, where the vendor remembers.
        var answer: VendorAnswer?
        /// How the referee counts what the answer gives, once it arrives; nil when it has.
        var undelivered: Timestamp?
    }

    /// The oldest is forgotten first; its blockhash is long too old by then.
    static let maxKept = 10_000

    private var records: [String: Record] = [:]
    private var order: [String] = []
    /// Which payment came under which identifier of the extension `payment-identifier`.
    private var identifiers: [String: String] = [:]

    subscript(signature: String) -> Record? { records[signature] }

    mutating func enter(_ signature: String, _ record: Record) {
        if records.updateValue(record, forKey: signature) == nil { order.append(signature) }
        guard order.count > Self.maxKept else { return }
        let old = Set(order.prefix(Self.maxKept / 10))
        order.removeFirst(old.count)
        for signature in old { records[signature] = nil }
        identifiers = identifiers.filter { !old.contains($0.value) }
    }

    /// Whether this identifier is this payment's, or nobody's so far.
    mutating func claim(_ identifier: String, for signature: String) -> Bool {
        if let owner = identifiers[identifier] { return owner == signature }
        identifiers[identifier] = signature
        return true
    }
}

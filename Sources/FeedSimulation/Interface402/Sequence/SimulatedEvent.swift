import RelayModel

/// What one simulated payment is, and what its verification and settlement say of it.
struct SimulatedPayment: Equatable, Sendable {
    var paymentID: String
    var signature: String
    var sender: String
    var recipient: String
    /// JSON number texts, never converted.
    var amount: String
    var fees: String
    var resource: String
    var blockHeight: Int
    var summary: String
    var reference: String
    var facilitator: String
    var verificationMilliseconds: Int
    var confirmations: Int
}

/// One event of a simulated feed.
struct SimulatedEvent: Equatable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case payment, verification, settlement

        /// The key that subscribes to all of them.
        var channel: String { rawValue + "s" }
    }

    /// Whose view a payment is sent in; the other kinds have no `direction`.
    enum Direction: String, Sendable {
        case sent, received
    }

    var kind: Kind
    var payment: SimulatedPayment
    var timestamp: Timestamp

    /// The message as the feed sends it: one line, the fields in the order of the vendor's page.
    func bytes(_ direction: Direction) -> [UInt8] {
        var object = JSONObjectWriter()
        object.string("type", kind.rawValue)
        object.string("paymentId", payment.paymentID)
        switch kind {
        case .payment:
            object.string("signature", payment.signature)
            object.string("sender", payment.sender)
            object.string("recipient", payment.recipient)
            object.value("amount", payment.amount)
            object.string("resource", payment.resource)
            object.string("status", "confirmed")
            object.value("blockHeight", payment.blockHeight)
            object.value("timestamp", timestamp.milliseconds)
            object.string("direction", direction.rawValue)
            var metadata = JSONObjectWriter()
            metadata.string("description", payment.summary)
            metadata.string("referenceId", payment.reference)
            object.value("metadata", metadata.text)
        case .verification:
            object.value("verified", true)
            object.string("verifiedBy", payment.facilitator)
            object.string("verificationTime", "\(payment.verificationMilliseconds)ms")
            object.value("timestamp", timestamp.milliseconds)
            object.string("recipient", payment.recipient)
            object.value("amount", payment.amount)
        case .settlement:
            object.string("signature", payment.signature)
            object.string("status", "settled")
            object.value("confirmations", payment.confirmations)
            object.value("blockHeight", payment.blockHeight)
            object.value("finalAmount", payment.amount)
            object.value("fees", payment.fees)
            object.value("timestamp", timestamp.milliseconds)
        }
        return object.bytes
    }
}

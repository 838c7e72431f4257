import RelayModel
import X402Payments

/// A price that the vendor named: what must be paid, and for which path.
struct PostedOffer: Equatable, Sendable {
    let path: VendorPath
    let amount: UInt64
    /// As the client reads it.
    let terms: PaymentOffer
    let at: Timestamp
}

/// The prices that the vendor named and still stands by.
struct PostedOffers: Sendable {
    /// The oldest is withdrawn first.
    static let maxKept = 10_000
    /// Longer than a client may work on a payment: `maxTimeoutSeconds` and the time of a few resends.
    static let standsFor: Duration = .seconds(600)

    private var offers: [PostedOffer] = []

    mutating func post(_ offer: PostedOffer) {
        if offers.count == Self.maxKept { offers.removeFirst(Self.maxKept / 10) }
        offers.append(offer)
    }

    /// The newest that a payment takes up: the one with its memo, else the one with its blockhash, else any of its
    /// amount.
    func match(_ path: VendorPath, _ payment: PresentedPayment, at now: Timestamp) -> PostedOffer? {
        let standing = offers.reversed().lazy.filter { $0.path == path && now - $0.at <= Self.standsFor }
        return standing.first { offer in
            guard offer.amount == payment.amount else { return false }
            if let memo = offer.terms.memo { return memo == payment.memo }
            return (offer.terms.recentBlockhash ?? payment.blockhash) == payment.blockhash
        }
    }
}

package import RelayModel

/// A limit that a payment would pass, with the figures.
package struct LimitBreach: Error, Hashable, Sendable, CustomStringConvertible {
    /// The limits in the order in which they are judged, by the names that they have in the configuration.
    package enum Limit: String, CaseIterable, Sendable {
        case perPayment, priceJump, perHour, perDay, total
        /// `Purse.maxRecent`: not configured, and never met by payments that make sense.
        case paymentsPerDay
    }

    package var limit: Limit
    /// What the limit is, as the operator wrote it.
    package var allowed: String
    /// What counts against it already: a sum in the asset's units, or for `priceJump` the last price; nil where nothing does.
    package var spent: String?
    package var amount: TokenAmount
    package var asset: String

    package var description: String {
        switch limit {
        case .perPayment: "it costs \(amount), and payments.limits.perPayment allows \(allowed)"
        case .priceJump:
            "it costs \(amount) after \(spent ?? "nothing"), and payments.limits.priceJump allows \(allowed) times that"
        case .perHour, .perDay, .total:
            "it costs \(amount) on top of \(spent ?? "0"), and payments.limits.\(limit.rawValue) allows \(allowed)"
        case .paymentsPerDay: "there were \(spent ?? "0") payments within a day, and \(allowed) are the most"
        }
    }
}

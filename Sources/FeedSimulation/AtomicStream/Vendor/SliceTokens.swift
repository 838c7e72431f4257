import RelayModel
import X402Payments

/// A token: who holds it gets the stream until it expires.
struct SliceToken: Equatable, Sendable {
    let text: String
    let version: X402Version
    let stream: String
    /// The wallet that paid for it.
    let payer: String
    /// The client's signature of the payment that it was sold for.
    let payment: String
    var expiresAt: Timestamp
    /// Connections that it was let in for.
    var admissions = 0
    /// Sold and good for nothing: no connection is let in.
    let isDead: Bool
    /// A connection with it was turned away as if it had never been sold.
    var isForgotten = false

    /// What may be shown of it.
    var short: String { Self.short(text) }

    static func short(_ text: String) -> String { "\(text.prefix(8))…" }
}

/// All tokens that the simulated vendor knows.
struct SliceTokens: Sendable {
    /// The oldest is forgotten first.
    static let maxKept = 10_000
    /// How long after its end a slice can still be renewed; the vendor's own rule is not known.
    static let renewableFor: Duration = .seconds(3600)

    private var byText: [String: SliceToken] = [:]
    private var order: [String] = []

    subscript(text: String) -> SliceToken? { byText[text] }

    mutating func add(_ token: SliceToken) {
        if order.count == Self.maxKept {
            for old in order.prefix(Self.maxKept / 10) { byText[old] = nil }
            order.removeFirst(Self.maxKept / 10)
        }
        byText[token.text] = token
        order.append(token.text)
    }

    mutating func change(_ text: String, _ body: (inout SliceToken) -> Void) {
        guard var token = byText[text] else { return }
        body(&token)
        byText[text] = token
    }
}

package import RelayModel

/// How many times a feed's last price its next payment may cost; exact to 18 decimals.
package struct PriceFactor: Hashable, Sendable, CustomStringConvertible {
    /// One and a half times.
    package static let standard = PriceFactor(TokenAmount(atomic: 15, decimals: 1) ?? .zero)

    /// The factor, in the same 10⁻¹⁸ parts as an amount.
    private let factor: TokenAmount

    private init(_ factor: TokenAmount) {
        self.factor = factor
    }

    /// The factor that a plain decimal spells, such as `1.5`; nil for anything else and for 2⁶⁴ or more.
    ///
    /// Digits past the 18th place are cut.
    package init?(_ text: some StringProtocol) {
        guard let factor = TokenAmount(text) else { return nil }
        self.init(factor)
    }

    package var description: String { factor.description }

    /// Whether `amount` is at most so many times `last`; the product is compared in 256 bits, so nothing is rounded.
    package func allows(_ amount: TokenAmount, after last: TokenAmount) -> Bool {
        let one = TokenAmount(atomic: 1, decimals: 0) ?? .zero
        let asked = amount.parts.multipliedFullWidth(by: one.parts)
        let allowed = last.parts.multipliedFullWidth(by: factor.parts)
        return asked.high == allowed.high ? asked.low <= allowed.low : asked.high < allowed.high
    }
}

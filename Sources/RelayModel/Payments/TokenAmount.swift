/// An amount of a token in its units, exact: a count of 10⁻¹⁸ parts.
///
/// Holds every amount of 64 bits of a token with at most 18 decimals, and sums of them far beyond what exists.
package struct TokenAmount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The most decimals that a token may have here; Solana's usual ones have 0 to 9.
    package static let maxDecimals: UInt8 = 18
    package static let zero = TokenAmount(parts: 0)
    /// More than any sum of payments.
    package static let max = TokenAmount(parts: .max)

    /// In 10⁻¹⁸.
    package let parts: UInt128

    private init(parts: UInt128) {
        self.parts = parts
    }

    /// `atomic` of the token's smallest units; nil for more than 18 decimals.
    package init?(atomic: UInt64, decimals: UInt8) {
        guard decimals <= Self.maxDecimals else { return nil }
        parts = UInt128(atomic) * Self.power(Int(Self.maxDecimals - decimals))
    }

    /// The amount that a decimal text spells: digits, and at most one point between digits.
    ///
    /// Digits past the 18th place are cut; nil for anything else and for 2⁶⁴ units or more.
    package init?(_ text: some StringProtocol) {
        let halves = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count), let first = halves.first, !first.isEmpty else { return nil }
        var parts: UInt128 = 0
        for digit in first {
            guard digit &- UInt8(ascii: "0") <= 9 else { return nil }
            parts = parts * 10 + UInt128(digit - UInt8(ascii: "0"))
            guard parts <= UInt128(UInt64.max) else { return nil }
        }
        parts *= Self.power(Int(Self.maxDecimals))
        if halves.count == 2 {
            guard !halves[1].isEmpty else { return nil }
            for (place, digit) in halves[1].enumerated() {
                guard digit &- UInt8(ascii: "0") <= 9 else { return nil }
                guard place < Int(Self.maxDecimals) else { continue }
                parts += UInt128(digit - UInt8(ascii: "0")) * Self.power(Int(Self.maxDecimals) - 1 - place)
            }
        }
        self.parts = parts
    }

    /// Stays at the largest value instead of passing it: what is compared with a limit is then still above it.
    package static func + (left: TokenAmount, right: TokenAmount) -> TokenAmount {
        let (sum, isOver) = left.parts.addingReportingOverflow(right.parts)
        return TokenAmount(parts: isOver ? .max : sum)
    }

    /// Stays at zero instead of passing it.
    package static func - (left: TokenAmount, right: TokenAmount) -> TokenAmount {
        TokenAmount(parts: left.parts > right.parts ? left.parts - right.parts : 0)
    }

    package static func < (left: TokenAmount, right: TokenAmount) -> Bool { left.parts < right.parts }

    /// The amount `count` times; stays at the largest value instead of passing it.
    package static func * (amount: TokenAmount, count: UInt64) -> TokenAmount {
        let (product, isOver) = amount.parts.multipliedReportingOverflow(by: UInt128(count))
        return TokenAmount(parts: isOver ? .max : product)
    }

    /// The shortest plain decimal: `0.03`, `12`.
    package var description: String {
        let unit = Self.power(Int(Self.maxDecimals))
        let whole = parts / unit
        var rest = parts % unit
        guard rest > 0 else { return "\(whole)" }
        var digits = String("\(unit + rest)".dropFirst())
        while rest % 10 == 0 {
            rest /= 10
            digits.removeLast()
        }
        return "\(whole).\(digits)"
    }

    private static func power(_ exponent: Int) -> UInt128 {
        var power: UInt128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}

/// A number modulo p = 2²⁵⁵ − 19, in five limbs of 51 bits: as much of it as tells whether 32 bytes are a point of Ed25519.
///
/// Not for secrets: it takes no care of timing.
struct Curve25519Field: Equatable {
    /// value = Σ limb × 2^(51 × place); each below 2⁵² between operations, so not always the smallest form.
    private var limbs: (UInt64, UInt64, UInt64, UInt64, UInt64)

    private static let mask: UInt64 = 1 << 51 - 1

    /// d of the curve −x² + y² = 1 + d·x²·y² (RFC 8032, section 5.1): −121665/121666.
    private static let d = Curve25519Field(littleEndian: [
        0xA3, 0x78, 0x59, 0x13, 0xCA, 0x4D, 0xEB, 0x75, 0xAB, 0xD8, 0x41, 0x41, 0x4D, 0x0A, 0x70, 0x00, 0x98, 0xE8,
        0x79,
        0x77, 0x79, 0x40, 0xC7, 0x8C, 0x73, 0xFE, 0x6F, 0x2B, 0xEE, 0x6C, 0x03, 0x52,
    ])
    private static let one = Curve25519Field(limbs: (1, 0, 0, 0, 0))

    /// Whether 32 bytes are a point's compressed form, as the runtime of Solana asks it (`curve25519-dalek`): the top bit is
    /// the sign of x and does not count, and y need not be below p.
    ///
    /// x² = (y² − 1) / (d·y² + 1) has a solution where numerator × denominator is a square; the denominator is never zero.
    static func isOnCurve(_ bytes: [UInt8]) -> Bool {
        let y = Curve25519Field(littleEndian: bytes)
        let square = y * y
        return ((square - one) * (d * square + one)).isSquare
    }

    /// The number in 32 bytes, least significant first; the highest bit is left out.
    init(littleEndian bytes: [UInt8]) {
        precondition(bytes.count == 32)
        func word(_ at: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) } }
        limbs = (
            word(0) & Self.mask, word(6) >> 3 & Self.mask, word(12) >> 6 & Self.mask, word(19) >> 1 & Self.mask,
            word(24) >> 12 & Self.mask
        )
    }

    private init(limbs: (UInt64, UInt64, UInt64, UInt64, UInt64)) {
        self.limbs = limbs
    }

    static func + (left: Self, right: Self) -> Self {
        let (a, b) = (left.limbs, right.limbs)
        return carried(a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3, a.4 + b.4)
    }

    static func - (left: Self, right: Self) -> Self {
        // 4p is added first, so that no limb falls below zero.
        let (a, b, first, other) = (left.limbs, right.limbs, 4 * (mask - 18), 4 * mask)
        return carried(
            first + a.0 - b.0, other + a.1 - b.1, other + a.2 - b.2, other + a.3 - b.3, other + a.4 - b.4)
    }

    static func * (left: Self, right: Self) -> Self {
        let (a, b) = (left.limbs, right.limbs)
        func times(_ one: UInt64, _ other: UInt64) -> UInt128 { UInt128(one) * UInt128(other) }
        // What passes 2²⁵⁵ comes back 19 times, as 2²⁵⁵ = 19 modulo p.
        let c1 = 19 * b.1
        let c2 = 19 * b.2
        let c3 = 19 * b.3
        let c4 = 19 * b.4
        var r0 = times(a.0, b.0) + times(a.1, c4) + times(a.2, c3) + times(a.3, c2) + times(a.4, c1)
        var r1 = times(a.0, b.1) + times(a.1, b.0) + times(a.2, c4) + times(a.3, c3) + times(a.4, c2)
        var r2 = times(a.0, b.2) + times(a.1, b.1) + times(a.2, b.0) + times(a.3, c4) + times(a.4, c3)
        var r3 = times(a.0, b.3) + times(a.1, b.2) + times(a.2, b.1) + times(a.3, b.0) + times(a.4, c4)
        var r4 = times(a.0, b.4) + times(a.1, b.3) + times(a.2, b.2) + times(a.3, b.1) + times(a.4, b.0)
        let wide = UInt128(mask)
        r1 += r0 >> 51
        r2 += r1 >> 51
        r3 += r2 >> 51
        r4 += r3 >> 51
        r0 = (r0 & wide) + 19 * (r4 >> 51)
        return carried(
            UInt64(r0 & wide), UInt64((r1 & wide) + (r0 >> 51)), UInt64(r2 & wide), UInt64(r3 & wide), UInt64(r4 & wide)
        )
    }

    static func == (left: Self, right: Self) -> Bool { left.reduced.limbs == right.reduced.limbs }

    /// Whether it is the square of a number modulo p, zero included: Euler's criterion, x^((p − 1)/2) = 1.
    var isSquare: Bool {
        // (p − 1)/2 = 2²⁵⁴ − 10 = (2²⁵⁰ − 1) × 2⁴ + 6. Powers of 2ⁿ − 1 double their n at the cost of n squarings.
        let x2 = self * self
        let x6 = x2 * x2 * x2
        let n5 = (x2 * self).joined(x2 * self, 2).joined(self, 1)
        let n10 = n5.joined(n5, 5)
        let n20 = n10.joined(n10, 10)
        let n40 = n20.joined(n20, 20)
        let n50 = n40.joined(n10, 10)
        let n100 = n50.joined(n50, 50)
        let n200 = n100.joined(n100, 100)
        let n250 = n200.joined(n50, 50)
        let power = n250.joined(x6, 4)
        return power == Self.one || self == Self.one - Self.one
    }

    /// self^(2^squarings) × other.
    private func joined(_ other: Self, _ squarings: Int) -> Self {
        var power = self
        for _ in 0..<squarings { power = power * power }
        return power * other
    }

    /// The same number with limbs below 2⁵², from limbs below 2⁶³.
    private static func carried(
        _ l0: UInt64, _ l1: UInt64, _ l2: UInt64, _ l3: UInt64, _ l4: UInt64
    ) -> Self {
        let r1 = l1 + l0 >> 51
        let r2 = l2 + r1 >> 51
        let r3 = l3 + r2 >> 51
        let r4 = l4 + r3 >> 51
        return Curve25519Field(
            limbs: (l0 & mask + 19 * (r4 >> 51), r1 & mask, r2 & mask, r3 & mask, r4 & mask))
    }

    /// The smallest form: limbs of 51 bits, the number below p.
    private var reduced: Self {
        // Two rounds carry what the first limb may have left over; then p goes off once if it still fits.
        let l = Self.carried(limbs.0, limbs.1, limbs.2, limbs.3, limbs.4).limbs
        let full = Self.carried(l.0, l.1, l.2, l.3, l.4).limbs
        let isAtLeastP =
            full.0 >= Self.mask - 18 && full.1 == Self.mask && full.2 == Self.mask && full.3 == Self.mask
            && full.4 == Self.mask
        return isAtLeastP
            ? Curve25519Field(limbs: (full.0 - (Self.mask - 18), 0, 0, 0, 0)) : Curve25519Field(limbs: full)
    }
}

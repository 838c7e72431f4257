/// A decimal number of any size and exponent, exactly as its JSON text says (RFC 8259, section 6).
///
/// Nothing is rounded and no binary fraction is involved. Equal values are equal and hash alike, however they are written:
/// `5`, `5.0` and `0.5e1` are one number.
package struct DecimalNumber: Hashable, Sendable {
    /// -1, 0 or 1.
    private let sign: Int8
    /// The first 18 significant digits, padded with zeros on the right: value = ±0.HEAD TAIL × 10^exponent.
    private let head: UInt64
    /// The digits after those, without zeros at the end.
    ///
    /// Empty, and so without an allocation, for all usual amounts.
    private let tail: [UInt8]
    private let exponent: Exponent

    private static let headDigits = 18

    /// Zero.
    package static let zero = DecimalNumber(sign: 0, head: 0, tail: [], exponent: .small(0))

    private init(sign: Int8, head: UInt64, tail: [UInt8], exponent: Exponent) {
        self.sign = sign
        self.head = head
        self.tail = tail
        self.exponent = exponent
    }

    /// The number that `text` spells by JSON's grammar, all of it; nil for anything else (`+1`, `01`, `1.`, `NaN`, spaces).
    package init?(_ text: some Collection<UInt8>) {
        let made = text.withContiguousStorageIfAvailable { DecimalNumber(buffer: $0) }
        guard let result = made ?? Array(text).withUnsafeBufferPointer({ DecimalNumber(buffer: $0) }) else {
            return nil
        }
        self = result
    }

    /// The number that `text` spells by JSON's grammar; nil for anything else.
    package init?(_ text: String) {
        self.init(text.utf8)
    }

    private init?(buffer text: UnsafeBufferPointer<UInt8>) {
        guard let parts = NumberText(text) else { return nil }
        var head: UInt64 = 0
        var count = 0
        var tail: [UInt8] = []
        // Digits before the point, counted from the first that is not zero; negative for 0.00x.
        var pointAfter = 0
        var started = false
        for index in parts.digits where text[index] != UInt8(ascii: ".") {
            let digit = text[index] - UInt8(ascii: "0")
            let isInteger = index < parts.point
            if !started {
                if digit == 0 {
                    if !isInteger { pointAfter -= 1 }
                    continue
                }
                started = true
            }
            if isInteger { pointAfter += 1 }
            if count < Self.headDigits {
                head = head * 10 + UInt64(digit)
            } else {
                tail.append(digit)
            }
            count += 1
        }
        guard started else {
            self = .zero
            return
        }
        while count < Self.headDigits {
            head *= 10
            count += 1
        }
        while tail.last == 0 { tail.removeLast() }
        sign = parts.isNegative ? -1 : 1
        self.head = head
        self.tail = tail
        exponent = Exponent(isNegative: parts.isExponentNegative, digits: text[parts.exponent], plus: pointAfter)
    }
}

extension DecimalNumber: Comparable {
    package static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        guard left.sign == right.sign else { return left.sign < right.sign }
        switch left.sign {
        case 1: return left.magnitudeIsLess(than: right)
        case -1: return right.magnitudeIsLess(than: left)
        default: return false
        }
    }

    private func magnitudeIsLess(than other: DecimalNumber) -> Bool {
        if exponent != other.exponent { return exponent < other.exponent }
        if head != other.head { return head < other.head }
        return tail.lexicographicallyPrecedes(other.tail)
    }
}

/// Where the parts of a JSON number lie in its text.
private struct NumberText {
    var isNegative = false
    /// Digits and point; `point` is the end of it where there is none.
    var digits: Range<Int>
    var point: Int
    var isExponentNegative = false
    var exponent: Range<Int>

    init?(_ text: UnsafeBufferPointer<UInt8>) {
        var at = 0
        func isDigit(_ index: Int) -> Bool { index < text.count && text[index] &- UInt8(ascii: "0") <= 9 }
        if at < text.count, text[at] == UInt8(ascii: "-") {
            isNegative = true
            at += 1
        }
        let start = at
        guard isDigit(at) else { return nil }
        if text[at] == UInt8(ascii: "0") {
            at += 1
        } else {
            while isDigit(at) { at += 1 }
        }
        point = at
        if at < text.count, text[at] == UInt8(ascii: ".") {
            at += 1
            guard isDigit(at) else { return nil }
            while isDigit(at) { at += 1 }
        }
        digits = start..<at
        exponent = at..<at
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") {
                isExponentNegative = text[at] == UInt8(ascii: "-")
                at += 1
            }
            guard isDigit(at) else { return nil }
            let first = at
            while isDigit(at) { at += 1 }
            exponent = first..<at
        }
        guard at == text.count else { return nil }
    }
}

/// A power of ten, exact however many digits it has.
///
/// Each value has one form: `small` below 10^18, `huge` from there.
private enum Exponent: Hashable, Comparable, Sendable {
    case small(Int)
    /// Decimal digits, most significant first.
    case huge(isNegative: Bool, digits: [UInt8])

    private static let smallLimit = 1_000_000_000_000_000_000

    /// ± the number that `digits` spells (none is 0), plus `shift`, whose size is at most the length of a text.
    init(isNegative: Bool, digits: Slice<UnsafeBufferPointer<UInt8>>, plus shift: Int) {
        let significant = digits.drop { $0 == UInt8(ascii: "0") }.map { $0 - UInt8(ascii: "0") }
        if significant.count <= 18 {
            let value = Self.value(significant)
            let shifted = (isNegative ? -value : value) + shift
            if abs(shifted) < Self.smallLimit {
                self = .small(shifted)
                return
            }
        }
        let sum = Self.sum(significant, isNegative ? -shift : shift)
        if sum.count <= 18 {
            self = .small(isNegative ? -Self.value(sum) : Self.value(sum))
        } else {
            self = .huge(isNegative: isNegative, digits: sum)
        }
    }

    private static func value(_ digits: [UInt8]) -> Int {
        digits.reduce(0) { $0 * 10 + Int($1) }
    }

    /// `digits` plus a number of far smaller size.
    private static func sum(_ digits: [UInt8], _ addend: Int) -> [UInt8] {
        var result = digits
        var carry = addend
        var index = result.count - 1
        while carry != 0, index >= 0 {
            let value = Int(result[index]) + carry
            let digit = ((value % 10) + 10) % 10
            result[index] = UInt8(digit)
            carry = (value - digit) / 10
            index -= 1
        }
        while carry > 0 {
            result.insert(UInt8(carry % 10), at: 0)
            carry /= 10
        }
        return Array(result.drop { $0 == 0 })
    }

    static func < (left: Exponent, right: Exponent) -> Bool {
        switch (left, right) {
        case (.small(let one), .small(let other)): return one < other
        case (.small, .huge(let isNegative, _)): return !isNegative
        case (.huge(let isNegative, _), .small): return isNegative
        case (.huge(let leftNegative, let leftDigits), .huge(let rightNegative, let rightDigits)):
            if leftNegative != rightNegative { return leftNegative }
            let (low, high) = leftNegative ? (rightDigits, leftDigits) : (leftDigits, rightDigits)
            if low.count != high.count { return low.count < high.count }
            return low.lexicographicallyPrecedes(high)
        }
    }
}

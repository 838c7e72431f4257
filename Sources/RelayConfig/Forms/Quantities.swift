package import DeliveryPlanning
import RelayModel

/// A whole number and its unit, such as `30s`.
struct QuantityText {
    let number: Int64
    let unit: Substring

    /// Digits, then anything; nil for other texts and for numbers past 18 digits (zeros before them not counted).
    init?(_ text: String) {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty, let number = Int64(digits) else { return nil }
        self.number = number
        unit = text[digits.endIndex...]
    }
}

/// Durations: `"250ms"`, `"30s"`, `"5m"`, `"2h"`, `"7d"`.
package enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// A hundred years: in nanoseconds, which timers count in, this still fits 64 bits.
    static let longest: Int64 = 36_500 * 86_400_000

    /// The duration that `text` spells; nil for anything else, and for more than 36500d.
    package static func parse(_ text: String) -> Duration? {
        milliseconds(text).map { .milliseconds($0) }
    }

    static func milliseconds(_ text: String) -> Int64? {
        guard let quantity = QuantityText(text), let unit = units.first(where: { $0.name == quantity.unit }) else {
            return nil
        }
        let (product, overflow) = quantity.number.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow || product > longest ? nil : product
    }

    /// Durations up to `limit` milliseconds, each unit with the numbers that stay within it.
    static func schemaPattern(from minimum: Int64, upTo limit: Int64) -> String {
        let choices = units.filter { $0.milliseconds <= limit }.map { unit in
            Pattern.number(upTo: limit / unit.milliseconds) + unit.name
        }
        return Pattern.whole((minimum > 0 ? "(?!0+[a-z])" : "") + "(?:\(choices.joined(separator: "|")))")
    }
}

/// Sizes in bytes: `"64KiB"`, `"10GiB"`.
package enum SizeText {
    private static let units: [(name: String, bytes: Int64)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// The size that `text` spells, in bytes; nil for anything else, and past 2^63 - 1.
    package static func parse(_ text: String) -> Int64? {
        guard let quantity = QuantityText(text), let unit = units.first(where: { $0.name == quantity.unit }) else {
            return nil
        }
        let (product, overflow) = quantity.number.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : product
    }

    static let schemaPattern = Pattern.whole(
        "(?!0+[A-Z])(?:" + units.map { Pattern.number(upTo: .max / $0.bytes) + $0.name }.joined(separator: "|") + ")")
}

/// Rates: `"100/s"`, `"600/m"`, `"50/h"`.
package enum RateText {
    private static let units: [(name: String, interval: Duration)] = [
        ("/s", .seconds(1)), ("/m", .seconds(60)), ("/h", .seconds(3600)),
    ]

    /// More than any receiver takes, and far from where counting overflows.
    static let limit: Int64 = 1_000_000

    /// The rate that `text` spells; nil for anything else, for none at all, and past a million.
    package static func parse(_ text: String) -> Rate? {
        guard let quantity = QuantityText(text), (1...limit).contains(quantity.number),
            let unit = units.first(where: { $0.name == quantity.unit })
        else { return nil }
        return Rate(count: Int(quantity.number), interval: unit.interval)
    }

    static let schemaPattern = Pattern.whole("(?!0+/)\(Pattern.number(upTo: limit))/[smh]")
}

/// Money: a decimal number in a string, without sign or exponent, in the asset's units.
enum MoneyText {
    /// The most digits before the point and after it: what `TokenAmount` holds to the last one.
    static let integerDigits = 19
    static let fractionDigits = Int(TokenAmount.maxDecimals)

    /// What is wrong with a text that else is a decimal number.
    static let boundsRemedy =
        "must have at most \(integerDigits) digits before the point and \(fractionDigits) after it"

    static let positivePattern = Pattern.whole("(?=.*[1-9])(?:0|[1-9][0-9]{0,\(integerDigits - 1)})\(fraction)")
    static let fromOnePattern = Pattern.whole("[1-9][0-9]{0,\(integerDigits - 1)}\(fraction)")
    private static let fraction = "(?:\\.[0-9]{1,\(fractionDigits)})?"

    /// Whether `text` is a decimal number by JSON's grammar, without sign and exponent.
    static func isPlain(_ text: String) -> Bool {
        DecimalNumber(text) != nil
            && text.utf8.allSatisfy { $0 &- UInt8(ascii: "0") <= 9 || $0 == UInt8(ascii: ".") }
    }

    /// Whether a plain decimal number has no more digits than an amount holds.
    static func isWithinBounds(_ text: String) -> Bool {
        let halves = text.utf8.split(separator: UInt8(ascii: "."))
        return zip(halves, [integerDigits, fractionDigits]).allSatisfy { $0.count <= $1 }
    }
}

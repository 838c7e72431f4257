import RelayModel

/// The time that an event states in its `timestamp`.
///
/// A number from 1 to below 100,000,000,000 is Unix seconds (to the year 5138), one from there on Unix milliseconds (from
/// March 1973), parts of a millisecond cut; no feed is old enough for the two to overlap. A string is ISO 8601. What lies
/// outside the years 1970 to 9999 (zero, negative numbers, microseconds, `0001-01-01T00:00:00Z`) is no time.
enum EventTime {
    private static let firstMillisecond: Int64 = 1000
    private static let lastMillisecond: Int64 = 253_402_300_799_999
    private static let firstOfMilliseconds: Int64 = 100_000_000_000

    /// Nil where the event states none that makes sense.
    static func read(_ document: JSONDocument) -> Timestamp? {
        guard let node = document.member(document.root, "timestamp") else { return nil }
        let found: Timestamp? =
            switch document.kind(node) {
            case .number: number(document.slice(node))
            case .string: document.string(node).flatMap(Timestamp.init(iso:))
            default: nil
            }
        guard let found, (firstMillisecond...lastMillisecond).contains(found.milliseconds) else { return nil }
        return found
    }

    /// A number by JSON's grammar as a time, without a binary fraction on the way.
    private static func number(_ text: ArraySlice<UInt8>) -> Timestamp? {
        guard let parts = PlainDecimal(text), parts.pointAt > 0 else { return nil }
        let whole = parts.digits(upTo: parts.pointAt)
        guard whole < firstOfMilliseconds else { return Timestamp(milliseconds: whole) }
        // Three digits more are milliseconds: below 10^14, so this cannot overflow.
        return Timestamp(milliseconds: parts.digits(upTo: parts.pointAt + 3))
    }

    /// A positive JSON number as 0.DIGITS × 10^pointAt.
    private struct PlainDecimal {
        private var significant: [UInt8] = []
        /// How many digits stand before the point; 0 or less for numbers below 1.
        private(set) var pointAt = 0

        /// Nil for zero, negative numbers and those of 10^15 and more, which are no time in any unit.
        init?(_ text: ArraySlice<UInt8>) {
            var at = text.startIndex
            var seenPoint = false
            while at < text.endIndex, text[at] | 0x20 != UInt8(ascii: "e") {
                let byte = text[at]
                at += 1
                if byte == UInt8(ascii: "-") { return nil }
                if byte == UInt8(ascii: ".") {
                    seenPoint = true
                } else if byte == UInt8(ascii: "0"), significant.isEmpty {
                    if seenPoint { pointAt -= 1 }
                } else {
                    significant.append(byte - UInt8(ascii: "0"))
                    if !seenPoint { pointAt += 1 }
                }
            }
            if at < text.endIndex {
                let digits = String(decoding: text[(at + 1)...], as: UTF8.self)
                guard let exponent = Int32(digits) else { return nil }
                pointAt += Int(exponent)
            }
            guard !significant.isEmpty, pointAt <= 15 else { return nil }
        }

        /// The first `count` digits as a number; zeros stand for those that are not there.
        func digits(upTo count: Int) -> Int64 {
            (0..<count).reduce(Int64(0)) { $0 * 10 + Int64($1 < significant.count ? significant[$1] : 0) }
        }
    }
}

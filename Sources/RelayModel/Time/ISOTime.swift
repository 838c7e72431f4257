/// A reader of RFC 3339 dates and times; see `Timestamp.init(iso:)`.
struct ISOTime {
    let timestamp: Timestamp

    init?(_ text: String) {
        var reader = Reader(text: Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var milliseconds = date.daysSinceEpoch * 86_400_000
        if !reader.isAtEnd {
            guard reader.take("T") || reader.take("t") || reader.take(" "), let time = reader.time(),
                let offset = reader.offset(), reader.isAtEnd
            else { return nil }
            milliseconds += time - offset
        }
        timestamp = Timestamp(milliseconds: milliseconds)
    }

    private struct Reader {
        let text: [UInt8]
        var at = 0

        var isAtEnd: Bool { at == text.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard at < text.count, UInt32(text[at]) == character.value else { return false }
            at += 1
            return true
        }

        mutating func number(_ width: Int) -> Int? {
            guard at + width <= text.count else { return nil }
            var value = 0
            for byte in text[at..<at + width] {
                guard byte &- UInt8(ascii: "0") <= 9 else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            at += width
            return value
        }

        /// Milliseconds since midnight; a leap second counts as the one before.
        mutating func time() -> Int64? {
            guard let hour = number(2), hour < 24, take(":"), let minute = number(2), minute < 60 else { return nil }
            var second = 0
            var fraction = 0
            if take(":") {
                guard let read = number(2), read <= 60 else { return nil }
                second = min(read, 59)
                if take(".") || take(",") {
                    var scale = 100
                    guard let first = number(1) else { return nil }
                    fraction = first * scale
                    while let digit = number(1) {
                        scale /= 10
                        fraction += digit * scale
                    }
                }
            }
            return Int64(((hour * 60 + minute) * 60 + second) * 1000 + fraction)
        }

        /// Milliseconds east of UTC.
        mutating func offset() -> Int64? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let isWest = take("-")
            guard isWest || take("+"), let hours = number(2), hours < 24 else { return nil }
            _ = take(":")
            guard let minutes = number(2), minutes < 60 else { return nil }
            let value = Int64((hours * 60 + minutes) * 60_000)
            return isWest ? -value : value
        }
    }
}

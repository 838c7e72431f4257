import RelayModel

/// A reader of HTTP dates in their three forms (RFC 9110, section 5.6.7), exact in case as that section asks.
///
/// Whether the name of the day fits its date is not judged: the date says it all.
enum HTTPDate {
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The moment that `text` names; nil for anything that is no HTTP date.
    ///
    /// `now` settles the century of a year in two digits.
    static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        switch parts.count {
        // Sun, 06 Nov 1994 08:49:37 GMT
        case 6 where parts[0].hasSuffix(","):
            guard isShortDay(parts[0].dropLast()), parts[5] == "GMT", let day = number(parts[1], 2),
                let year = number(parts[3], 4)
            else { return nil }
            return moment(year, parts[2], day, parts[4])
        // Sunday, 06-Nov-94 08:49:37 GMT
        case 4:
            let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
            guard parts[0].hasSuffix(","), days.contains(String(parts[0].dropLast())), parts[3] == "GMT",
                date.count == 3, let day = number(date[0], 2), let year = number(date[2], 2)
            else { return nil }
            return moment(year, date[1], day, parts[2], now: now)
        // Sun Nov 16 08:49:37 1994
        case 5:
            guard isShortDay(parts[0]), let day = number(parts[2], 2), let year = number(parts[4], 4) else {
                return nil
            }
            return moment(year, parts[1], day, parts[3])
        // Sun Nov  6 08:49:37 1994
        case 6:
            guard isShortDay(parts[0]), parts[2].isEmpty, let day = number(parts[3], 1),
                let year = number(parts[5], 4)
            else { return nil }
            return moment(year, parts[1], day, parts[4])
        default:
            return nil
        }
    }

    /// A year that seems to lie more than 50 years ahead is the last past one that ends so.
    private static func moment(
        _ shortYear: Int, _ month: Substring, _ day: Int, _ time: Substring, now: Timestamp
    ) -> Timestamp? {
        let century = CivilDate(daysSinceEpoch: now.seconds / 86_400).year / 100 * 100
        for year in [century + 100 + shortYear, century + shortYear, century - 100 + shortYear] {
            guard let moment = moment(year, month, day, time) else { continue }
            let limit = CivilDate(daysSinceEpoch: now.seconds / 86_400).year + 50
            if year <= limit { return moment }
        }
        return nil
    }

    private static func moment(_ year: Int, _ month: Substring, _ day: Int, _ time: Substring) -> Timestamp? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false)
        guard let month = months.firstIndex(of: String(month)),
            let date = CivilDate(year: year, month: month + 1, day: day), clock.count == 3,
            let hour = number(clock[0], 2), hour < 24, let minute = number(clock[1], 2), minute < 60,
            // 60 is a leap second.
            let second = number(clock[2], 2), second <= 60
        else { return nil }
        let seconds = date.daysSinceEpoch * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return Timestamp(milliseconds: seconds * 1000)
    }

    private static func isShortDay(_ text: Substring) -> Bool {
        days.contains { $0.prefix(3) == text }
    }

    private static func number(_ text: Substring, _ width: Int) -> Int? {
        guard text.utf8.count == width, text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }) else { return nil }
        return Int(text)
    }
}

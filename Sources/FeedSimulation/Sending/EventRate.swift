/// How fast a simulated feed sends: so many events in a time.
package struct EventRate: Hashable, Sendable, CustomStringConvertible {
    package let count: Int
    package let period: Duration

    /// `count` is at least 1, `period` above zero.
    package init(_ count: Int, per period: Duration = .seconds(1)) {
        precondition(count > 0 && period > .zero)
        self.count = count
        self.period = period
    }

    /// Reads `200` (a second), `200/s`, `30/m` or `50/h`; nil for anything else, for 0 and for more than a million.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let periods: [Substring: Duration] = ["s": .seconds(1), "m": .seconds(60), "h": .seconds(3600)]
        guard parts.count <= 2, let count = Int(parts[0]), (1...1_000_000).contains(count),
            let period = periods[parts.count == 2 ? parts[1] : "s"]
        else { return nil }
        self.init(count, per: period)
    }

    package var description: String {
        switch period {
        case .seconds(60): "\(count)/m"
        case .seconds(3600): "\(count)/h"
        default: "\(count)/s"
        }
    }
}

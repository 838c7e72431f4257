import RelayModel

/// Waits that double from `initial` to `maximum`; jitter adds up to as much again and takes nothing off.
struct Waits: Sendable {
    /// A configured wait of nothing would be a loop without end.
    private static let shortest: Duration = .milliseconds(100)

    private let initial: Duration
    private let maximum: Duration
    private var upcoming: Duration

    init(_ settings: StreamAccess.Settings) {
        initial = max(settings.reconnectInitial, Self.shortest)
        maximum = max(initial, settings.reconnectMax)
        upcoming = initial
    }

    mutating func reset() { upcoming = initial }

    mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        let wait = upcoming
        upcoming = min(upcoming * 2, maximum)
        return wait + .milliseconds(Int64.random(in: 0...max(wait.wholeMilliseconds, 0), using: &random))
    }
}

import FeedProtocols
import RelayConfig

/// Between which bounds the waits before reconnects grow.
struct ReconnectTimes: Hashable, Sendable {
    var initial: Duration
    var maximum: Duration
    /// A refusal of the upgrade waits for a person.
    var waitsLongWhenRefused: Bool

    init(_ configuration: FeedConfiguration, waitsLongWhenRefused: Bool) {
        initial = configuration.reconnectInitial
        maximum = configuration.reconnectMax
        self.waitsLongWhenRefused = waitsLongWhenRefused
    }

    var backoff: ReconnectBackoff {
        ReconnectBackoff(initial: initial, maximum: maximum, waitsLongWhenRefused: waitsLongWhenRefused)
    }
}

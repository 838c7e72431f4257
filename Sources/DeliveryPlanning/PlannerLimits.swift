/// The planner's bounds and the figures of its conduct towards a destination that is down.
package struct PlannerLimits: Hashable, Sendable {
    /// Deliveries of one destination that wait in memory; the rest waits on disk.
    ///
    /// At 20,000 a second half a window lasts 50 ms, several times what reading the other half back takes.
    package var windowCount = 2048
    /// Bytes of events from which on these take no further one in: exceeded by less than one delivery.
    package var windowBytes = 8 << 20
    /// Bytes of events that one destination has in flight; one attempt is made whatever its size.
    ///
    /// A request's body is in memory beside its event. The largest events have 8 MiB, so four of them go at once, and all of
    /// a concurrency of 1000 go at once up to 32 KiB each.
    package var flightBytes = 32 << 20
    /// The same for all destinations together, so that many that hang do not fill the memory; one attempt of each is made
    /// whatever its size.
    ///
    /// Only here does one destination hold another back: from a second attempt at once.
    package var totalFlightBytes = 256 << 20
    /// The least time between two loads of one destination, unless the first brought only part of what there was: retries
    /// on disk that are due one by one are read together.
    package var loadSpacing = Duration.milliseconds(20)
    /// The wait after a load that failed.
    package var loadRetry = Duration.seconds(1)
    /// Attempts in a row without an answer that make a destination *down* (contract, section 4).
    package var downAfter = 10
    /// The wait before the first probe of a destination that is down.
    package var probeInitial = Duration.seconds(1)
    /// What the wait doubles up to.
    package var probeMax = Duration.seconds(5)
    /// Attempts at once after a destination came back; doubles with each round of successes.
    package var recoveryConcurrency = 4
    /// Failures that the last day before a destination is disabled by `disableAfter` must have.
    package var disableFailures = 10

    package init() {}

    /// Those of the relay.
    package static let standard = PlannerLimits()
}

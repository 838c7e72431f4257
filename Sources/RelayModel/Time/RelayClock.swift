internal import Glibc

/// The shells' clock: wall-clock time that never jumps.
///
/// It starts from the wall clock and runs on CLOCK_BOOTTIME, so a clock that is set while the relay runs neither shortens nor
/// stretches a wait. `wallTime` is what the wall clock says now, for what others compare with theirs (`webhook-timestamp`).
package struct RelayClock: Sendable {
    private let offset: Int64

    package init() {
        offset = Self.read(CLOCK_REALTIME) - Self.read(CLOCK_BOOTTIME)
    }

    /// The moment, immune to a clock that is set.
    package var now: Timestamp { Timestamp(milliseconds: Self.read(CLOCK_BOOTTIME) + offset) }

    /// What the machine's wall clock says.
    package static var wallTime: Timestamp { Timestamp(milliseconds: read(CLOCK_REALTIME)) }

    /// How long the machine has been up, times of sleep included.
    package static var sinceBoot: Duration { .milliseconds(read(CLOCK_BOOTTIME)) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

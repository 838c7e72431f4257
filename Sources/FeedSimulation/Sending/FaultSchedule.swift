import RelayModel

/// Which faults befall the next event on one connection.
struct FaultSchedule: Sendable {
    struct Step: Equatable, Sendable {
        /// A frame to send before the event.
        var before: MalformedFrame?
        /// How often to send the event.
        var copies = 1
        /// What becomes of the connection after the event.
        var after: Ending?
    }

    enum Ending: Equatable, Sendable {
        case drop, silence
    }

    private let faults: SimulatorFaults
    private var random: SplitMix64
    private var events = 0
    private var malformedFrames = 0

    init(_ faults: SimulatorFaults, seed: UInt64) {
        self.faults = faults
        random = SplitMix64(seed: seed)
    }

    /// What to do with the next event.
    mutating func next() -> Step {
        events += 1
        var step = Step()
        if strikes(faults.malform), !faults.malformed.isEmpty {
            step.before = faults.malformed[malformedFrames % faults.malformed.count]
            malformedFrames += 1
        }
        if strikes(faults.duplicate) { step.copies = 2 }
        if strikes(faults.drop) {
            step.after = .drop
        } else if faults.silentAfter == events {
            step.after = .silence
        }
        return step
    }

    private mutating func strikes(_ occasion: SimulatorFaults.Occasion) -> Bool {
        occasion.strikes(event: events, &random)
    }
}

import RelayModel

/// Whether a destination answers, and how many attempts at once it is trusted with.
struct DestinationHealth: Sendable {
    private enum State {
        case up
        case down(probeAt: Timestamp, wait: Duration)
        /// Back from an outage: `successes` of the present round, which has `concurrency` of them.
        case recovering(concurrency: Int, successes: Int)
    }

    private let limits: PlannerLimits
    private var state: State
    /// Attempts in a row without an answer.
    private var silences = 0

    /// `isDown`: it was when the relay last ran; it is probed at once.
    init(limits: PlannerLimits, isDown: Bool) {
        self.limits = limits
        state = isDown ? .down(probeAt: Timestamp(milliseconds: .min), wait: limits.probeInitial) : .up
    }

    var isDown: Bool { probeAt != nil }

    /// While it is down: when the next probe may begin.
    var probeAt: Timestamp? {
        if case .down(let probeAt, _) = state { return probeAt }
        return nil
    }

    /// Attempts at once, of `most`.
    func concurrency(most: Int) -> Int {
        switch state {
        case .up: most
        case .down: 1
        case .recovering(let concurrency, _): min(concurrency, most)
        }
    }

    /// An attempt ended without an answer; `isProbe`: it began while the destination was down.
    ///
    /// True where the destination is down from here on.
    mutating func wasSilent(isProbe: Bool, now: Timestamp) -> Bool {
        switch state {
        case .up, .recovering:
            silences += 1
            if silences >= limits.downAfter {
                state = .down(probeAt: now + limits.probeInitial, wait: limits.probeInitial)
                return true
            }
            // The round begins again: only an unbroken one shows that the destination bears more.
            if case .recovering(let concurrency, _) = state {
                state = .recovering(concurrency: concurrency, successes: 0)
            }
        case .down(_, let wait):
            // What was under way when it went down says nothing new.
            guard isProbe else { return false }
            let next = min(wait * 2, limits.probeMax)
            state = .down(probeAt: now + next, wait: next)
        }
        return false
    }

    /// An attempt was answered, by a success or not.
    ///
    /// True where that ends an outage.
    mutating func answered(isSuccess: Bool, most: Int) -> Bool {
        silences = 0
        switch state {
        case .up:
            return false
        case .down:
            state = .recovering(concurrency: limits.recoveryConcurrency, successes: 0)
            return true
        case .recovering(let concurrency, let successes):
            guard isSuccess else { return false }
            if successes + 1 < concurrency {
                state = .recovering(concurrency: concurrency, successes: successes + 1)
            } else {
                state = concurrency * 2 >= most ? .up : .recovering(concurrency: concurrency * 2, successes: 0)
            }
            return false
        }
    }

    /// An operator says that it may be back: it is probed at once.
    mutating func probeNow(now: Timestamp) {
        if isDown { state = .down(probeAt: now, wait: limits.probeInitial) }
    }
}

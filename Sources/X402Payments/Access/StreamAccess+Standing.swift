import RelayModel

/// How the access stands, for an operator to see.
extension StreamAccess {
    func currentStanding(now: Timestamp) -> Standing {
        let (state, reason) = currentState
        return Standing(
            state: state, reason: reason, since: state == standing.state ? standing.since : now,
            paidUntil: tokens.inUse == nil ? nil : slice.paidUntil, sliceSeconds: slice.sliceSeconds, price: price)
    }

    private var currentState: (Standing.State, String?) {
        guard isStarted else { return (.unpaid, "the feed has not started") }
        switch phase {
        case .idle: return tokens.inUse == nil ? (.unpaid, "no token works") : (.paid, nil)
        case .pricing(let pricing):
            guard let trouble = pricing.trouble else { return (.paying, nil) }
            return (.unpaid, trouble)
        case .accepting: return (.paying, nil)
        case .stopped: return (.stopped, stoppedReason)
        case .paying(let open):
            let doubtful = open.first { $0.isFound || $0.entry.state == .refused || $0.entry.state == .unknown }
            guard let entry = doubtful?.entry else { return (.paying, nil) }
            let why = entry.reason ?? "the relay was down before an answer came"
            return (.unresolved, "the outcome of payment \(entry.id) is not known yet: \(why)")
        }
    }
}

import RelayModel

/// How the access stands, for an operator to see.
extension StreamAccess {
    func currentStanding(now: Timestamp) -> Standing {
        let (state, reason) = currentState(now: now)
        return Standing(
            state: state, reason: reason, since: state == standing.state ? standing.since : now,
            paidUntil: tokens.inUse == nil ? nil : slice.paidUntil, sliceSeconds: slice.sliceSeconds, price: price)
    }

    /// From when on a token that nobody refused is not shown as paid: its slice is over, and no connection was greeted with it.
    var paidInDoubtFrom: Timestamp? {
        guard tokens.inUse != nil, !greeting.isLetIn else { return nil }
        return slice.paidUntil.map { $0 + Self.shownPaidFor }
    }

    private func currentState(now: Timestamp) -> (Standing.State, String?) {
        guard isStarted else { return (.unpaid, "the feed has not started") }
        switch phase {
        case .idle:
            guard tokens.inUse != nil else { return (.unpaid, "no token works") }
            guard let doubted = paidInDoubtFrom, doubted <= now, let end = slice.paidUntil else { return (.paid, nil) }
            return (
                .unpaid, "its slice is over since \(end), and the server has neither let the token in nor refused it"
            )
        case .pricing(let pricing):
            guard let trouble = pricing.trouble else { return (.paying, nil) }
            return (.unpaid, trouble)
        case .accepting: return (.paying, nil)
        case .stopped: return (.stopped, stoppedReason)
        case .paying(let open):
            let doubtful = open.first { $0.isFound || $0.entry.state == .refused || $0.entry.state == .unknown }
            guard let doubtful else { return (.paying, nil) }
            let why = doubtful.entry.reason ?? "the relay was down before an answer came"
            let doubt = doubtful.doubt.map { "; not decided: \($0)" } ?? ""
            return (.unresolved, "the outcome of payment \(doubtful.entry.id) is not known yet: \(why)\(doubt)")
        }
    }
}

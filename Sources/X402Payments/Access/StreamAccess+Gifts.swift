import RelayModel

/// Tokens that come while no payment is open. They cost nothing more, and are on disk before they are used.
extension StreamAccess {
    /// An answer to a payment that is final.
    ///
    /// A token still counts for one that seemed to have given nothing, should it be of use.
    mutating func late(_ index: Int, _ answer: HTTPAnswer, _ turn: inout Turn<some RandomNumberGenerator>) {
        var entry = ended[index].entry
        let outcome = PaidAnswer(answer, for: entry.purpose)
        guard case .served(let grant, let transaction) = outcome, let token = grant.token else { return }
        guard entry.state == .settled, entry.served == false, entry.resource == settings.resource,
            tokens.inUse == nil || tokens.inUse?.token == entry.renewedToken, !tokens.isRefused(token),
            isFreeForGifts
        else {
            note("a late answer to payment \(entry.id), which is \(entry.state), changes nothing", &turn)
            return
        }
        (entry.served, entry.reason) = (true, nil)
        entry.transaction = transaction ?? entry.transaction
        phase = .accepting(
            Gift(
                token: token, grant: grant, at: turn.now, bought: entry, own: settledEvent(entry, now: turn.now),
                after: slice.names, superseded: entry.renewedToken, write: .due(turn.now)))
    }

    private var isFreeForGifts: Bool {
        switch phase {
        case .idle, .pricing, .stopped: true
        case .paying, .accepting: false
        }
    }

    /// How the feed stands with the gift.
    func standing(with gift: Gift) -> (standing: StreamStanding, slice: SliceTiming) {
        var (standing, slice) = (journal.standing, slice)
        slice.served(at: gift.at, gift.grant, after: gift.after)
        standing.token = gift.token
        standing.sliceSeconds = slice.sliceSeconds
        standing.paidUntil = slice.paidUntil
        if gift.bought != nil { standing.unservedInRow = 0 }
        return (standing, slice)
    }

    /// The gift is on disk.
    mutating func accept(_ gift: Gift, _ turn: inout Turn<some RandomNumberGenerator>) {
        let before = max(0, journal.standing.unservedInRow - 1)
        (journal.standing, slice) = standing(with: gift)
        phase = .idle
        announced.paid()
        if let entry = gift.bought { remember(entry) }
        adopt(gift.token, bought: gift.bought, unservedBefore: before, superseding: gift.superseded, &turn)
    }
}

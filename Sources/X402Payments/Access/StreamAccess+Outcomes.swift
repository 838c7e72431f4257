import RelayModel

/// What comes of a payment that was sent.
extension StreamAccess {
    /// An answer to a send of an open payment.
    ///
    /// A token counts however late it comes, all else only while it is awaited.
    mutating func paid(
        _ index: Int, _ id: RequestID, _ answer: HTTPAnswer, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        let entry = open[index].entry
        let outcome = PaidAnswer(answer, for: entry.purpose)
        if case .awaitingAnswer(id, _) = open[index].step {
            self.outcome(index, outcome, &turn)
        } else if case .served(let grant, let transaction) = outcome {
            served(index, grant, transaction: transaction, &turn)
        }
    }

    /// The outcome of the send that was awaited.
    mutating func outcome(_ index: Int, _ outcome: PaidAnswer, _ turn: inout Turn<some RandomNumberGenerator>) {
        switch outcome {
        case .served(let grant, let transaction): served(index, grant, transaction: transaction, &turn)
        case .refused(let reason): undecided(index, .refused, reason, &turn)
        case .unclear(let reason): undecided(index, .unknown, reason, &turn)
        }
    }

    /// Neither a token nor the chain has spoken: never a new signature, but the same bytes again.
    private mutating func undecided(
        _ index: Int, _ state: LedgerEntry.State, _ reason: String, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        var entry = open[index].entry
        entry.state = state
        // The first refusal says why; what is said to the same bytes later is about their age.
        if !open[index].isRefusalTold { entry.reason = redaction.of(reason) }
        if entry.state != open[index].entry.state || entry.reason != open[index].entry.reason {
            open[index].entry = entry
            var event: OwnEvent?
            if state == .refused, !open[index].isRefusalTold {
                open[index].isRefusalTold = true
                event = OwnEvent(
                    .paymentRefused, at: turn.now, feed: entry.feed, reason: entry.reason, details: details(entry))
            }
            journal.record(entry, event)
        }
        note("payment \(entry.id) is \(state): \(reason)", &turn)
        if let chainFrom = open[index].chainFrom, turn.now >= chainFrom {
            askChain(index, &turn)
        } else {
            wait(index, &turn)
        }
    }

    /// It gave what was paid for: to be written together with what it gave.
    ///
    /// `moment` is when its slice began; nil for now.
    ///
    /// What says so a second time changes nothing.
    mutating func served(
        _ index: Int, _ grant: Grant, transaction: String?, at moment: Timestamp? = nil,
        _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        if case .keeping(.end(let ending), _) = open[index].step, case .served = ending.effect { return }
        end(
            index, .settled, served: true, transaction: transaction, reason: nil,
            .served(grant, at: moment ?? turn.now), &turn)
    }

    /// To be written: the end of a payment.
    ///
    /// What follows from it follows once it is on disk.
    mutating func end(
        _ index: Int, _ state: LedgerEntry.State, served: Bool?, transaction: String?, reason: String?,
        _ effect: Ending.Effect, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        var entry = open[index].entry
        (entry.state, entry.served, entry.reason, entry.endedAt) = (state, served, reason, turn.now)
        entry.transaction = transaction ?? entry.transaction
        (entry.payload, entry.requirements) = ([], [])
        let own = state == .settled ? settledEvent(entry, now: turn.now) : nil
        open[index].step = .keeping(.end(Ending(entry: entry, effect: effect, own: own)), .due(turn.now))
    }

    func settledEvent(_ entry: LedgerEntry, now: Timestamp) -> OwnEvent {
        OwnEvent(
            .paymentSettled, at: now, feed: entry.feed, reason: entry.reason,
            details: details(entry) + [.init("served", entry.served ?? false)])
    }

    func details(_ entry: LedgerEntry) -> [OwnEvent.Detail] {
        var details: [OwnEvent.Detail] = [
            .init("payment", entry.id.description), .init("amount", entry.units.description),
            .init("asset", entry.asset), .init("recipient", entry.recipient), .init("network", entry.network),
        ]
        if let transaction = entry.transaction { details.append(.init("transaction", transaction)) }
        return details
    }

    /// How the feed stands once a payment has ended so; that of another stream changes nothing.
    func standing(after ending: Ending) -> (standing: StreamStanding, slice: SliceTiming) {
        var (standing, slice) = (journal.standing, slice)
        guard ending.entry.resource == settings.resource else { return (standing, slice) }
        switch ending.effect {
        case .expired: break
        case .unserved: standing.unservedInRow += 1
        case .served(let grant, let moment):
            let payment = open.first { $0.entry.id == ending.entry.id }
            slice.served(at: moment, grant, after: payment?.paidFor ?? [])
            standing.unservedInRow = 0
            standing.token = grant.token ?? standing.token
            standing.sliceSeconds = slice.sliceSeconds
            standing.paidUntil = slice.paidUntil
        }
        return (standing, slice)
    }

    /// The end of a payment is on disk: the one way out of `paying`, and the one place that gives money back.
    mutating func conclude(_ index: Int, _ ending: Ending, _ turn: inout Turn<some RandomNumberGenerator>) {
        let before = journal.standing.unservedInRow
        let after = standing(after: ending)
        let entry = ending.entry
        ended.append(EndedPayment(entry: entry, questions: open[index].questions))
        ended.removeFirst(max(0, ended.count - Self.maxEnded))
        open.remove(at: index)

        let isOurs = entry.resource == settings.resource
        let isOfTokenInUse = isOurs && entry.renewedToken != nil && entry.renewedToken == tokens.inUse?.token
        journal.standing = after.standing
        slice = after.slice
        switch ending.effect {
        case .served(let grant, _):
            announced.paid()
            guard isOurs else {
                note("payment \(entry.id) was served, for a stream that the feed no longer has", &turn)
                return
            }
            if let token = grant.token {
                adopt(token, bought: entry, unservedBefore: before, superseding: entry.renewedToken, &turn)
            } else {
                provenAt = provenAt ?? turn.now
            }
        case .unserved:
            if isOfTokenInUse { slice.stillDue(now: turn.now) }
            lookWaits.reset()
            earliestLook = turn.now
        case .expired:
            turn.purse?.release(entry)
            if isOfTokenInUse { slice.stillDue(now: turn.now) }
            earliestLook = turn.now + lookWaits.next(using: &turn.random)
        }
    }

    /// Puts what became of an ended payment in place of what was remembered.
    mutating func remember(_ entry: LedgerEntry) {
        guard let index = ended.firstIndex(where: { $0.entry.id == entry.id }) else { return }
        ended[index].entry = entry
    }
}

import RelayModel

/// Which token is used, and what the connections tell of it.
extension StreamAccess {
    mutating func start(_ turn: inout Turn<some RandomNumberGenerator>) {
        if !isStarted {
            isStarted = true
            earliestLook = turn.now
            for index in open.indices {
                // The clock may have been set while the relay was down: the whole life of a blockhash from here on.
                open[index].chainFrom = turn.now + OpenPayment.blockhashLife
                open[index].step = .waiting(until: turn.now)
            }
            if tokens.useNext() != nil { journal.standing.token = tokens.inUse?.token }
        }
        orderToken("no token is known", &turn)
    }

    /// The token in use, or that there is none.
    private func orderToken(_ reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        if let token = tokens.inUse?.token {
            turn.actions.append(.order(.use(token)))
        } else {
            turn.actions.append(.order(.hold(reason: redaction.of(reason))))
        }
    }

    func reconnect(_ reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        turn.actions.append(.order(.reconnect(reason: redaction.of(reason))))
    }

    /// The server does not let a token in: the only news that leads to a purchase, and only for the token in use.
    mutating func refused(_ token: Secret, reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard let gone = tokens.inUse, gone.token == token else { return }
        let isRunning = slice.paidUntil.map { turn.now < $0 } ?? true
        var unserved: LedgerEntry?
        if let bought = gone.bought, isRunning {
            unserved = gaveNothing(bought, before: gone.unservedBefore, reason: Redaction.foreign(reason), &turn)
        }
        tokens.refuse(slice: slice, unserved: unserved)
        greeting = Greeting()
        refusedInband(token, &turn)
        switchUntil = nil
        slice.forgetSlice()
        journal.standing.paidUntil = nil
        note("the server refuses the token in use: \(Redaction.foreign(reason))", &turn)
        _ = tokens.useNext()
        // Without a wallet the refused token is tried again and again, after a restart too.
        if tokens.inUse != nil || turn.purse != nil { journal.standing.token = tokens.inUse?.token }
        orderToken("the server refuses the token: \(Redaction.foreign(reason))", &turn)
        if case .pricing(let pricing) = phase, case .renewal = pricing.need {
            phase = .idle
            if tokens.inUse == nil { begin(.purchase, trouble: pricing.trouble, &turn) }
        }
    }

    /// A connection ended before the server said whether the token is let in.
    ///
    /// With a slice that is over that is its way to refuse it; of one that may still run it says nothing, unless it goes on so.
    mutating func notGreeted(_ token: Secret, reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard tokens.inUse?.token == token else { return }
        greeting.failed(turn.now)
        let end = slice.paidUntil
        guard end.map({ $0 + Self.overdueAfter <= turn.now }) ?? true else { return }
        guard slice.isOver(now: turn.now) || greeting.isGivenUp(turn.now) else { return }
        let since = end.map { "its slice is over since \($0)" } ?? "nothing is known of its slice"
        refused(token, reason: "\(since), and no connection is greeted with it: \(reason)", &turn)
    }

    /// A payment that gave a token which was never let in gave nothing.
    private mutating func gaveNothing(
        _ bought: LedgerEntry, before: Int, reason: String, _ turn: inout Turn<some RandomNumberGenerator>
    ) -> LedgerEntry {
        var entry = bought
        entry.served = false
        entry.reason = redaction.of("its token was refused before it was ever let in: \(reason)")
        journal.standing.unservedInRow = before + 1
        journal.record(entry, settledEvent(entry, now: turn.now))
        remember(entry)
        return entry
    }

    /// A refused token was let in after all, as with two connections of which one is turned away: the refusal is taken back, and
    /// what follows from it as long as nothing was signed since.
    private mutating func takeBack(_ token: Secret, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard let refusal = tokens.takeBack(token) else { return }
        note("a token that was refused is let in after all", &turn)
        if var entry = refusal.unserved {
            (entry.served, entry.reason) = (true, nil)
            journal.standing.unservedInRow = 0
            journal.correct(entry, settledEvent(entry, now: turn.now))
            remember(entry)
            if case .stopped = phase { phase = .idle }
        }
        guard tokens.inUse?.token == token else { return }
        abandoned = nil
        slice.resume(refusal.slice)
        journal.standing.token = token
        turn.actions.append(.order(.use(token)))
    }

    /// A connection was greeted.
    mutating func greeted(
        _ token: Secret, sliceSeconds: Int?, expiresAt: String?, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        takeBack(token, &turn)
        resumeInband(token, expiresAt: expiresAt, &turn)
        guard tokens.inUse?.token == token else { return }
        greeting.succeeded()
        if let sliceSeconds, SliceTiming.plausible(sliceSeconds) == nil {
            note("a slice of \(sliceSeconds) s is not believed", &turn)
        }
        slice.greeted(sliceSeconds: sliceSeconds, expiresAt: expiresAt)
        switchUntil = nil
        allowReconnect(turn.now)
        prove(turn.now)
        if case .pricing(let pricing) = phase, pricing.need == .purchase { phase = .idle }
        if case .idle = phase { announced.paid() }
    }

    /// The token in use was let in, or its renewal confirmed.
    mutating func prove(_ now: Timestamp) {
        provenAt = provenAt ?? now
        tokens.prove()
        journal.standing.sliceSeconds = slice.sliceSeconds
        journal.standing.paidUntil = slice.paidUntil
    }

    /// Takes a token into use that a payment or the server's kindness brought, or a reload.
    ///
    /// A bought one is on disk by now, in the write that settled its payment.
    mutating func adopt(
        _ token: Secret, bought: LedgerEntry? = nil, unservedBefore: Int = 0, superseding superseded: Secret? = nil,
        _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        let former = tokens.inUse?.token
        let superseded = superseded ?? abandoned
        abandoned = nil
        greeting = Greeting()
        tokens.use(token, bought: bought, unservedBefore: unservedBefore, superseding: superseded)
        journal.standing.token = token
        provenAt = nil
        // A server whose tokens are refused at once is not asked for the next one at once.
        earliestLook = turn.now + lookWaits.next(using: &turn.random)
        turn.actions.append(.order(.use(token)))
        if former != nil || superseded != nil {
            turn.actions.append(.order(.renewToken(token)))
            switchUntil = turn.now + Self.renewedTimeout
        }
    }

    /// The feed's settings now; the operator agrees to go on.
    mutating func reload(_ new: Settings, _ turn: inout Turn<some RandomNumberGenerator>) {
        let old = settings
        settings = new
        lookWaits = Waits(new)
        earliestLook = turn.now
        announced.reloaded()
        if new.resource != old.resource {
            journal.standing = StreamStanding(feed: new.feed, resource: new.resource)
            slice = SliceTiming(journal.standing, now: turn.now)
            tokens.replaceAll(with: new.token)
            greeting = Greeting()
            (switchUntil, provenAt, price, abandoned) = (nil, nil, nil, nil)
            if isStarted {
                journal.standing.token = tokens.useNext()
                orderToken("the feed is configured for another stream", &turn)
                switch phase {
                case .pricing, .accepting: phase = .idle
                case .idle, .paying, .stopped: break
                }
            }
        } else if let token = new.token, token != old.token, token != tokens.inUse?.token,
            !tokens.isRefused(token)
        {
            if isStarted {
                adopt(token, &turn)
                earliestLook = turn.now
                slice.forgetSlice()
                journal.standing.paidUntil = nil
                if case .pricing = phase { phase = .idle }
            } else {
                tokens.add(token)
            }
        }
        journal.standing.unservedInRow = 0
        tokens.forgive()
        switch phase {
        case .stopped: phase = .idle
        case .pricing(var pricing):
            // Whatever was under way is asked for anew: the allow-lists and limits may be others now.
            pricing.step = .waiting(until: turn.now)
            pricing.reconnectedAt = nil
            phase = .pricing(pricing)
        case .idle, .paying, .accepting: break
        }
    }
}

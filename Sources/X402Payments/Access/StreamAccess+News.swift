import RelayModel

/// What the connections tell.
extension StreamAccess {
    mutating func hear(_ news: StreamNews, _ turn: inout Turn<some RandomNumberGenerator>) {
        switch news {
        case .tokenRefused(let token, let reason): refused(token, reason: reason, &turn)
        case .notGreeted(let token, let reason): notGreeted(token, reason: reason, &turn)
        case .hello(let token, let sliceSeconds, let expiresAt):
            greeted(token, sliceSeconds: sliceSeconds, expiresAt: expiresAt, &turn)
        case .reminder(let expiresAt, let milliseconds):
            reminded(expiresAt: expiresAt, milliseconds: milliseconds, &turn)
        case .paymentRequired(let reason): paymentRequired(reason, &turn)
        case .renewed(let expiresAt, let method): renewed(expiresAt: expiresAt, method: method, &turn)
        case .failed(let message):
            guard let index = awaitedInband else { return }
            outcome(index, PaidAnswer(code: Excerpt.of(message.utf8), from: "the stream"), &turn)
        case .renewalLost:
            guard let index = awaitedInband else { return }
            open[index].needsGreeting = true
            outcome(index, .unclear(reason: "the connection that it went over is gone"), &turn)
        }
    }

    /// The slice ends soon, should it be true.
    ///
    /// Says when a renewal is due; whether one begins is the phase's to tell.
    private mutating func reminded(
        expiresAt: String?, milliseconds: Int64?, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        guard tokens.inUse != nil else { return }
        switch slice.reminder(expiresAt: expiresAt, milliseconds: milliseconds, now: turn.now) {
        case .ignored(let why): note("a renewal reminder is ignored: \(why)", &turn)
        case .believed, .doubtful: journal.standing.paidUntil = slice.paidUntil
        }
    }

    private mutating func paymentRequired(_ reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard tokens.inUse != nil else { return }
        guard switchUntil == nil else {
            note("that payment is required is ignored: the renewal is being confirmed", &turn)
            return
        }
        switch slice.paymentRequired(now: turn.now) {
        case .believed: break
        case .ignored(let why): note("that payment is required is not believed: \(why)", &turn)
        case .doubtful:
            switch phase {
            case .idle, .pricing: break
            case .paying, .accepting, .stopped: return
            }
            slice.reconnected()
            let words = Redaction.foreign(Excerpt.of(reason.utf8))
            reconnect("the stream says that payment is required (\(words)), though its slice has not ended", &turn)
        }
    }

    private mutating func renewed(
        expiresAt: String?, method: String?, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        // With several connections each of them gets it.
        guard !slice.isRepeated(expiresAt) else { return }
        let mayBeInband = method == nil || method == LedgerEntry.Purpose.inband.rawValue
        if mayBeInband, let index = open.firstIndex(where: { $0.entry.purpose == .inband && $0.entry.sends > 0 }) {
            served(index, Grant(token: nil, expiresAt: expiresAt), transaction: nil, &turn)
            slice.confirmed(expiresAt)
        } else if switchUntil != nil {
            switchUntil = nil
            slice.renewed(expiresAt: expiresAt)
            prove(turn.now)
        } else {
            note("a renewal is confirmed that nobody asked for", &turn)
        }
    }

    /// The payment whose bytes are out over the WebSocket.
    private var awaitedInband: Int? {
        open.firstIndex { payment in
            if case .awaitingRenewed = payment.step { true } else { false }
        }
    }
}

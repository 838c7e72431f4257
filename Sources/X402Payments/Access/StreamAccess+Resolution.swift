import RelayModel

/// How a payment of which the outcome is not known comes to an end: the same bytes until its blockhash has expired, then the
/// chain. Neither needs a wallet.
extension StreamAccess {
    mutating func attendPayments(_ turn: inout Turn<some RandomNumberGenerator>) {
        for index in open.indices {
            guard let deadline = open[index].deadline, deadline <= turn.now else { continue }
            switch open[index].step {
            case .keeping: break
            case .waiting: look(index, &turn)
            case .awaitingAnswer: outcome(index, .unclear(reason: "no answer came in time"), &turn)
            case .awaitingRenewed:
                outcome(index, .unclear(reason: "the stream did not confirm it in time"), &turn)
            case .askingChain: wait(index, &turn)
            case .awaitingGreeting(let transaction, _): landed(index, transaction, &turn)
            }
        }
    }

    mutating func wait(_ index: Int, _ turn: inout Turn<some RandomNumberGenerator>) {
        open[index].step = .waiting(until: turn.now + open[index].waits.next(using: &turn.random))
    }

    /// Before the blockhash has expired the bytes are sent again, after it the chain is asked; at each second look the bytes go
    /// first even then, since a server may give from its memory what it settled long ago.
    private mutating func look(_ index: Int, _ turn: inout Turn<some RandomNumberGenerator>) {
        let isOld = open[index].chainFrom.map { turn.now >= $0 } ?? false
        if isOld { open[index].looks &+= 1 }
        if open[index].canBeSent, !isOld || open[index].looks % 2 == 1 {
            sendAgain(index, &turn)
        } else if isOld {
            askChain(index, &turn)
        } else {
            wait(index, &turn)
        }
    }

    mutating func askChain(_ index: Int, _ turn: inout Turn<some RandomNumberGenerator>) {
        let id = nextRequest()
        open[index].step = .askingChain(id, until: turn.now + Self.chainTimeout)
        turn.actions.append(.askLanding(id, open[index].entry))
    }

    mutating func learned(
        _ id: RequestID, landing verdict: LandingVerdict, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        let isAsked = { (payment: OpenPayment) in if case .askingChain(id, _) = payment.step { true } else { false } }
        guard let index = open.firstIndex(where: isAsked) else { return }
        switch verdict {
        case .undecided(let reason):
            let entry = open[index].entry
            let known = [entry.sourceAccount, entry.payer, entry.recipient, entry.asset, entry.clientSignature]
            let doubt = redaction.of(Redaction.foreign(reason, keeping: known))
            open[index].doubt = doubt
            note("whether payment \(entry.id) landed is not known: \(doubt)", &turn)
            wait(index, &turn)
        case .landed(let transaction):
            landed(index, transaction, &turn)
        case .notLanded:
            end(index, .expired, served: nil, transaction: nil, reason: open[index].entry.reason, .expired, &turn)
        }
    }

    /// The chain has it, and no answer told that it was served.
    ///
    /// Only of a token in use can the stream still tell: another one, as after a reload, is greeted no more.
    private mutating func landed(
        _ index: Int, _ transaction: String, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        let entry = open[index].entry
        if entry.purpose == .inband, entry.resource == settings.resource, let token = tokens.inUse?.token,
            token == entry.renewedToken
        {
            askStream(index, landed: transaction, &turn)
        } else {
            unserved(index, landed: transaction, &turn)
        }
    }

    /// An in-band payment brings no token, so that it landed does not tell whether it served: its slice has begun if the token is
    /// still let in now that the one before is over.
    ///
    /// A new connection shows it.
    private mutating func askStream(
        _ index: Int, landed transaction: String, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        open[index].step = .awaitingGreeting(landed: transaction, until: turn.now + Self.greetingTimeout)
        reconnect("a renewal landed, and the stream did not confirm it", &turn)
    }

    private mutating func unserved(
        _ index: Int, landed transaction: String, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        end(
            index, .settled, served: false, transaction: transaction, reason: "it landed, and the server gave nothing",
            .unserved, &turn)
    }

    /// A connection is open again: payments that go over it are sent again, or turn out to have been served or not.
    mutating func resumeInband(
        _ token: Secret, expiresAt: String?, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        for index in open.indices where open[index].entry.purpose == .inband {
            let payment = open[index]
            let isLater = slice.isLater(expiresAt, than: payment.expiryBefore)
            let grant = Grant(token: nil, expiresAt: expiresAt)
            // It began when it was paid for, not now that it shows.
            let began = min(payment.entry.signedAt, turn.now)
            if let transaction = payment.landedUnconfirmed {
                guard token == payment.entry.renewedToken else { continue }
                let isSame = expiresAt != nil && payment.expiryBefore != nil && !isLater
                if case .keeping = payment.step, isSame {
                    // It is being written as unserved already.
                    continue
                } else if isSame {
                    unserved(index, landed: transaction, &turn)
                } else {
                    served(index, grant, transaction: transaction, at: began, &turn)
                }
            } else if payment.entry.sends > 0, isLater, token == payment.entry.renewedToken {
                served(index, grant, transaction: nil, at: began, &turn)
            } else if payment.needsGreeting {
                open[index].needsGreeting = false
                if case .waiting = payment.step { sendAgain(index, &turn) }
            }
        }
    }

    /// A token is refused: an in-band payment for its slice that landed gave nothing.
    mutating func refusedInband(_ token: Secret, _ turn: inout Turn<some RandomNumberGenerator>) {
        for index in open.indices where open[index].entry.renewedToken == token {
            guard case .awaitingGreeting(let transaction, _) = open[index].step else { continue }
            unserved(index, landed: transaction, &turn)
        }
    }
}

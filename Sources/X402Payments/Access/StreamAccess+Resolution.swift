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
            note("whether payment \(open[index].entry.id) landed is not known: \(Redaction.foreign(reason))", &turn)
            wait(index, &turn)
        case .landed(let transaction):
            end(
                index, .settled, served: false, transaction: transaction,
                reason: "it landed, and the server gave nothing", .unserved, &turn)
        case .notLanded:
            end(index, .expired, served: nil, transaction: nil, reason: open[index].entry.reason, .expired, &turn)
        }
    }
}

import RelayModel

/// Signing, writing and handing over a payment: the three places that matter, each said once.
extension StreamAccess {
    /// The payments that are signed and not final; without any the phase is `idle`.
    var open: [OpenPayment] {
        get { if case .paying(let payments) = phase { payments } else { [] } }
        set { phase = newValue.isEmpty ? .idle : .paying(newValue) }
    }

    /// The one place at which a payment is signed: only from `pricing`, so while no other payment of the feed is open; only for
    /// a slice that is still wanted; and only within the limits, which the purse judges once more as it signs.
    ///
    /// No write is in flight, so `keep` writes it in the same call; from here on the phase is `paying`, and nothing leaves before
    /// it is on disk.
    mutating func sign(
        _ bid: Bid, _ mint: SolanaMint, _ blockhash: Blockhash, _ tender: Tender,
        _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        guard case .pricing(let pricing) = phase, !journal.isWriting else { return }
        guard turn.purse != nil else {
            withoutWallet(pricing, &turn)
            return
        }
        guard isWanted(pricing.need), journal.standing.unservedInRow < Self.maxUnserved else {
            phase = .idle
            return
        }
        let memo = Self.randomHex(using: &turn.random)
        let identifier = "x402relay_" + Self.randomHex(using: &turn.random)
        let now = turn.now
        do throws(LimitBreach) {
            guard
                let entry = try turn.purse?.sign(
                    bid, of: tender.challenge, mint: mint, blockhash: blockhash, for: want(pricing.need), memo: memo,
                    identifier: identifier, now: now)
            else { return }
            open = [OpenPayment(signed: entry, slice: slice, waits: Waits(settings), now: now)]
            tokens.replace()
        } catch {
            limitReached(error, &turn)
        }
    }

    /// 128 bits.
    private static func randomHex(using random: inout some RandomNumberGenerator) -> String {
        let digits = Array("0123456789abcdef")
        return String((0..<32).map { _ in digits[Int.random(in: 0..<16, using: &random)] })
    }

    /// Writes what is to be written, one write at a time: first what a payment waits for, else what has gathered.
    mutating func keep(_ turn: inout Turn<some RandomNumberGenerator>) {
        guard !journal.isWriting else { return }
        for index in open.indices {
            guard case .keeping(let keep, .due(let at)) = open[index].step, at <= turn.now else { continue }
            let id = nextRequest()
            open[index].step = .keeping(keep, .inFlight(id))
            let change =
                if case .end(let ending) = keep {
                    journal.change(
                        id, entry: ending.entry, event: ending.own, standing: standing(after: ending).standing)
                } else {
                    journal.change(id, entry: open[index].entry, standing: journal.standing)
                }
            turn.actions.append(.write(id, change))
            return
        }
        if case .accepting(var gift) = phase, case .due(let at) = gift.write, at <= turn.now {
            let id = nextRequest()
            let next = standing(with: gift).standing
            let change = journal.change(id, entry: gift.bought, event: gift.own, standing: next)
            gift.write = .inFlight(id)
            phase = .accepting(gift)
            turn.actions.append(.write(id, change))
            return
        }
        guard let attempt = journal.nextAttempt, attempt <= turn.now else { return }
        let id = nextRequest()
        turn.actions.append(.write(id, journal.change(id, standing: journal.standing)))
    }

    mutating func written(_ id: RequestID, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard journal.written(id) else { return }
        if case .accepting(let gift) = phase, gift.write == .inFlight(id) {
            accept(gift, &turn)
            return
        }
        // A payment that something else happened to meanwhile waits for another write by now.
        for index in open.indices {
            switch open[index].isKeeping(id) {
            case .signed: sendAgain(index, &turn)
            case .send: handOver(index, &turn)
            case .end(let ending):
                conclude(index, ending, &turn)
                return
            case nil: break
            }
        }
    }

    mutating func notWritten(_ id: RequestID, reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard journal.notWritten(id, now: turn.now, using: &turn.random) else { return }
        note("payments could not be written: \(reason)", &turn)
        if case .accepting(var gift) = phase, gift.write == .inFlight(id) {
            gift.write = .due(turn.now + lookWaits.next(using: &turn.random))
            phase = .accepting(gift)
        }
        for index in open.indices {
            switch open[index].isKeeping(id) {
            case .signed:
                // It is nowhere but here: forgotten, it never leaves.
                let entry = open[index].entry
                turn.purse?.release(entry)
                open.remove(at: index)
                earliestLook = turn.now + lookWaits.next(using: &turn.random)
                if case .idle = phase {
                    let need = entry.purpose == .purchase ? nil : entry.renewedToken
                    begin(
                        need.map { .renewal(of: $0) } ?? .purchase,
                        trouble: redaction.of("the payment could not be written: \(reason)"), &turn)
                }
                return
            case .send: put(index, .send, after: true, &turn)
            case .end(let ending): put(index, .end(ending), after: true, &turn)
            case nil: break
            }
        }
    }

    /// To be written next, or after a wait.
    private mutating func put(
        _ index: Int, _ keep: OpenPayment.Keep, after wait: Bool, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        let at = wait ? turn.now + open[index].waits.next(using: &turn.random) : turn.now
        open[index].step = .keeping(keep, .due(at))
    }

    /// The same bytes once more, or for the first time: first it is written that they leave.
    mutating func sendAgain(_ index: Int, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard open[index].canBeSent else {
            wait(index, &turn)
            return
        }
        if open[index].entry.state == .signed { open[index].entry.state = .sent }
        open[index].entry.sends += 1
        open[index].entry.sentAt = turn.now
        put(index, .send, after: false, &turn)
    }

    /// The one place at which a signed payment's bytes are handed over.
    ///
    /// On disk before: the entry with its bytes, and that they leave (`written` has come for it). They are the entry's, always
    /// the same ones, and go to the resource that it was signed for.
    private mutating func handOver(_ index: Int, _ turn: inout Turn<some RandomNumberGenerator>) {
        let entry = open[index].entry
        if entry.purpose == .inband {
            open[index].step = .awaitingRenewed(until: turn.now + Self.renewedTimeout)
            turn.actions.append(
                .order(.renewInband(requirements: entry.requirements, payload: entry.payload)))
            return
        }
        let id = nextRequest()
        open[index].asked(id)
        open[index].step = .awaitingAnswer(id, until: turn.now + Self.answerTimeout)
        let header = PaymentPayload.header(entry.payload, version: entry.resource.version == "v1" ? .v1 : .v2)
        turn.actions.append(
            .request(id, Self.question(entry.purpose, entry.resource, token: entry.renewedToken, paid: header)))
    }
}

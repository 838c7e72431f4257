import RelayModel

/// From a slice that is wanted to an offer that may be paid. Nothing here costs money.
extension StreamAccess {
    /// Begins to buy what is needed, if nothing is being bought.
    mutating func beginWhatIsDue(_ turn: inout Turn<some RandomNumberGenerator>) {
        guard case .idle = phase else { return }
        guard journal.standing.unservedInRow < Self.maxUnserved else {
            stop(&turn)
            return
        }
        if let token = tokens.inUse?.token {
            if let due = slice.due, due <= turn.now { begin(.renewal(of: token), trouble: nil, &turn) }
        } else {
            begin(.purchase, trouble: nil, &turn)
        }
    }

    mutating func begin(_ need: Pricing.Need, trouble: String?, _ turn: inout Turn<some RandomNumberGenerator>) {
        if let provenAt, turn.now - provenAt >= Self.provenAfter {
            lookWaits.reset()
            earliestLook = turn.now
            self.provenAt = nil
        }
        phase = .pricing(Pricing(need: need, step: .waiting(until: max(turn.now, earliestLook)), trouble: trouble))
    }

    /// Whether a need is still there: tokens come and go while prices are asked for.
    func isWanted(_ need: Pricing.Need) -> Bool {
        switch need {
        case .purchase: tokens.inUse == nil
        case .renewal(let token): tokens.inUse?.token == token
        }
    }

    func want(_ need: Pricing.Need) -> Want {
        switch need {
        case .purchase: Want(feed: settings.feed, resource: settings.resource, purpose: .purchase, token: nil)
        case .renewal(let token):
            Want(
                feed: settings.feed, resource: settings.resource,
                purpose: settings.renewsInband && settings.resource.version == "v2" ? .inband : .renewal, token: token)
        }
    }

    /// Makes the next look when its moment has come, and gives up waiting for an answer.
    mutating func pursuePrice(_ turn: inout Turn<some RandomNumberGenerator>) {
        guard case .pricing(let pricing) = phase else { return }
        if case .ready(let bid, let mint, let blockhash, let tender) = pricing.step, !journal.isWriting {
            sign(bid, mint, blockhash, tender, &turn)
            return
        }
        guard let deadline = pricing.deadline, deadline <= turn.now else { return }
        switch pricing.step {
        case .ready: break
        case .waiting: look(pricing, &turn)
        case .asking: trouble("the server does not answer", &turn)
        case .readingMint, .readingBlockhash: trouble("no RPC answers", &turn)
        }
    }

    private mutating func look(_ pricing: Pricing, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard turn.purse != nil else {
            withoutWallet(pricing, &turn)
            return
        }
        guard isWanted(pricing.need) else {
            phase = .idle
            return
        }
        let id = nextRequest()
        update { $0.step = .asking(id, until: turn.now + Self.answerTimeout) }
        let want = want(pricing.need)
        turn.actions.append(.request(id, Self.question(want.purpose, want.resource, token: want.token, paid: nil)))
    }

    /// The request for a slice, with the payment or without.
    static func question(
        _ purpose: LedgerEntry.Purpose, _ resource: StreamResource, token: Secret?, paid header: HTTPField?
    ) -> HTTPQuestion {
        var headers = [HTTPField("accept", "application/json")]
        if let header { headers.append(header) }
        guard purpose != .purchase, let token else {
            return HTTPQuestion(
                method: "GET", resource: resource, path: resource.schemaPath, headers: headers, body: [])
        }
        headers.append(HTTPField("content-type", "application/json"))
        var body = JSONObjectWriter()
        body.string("token", token.revealed)
        return HTTPQuestion(
            method: "POST", resource: resource, path: resource.renewPath, headers: headers, body: body.bytes)
    }

    private mutating func update(_ change: (inout Pricing) -> Void) {
        guard case .pricing(var pricing) = phase else { return }
        change(&pricing)
        phase = .pricing(pricing)
    }

    /// The answer to a request: that of the unpaid one, or that of a payment.
    mutating func answered(_ id: RequestID, _ answer: HTTPAnswer, _ turn: inout Turn<some RandomNumberGenerator>) {
        if case .pricing(let pricing) = phase, case .asking(id, _) = pricing.step {
            priced(pricing, answer, &turn)
        } else if let index = open.firstIndex(where: { $0.questions.contains(id) }) {
            paid(index, id, answer, &turn)
        } else if let index = ended.firstIndex(where: { $0.questions.contains(id) }) {
            late(index, answer, &turn)
        }
    }

    private mutating func priced(
        _ pricing: Pricing, _ answer: HTTPAnswer, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        switch answer {
        case .failed(let reason, _): trouble("the server could not be asked: \(Redaction.foreign(reason))", &turn)
        case .received(402, let headers, let body): judge(pricing, headers, body, &turn)
        case .received(let status, _, let body) where (200..<300).contains(status):
            guard isWanted(pricing.need), let grant = Grant(body, for: want(pricing.need).purpose),
                let token = grant.token
            else {
                trouble("the server answered \(status) without a price and without a token", &turn)
                return
            }
            note("the server gives a token without a payment", &turn)
            phase = .accepting(
                Gift(
                    token: token, grant: grant, at: turn.now, bought: nil, own: nil, after: slice.names,
                    superseded: want(pricing.need).token, write: .due(turn.now)))
        case .received(let status, _, _):
            guard case .renewal(let token) = pricing.need, (400..<500).contains(status), status != 429 else {
                trouble("the server answered \(status) where it should name its price", &turn)
                return
            }
            renewalRefused(token, status, pricing, &turn)
        }
    }

    /// The server names no price for a further slice of the token in use.
    ///
    /// Once its slice is over the token is of no more use, even where the stream still lets it in: another one is bought. Before
    /// that the connections tell whether the server still knows it, and only they.
    private mutating func renewalRefused(
        _ token: Secret, _ status: Int, _ pricing: Pricing, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        let reason = "the server answered \(status) to the renewal of the token in use"
        if slice.isOver(now: turn.now) {
            let over = reason + ", whose slice is over"
            trouble(over, &turn)
            require(over, &turn)
            abandoned = token
            refused(token, reason: over, &turn)
            if tokens.inUse != nil { reconnect(over, &turn) }
            return
        }
        if [401, 403, 404, 410].contains(status), pricing.reconnectedAt == nil {
            update { $0.reconnectedAt = turn.now }
            reconnect(reason, &turn)
        }
        trouble(reason, &turn)
    }

    /// A greeting long after the connections were opened again: should the renewal be refused still, they show once more whether
    /// the token is let in.
    mutating func allowReconnect(_ now: Timestamp) {
        update { pricing in
            guard let last = pricing.reconnectedAt, now - last >= Self.greetingTimeout else { return }
            pricing.reconnectedAt = nil
        }
    }

    private mutating func judge(
        _ pricing: Pricing, _ headers: [HTTPField], _ body: [UInt8], _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        guard let purse = turn.purse else {
            withoutWallet(pricing, &turn)
            return
        }
        do throws(PaymentChallenge.Fault) {
            let challenge = try PaymentChallenge(headers: headers, body: body)
            let appraisal = purse.appraise(challenge, for: want(pricing.need))
            compare(Tender(challenge: challenge, bids: appraisal.bids, refusals: appraisal.refusals), &turn)
        } catch {
            refuse("the server's challenge cannot be read: \(error)", &turn)
        }
    }

    /// Takes the first offer that passes the limits, too; asks for the mint where its decimals are not known.
    private mutating func compare(_ tender: Tender, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard case .pricing(let pricing) = phase else { return }
        guard let purse = turn.purse else {
            withoutWallet(pricing, &turn)
            return
        }
        var tender = tender
        while let bid = tender.bids.first {
            guard let mint = SolanaMint.known(bid.asset) ?? mints[bid.asset] else {
                let id = nextRequest()
                let until = turn.now + Self.chainTimeout
                update { $0.step = .readingMint(id, of: bid.asset, tender, until: until) }
                turn.actions.append(.askMint(id, bid.asset))
                return
            }
            tender.bids.removeFirst()
            guard let units = TokenAmount(atomic: bid.amount, decimals: mint.decimals) else {
                tender.refusals.append(
                    "asset \(bid.asset) has \(mint.decimals) decimals, \(TokenAmount.maxDecimals) are the most")
                continue
            }
            price = units
            let asset = bid.asset.description
            if let breach = purse.breach(units, asset: asset, for: want(pricing.need), now: turn.now) {
                tender.breach = tender.breach ?? breach
                continue
            }
            settleOn(bid, mint, tender, &turn)
            return
        }
        if let breach = tender.breach {
            limitReached(breach, &turn)
        } else {
            refuse(Self.summary(tender.refusals), &turn)
        }
    }

    private static func summary(_ refusals: [String]) -> String {
        guard refusals.count > 1 else { return "no offer may be paid: \(refusals.first ?? "there is none")" }
        return "none of \(refusals.count) offers may be paid, the first because \(refusals[0]), the last because "
            + "\(refusals[refusals.count - 1])"
    }

    private mutating func settleOn(
        _ bid: Bid, _ mint: SolanaMint, _ tender: Tender, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        if let hash = bid.blockhash {
            update { $0.step = .ready(bid, mint, Blockhash(hash: hash, lastValidBlockHeight: nil), tender) }
            return
        }
        let id = nextRequest()
        update { $0.step = .readingBlockhash(id, bid, mint, tender, until: turn.now + Self.chainTimeout) }
        turn.actions.append(.askBlockhash(id))
    }

    mutating func learned(
        _ id: RequestID, mint result: Result<SolanaMint, ChainFault>, _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        guard case .pricing(let pricing) = phase, case .readingMint(id, let asset, let tender, _) = pricing.step
        else { return }
        switch result {
        case .failure(let fault):
            trouble("the decimals of \(asset) could not be asked for: \(Redaction.foreign(fault.description))", &turn)
        case .success(let mint):
            guard mint.address == asset else {
                trouble("an RPC answered for another mint than \(asset)", &turn)
                return
            }
            if mints.count >= Self.maxMints { mints.removeAll() }
            mints[asset] = mint
            compare(tender, &turn)
        }
    }

    mutating func learned(
        _ id: RequestID, blockhash result: Result<Blockhash, ChainFault>,
        _ turn: inout Turn<some RandomNumberGenerator>
    ) {
        guard case .pricing(let pricing) = phase,
            case .readingBlockhash(id, let bid, let mint, let tender, _) = pricing.step
        else { return }
        switch result {
        case .failure(let fault):
            trouble("no blockhash could be asked for: \(Redaction.foreign(fault.description))", &turn)
        case .success(let blockhash): update { $0.step = .ready(bid, mint, blockhash, tender) }
        }
    }
}

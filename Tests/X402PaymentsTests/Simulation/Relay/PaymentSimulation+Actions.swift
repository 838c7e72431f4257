import RelayModel
import X402Payments

/// The shell: gives an access what happened and performs what it says, one action after the other.
extension PaymentSimulation {
    func give(_ input: StreamAccess.Input, to feed: String, run: Int) throws(Violation) {
        guard relay?.number == run, var access = relay?.accesses[feed] else { return }
        let at = relayNow
        trace?("\(now) \(feed) <- \(input)")
        var purse = relay?.purse
        let actions = access.take(input, now: at, purse: &purse, using: &relayRandom)
        relay?.accesses[feed] = access
        relay?.purse = purse
        for action in actions { try perform(action, of: feed, run: run) }
        if var copy = relay?.copies[feed] {
            let more = copy.take(input, now: at, purse: &purse, using: &relayRandom)
            relay?.copies[feed] = copy
            relay?.purse = purse
            for action in more { try perform(action, of: feed, run: run) }
        }
        if let reason = access.standing.reason { try referee.shows(reason, "the standing") }
        armWake(feed, run)
    }

    private func perform(_ action: StreamAccess.Action, of feed: String, run: Int) throws(Violation) {
        trace?("\(now) \(feed)    -> \(action)")
        switch action {
        case .order(let order): try perform(order, of: feed)
        case .request(let id, let question):
            let question = planted(question)
            try referee.leaves(question, of: feed, disk: disk)
            tally.requests += 1
            send(question, id, of: feed, run: run)
        case .askBlockhash(let id):
            answerFromChain(of: feed, run) { sim in
                let now = sim.now
                let old = sim.happens(.rpcBehind) ? Duration.seconds(sim.random.below(40)) : .zero
                let found = sim.chain.latestBlockhash(now - old, using: &sim.random)
                return .blockhash(id, found.map { .success($0) } ?? .failure(StreamAccess.ChainFault("no answer")))
            } failing: {
                .blockhash(id, .failure(StreamAccess.ChainFault("no RPC server answers")))
            }
        case .askMint(let id, let address):
            answerFromChain(of: feed, run) { _ in
                .mint(id, .failure(StreamAccess.ChainFault("\(address) is not there")))
            } failing: {
                .mint(id, .failure(StreamAccess.ChainFault("no RPC server answers")))
            }
        case .askLanding(let id, let entry):
            plan(after: .milliseconds(random.within(50...3000))) { sim throws(Violation) in
                let verdict = sim.inquire(entry)
                sim.tally.inquiries += 1
                try sim.give(.landing(id, verdict), to: feed, run: run)
            }
        case .write(let id, let change): try write(planted(change), id, of: feed, run: run)
        case .tell(let event): try referee.told(event, now)
        case .note(let text):
            let shown = bug == .showsToken ? text + (relay?.connections[feed]?.token ?? "") : text
            try referee.shows(shown, "a note")
        }
    }

    private func answerFromChain(
        of feed: String, _ run: Int, _ answer: @escaping (PaymentSimulation) -> StreamAccess.Input,
        failing: @escaping () -> StreamAccess.Input
    ) {
        let fails = happens(.rpcFails)
        plan(after: fails ? .seconds(10) : .milliseconds(random.within(20...800))) { sim throws(Violation) in
            try sim.give(fails ? failing() : answer(sim), to: feed, run: run)
        }
    }

    /// Asks every server, as the relay does: one that has it decides, and nothing but the word of all says that it did not land.
    private func inquire(_ entry: LedgerEntry) -> LandingVerdict {
        if bug == .believesRefusal, entry.state == .refused { return .notLanded }
        var verdicts: [LandingVerdict] = []
        for server in 1...scenario.rpcServers {
            if bug == .asksOneServer, server < scenario.rpcServers { continue }
            let isLiar = scenario.hasLiar && server == scenario.rpcServers
            let url = "https://rpc\(server).example/key123456"
            var inquiry = LandingInquiry(entry: entry, server: RPCServer(url: url))
            while case .ask(let request) = inquiry.next() {
                let lag: Duration = happens(.rpcBehind) ? .seconds(random.below(200)) : .zero
                let rpc = SimulatedRPC(lag: lag, isLiar: isLiar, forgetsBlockhashes: bug == .ignoresBlockhash)
                let failure = StreamAccess.HTTPAnswer.failed(reason: "no answer", mayHaveLeft: true)
                inquiry.take(happens(.rpcFails) ? failure : rpc.answer(request, from: chain, now))
            }
            if case .done(let verdict) = inquiry.next() { verdicts.append(verdict) }
        }
        return .combined(verdicts)
    }

    private func write(_ change: LedgerChange, _ id: Int, of feed: String, run: Int) throws(Violation) {
        try referee.writes(change, of: feed, self)
        let key = "\(feed) \(id)"
        relay?.writes[key] = change
        tally.writes += 1
        let fails = happens(.writeFails)
        let isSlow = happens(.writeSlow)
        let wait: Duration = isSlow ? .seconds(random.within(1...20)) : .milliseconds(random.within(2...30))
        let durableAt = max(relay?.diskClearAt ?? now, now + wait)
        relay?.diskClearAt = durableAt
        let late: Duration = happens(.writtenLate) ? .seconds(random.within(1...20)) : .milliseconds(1)
        if bug == .tellsWrittenEarly {
            plan(after: .zero) { sim throws(Violation) in try sim.give(.written(id), to: feed, run: run) }
        }
        agenda.plan(at: durableAt) { sim throws(Violation) in
            guard sim.relay?.number == run else { return }
            sim.relay?.writes[key] = nil
            if fails {
                sim.referee.neverWritten(change, sim.disk)
            } else {
                var before: [PaymentID: LedgerEntry] = [:]
                for entry in change.entries { before[entry.id] = sim.disk.entries[entry.id] }
                sim.disk.keep(change)
                try sim.referee.written(change, of: feed, before: before, sim)
                try sim.releaseForBug()
            }
            try sim.reloadIfIdle()
            guard sim.bug != .tellsWrittenEarly else { return }
            let word: StreamAccess.Input =
                fails && sim.bug != .tellsFailedAsWritten ? .notWritten(id, reason: "the disk is full") : .written(id)
            sim.plan(after: late) { sim throws(Violation) in try sim.give(word, to: feed, run: run) }
        }
    }

    private func armWake(_ feed: String, _ run: Int) {
        guard bug != .oversleeps, let relay, let deadline = relay.accesses[feed]?.nextDeadline else {
            relay?.wakes[feed] = nil
            return
        }
        guard relay.wakes[feed] != deadline || deadline <= relayNow else { return }
        self.relay?.wakes[feed] = deadline
        agenda.plan(at: max(now, deadline - relay.clock)) { sim throws(Violation) in
            guard sim.relay?.number == run, sim.relay?.wakes[feed] == deadline else { return }
            sim.relay?.wakes[feed] = nil
            var count = sim.relay?.ticks[feed] ?? (0, 0)
            count = count.second == sim.now.seconds ? (count.second, count.count + 1) : (sim.now.seconds, 1)
            sim.relay?.ticks[feed] = count
            guard count.count <= 20 else {
                throw Violation("\(feed) is called for its deadline \(count.count) times within a second")
            }
            try sim.give(.tick, to: feed, run: run)
        }
    }
}

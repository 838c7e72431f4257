import RelayModel
import X402Payments

/// What goes to the ledger.
extension PaymentReferee {
    /// A change is about to be written.
    mutating func writes(_ change: LedgerChange, of feed: String, _ simulation: PaymentSimulation) throws(Violation) {
        for entry in change.entries {
            if let known = signed[entry.clientSignature] {
                guard known.entry.id == entry.id, entry.state.isFinal || known.entry.payload == entry.payload,
                    known.entry.signedAt == entry.signedAt, known.entry.amount == entry.amount
                else { throw Violation("payment \(entry.id) is changed beyond its state") }
            } else {
                guard entry.state == .signed, entry.sends == 0, entry.feed == feed else {
                    throw Violation("payment \(entry.id) begins as \(entry.state)")
                }
                try signs(entry, of: feed, simulation)
                signed[entry.clientSignature] = Signed(entry: entry, at: entry.signedAt)
                simulation.tally.signed += 1
            }
            try shows(entry.reason ?? "", "the reason of payment \(entry.id)")
        }
    }

    /// It never came to disk, and never will.
    mutating func neverWritten(_ change: LedgerChange, _ disk: SimulatedDisk) {
        for entry in change.entries where disk.entries[entry.id]?.clientSignature != entry.clientSignature {
            signed[entry.clientSignature] = nil
        }
    }

    /// A change is on disk now.
    mutating func written(
        _ change: LedgerChange, of feed: String, before: [PaymentID: LedgerEntry], _ simulation: PaymentSimulation
    ) throws(Violation) {
        for entry in change.entries {
            saw(entry.id, of: feed)
            let old = before[entry.id]
            if let old, old.clientSignature != entry.clientSignature {
                throw Violation("payment \(entry.id) takes the place of another")
            }
            if let old, old.state.isFinal {
                // A token that was sold dead; a token that came after all.
                let isTurned =
                    old.state == .settled && entry.state == .settled && old.served == !(entry.served ?? false)
                let isEqual = old.state == entry.state && old.served == entry.served
                guard isTurned || isEqual else { throw Violation("payment \(entry.id) was \(old.state) for good") }
                let wasServed = simulation.vendor.payments[entry.clientSignature]?.token != nil
                guard entry.served != true || wasServed else {
                    throw Violation("payment \(entry.id) counts as served, and was not")
                }
                if isTurned { simulation.tally.turned += 1 }
                if entry.served == true { paid(feed) }
                if isTurned { outcome(entry, of: feed) }
                continue
            }
            try ends(entry, change, simulation)
        }
        try tellsSettled(change, before)
        for event in change.own where event.kind != .paymentSettled { try told(event, simulation.now) }
        for event in change.own where event.kind == .paymentSettled {
            try shows(event.reason ?? "", "an own event's reason")
        }
        for standing in change.standings {
            guard let token = standing.token else { continue }
            kept.insert(token.revealed)
            // What was configured was not bought by the relay: its slice may be cut short.
            if bought.contains(token.revealed) { held[standing.feed, default: []].insert(token.revealed) }
        }
        let open = simulation.disk.entries.values.filter { $0.feed == feed && !$0.state.isFinal }
        guard open.count < 2 else { throw Violation("\(feed) has \(open.count) payments in flight") }
    }

    /// What came of a payment: what is served after all counts from now on, a token that was dead from when it was sold.
    private mutating func outcome(_ entry: LedgerEntry, of feed: String) {
        var known = outcomes[feed] ?? []
        let served = entry.served ?? false
        if !served, let place = known.firstIndex(where: { $0.id == entry.id }) {
            known[place].served = false
        } else {
            known.removeAll { $0.id == entry.id }
            known.append((entry.id, served))
        }
        outcomes[feed] = known
    }

    private mutating func ends(
        _ entry: LedgerEntry, _ change: LedgerChange, _ simulation: PaymentSimulation
    ) throws(Violation) {
        let signature = entry.clientSignature
        let token = simulation.vendor.payments[signature]?.token
        switch entry.state {
        case .settled:
            guard simulation.chain.hasSettled(signature) || token != nil else {
                throw Violation("payment \(entry.id) is settled, and never landed")
            }
            guard let served = entry.served else { throw Violation("payment \(entry.id) is settled, served or not") }
            guard !served || token != nil else { throw Violation("payment \(entry.id) counts as served, and was not") }
            guard entry.payload.isEmpty, entry.requirements.isEmpty, entry.endedAt != nil else {
                throw Violation("payment \(entry.id) is settled, and keeps its payload")
            }
            if let id = entry.transaction, id != simulation.chain.landings[signature]?.transaction {
                throw Violation("payment \(entry.id) has another's transaction")
            }
            paid(entry.feed)
            outcome(entry, of: entry.feed)
            if served { simulation.tally.served += 1 } else { simulation.tally.unserved += 1 }
        case .expired:
            guard !simulation.chain.mayLand(signature, blockhash: entry.blockhash, simulation.now) else {
                throw Violation("payment \(entry.id) counts as expired, and landed or still can")
            }
            simulation.tally.expired += 1
        case .refused: simulation.tally.refused += 1
        case .unknown: simulation.tally.unknown += 1
        case .signed, .sent: break
        }
    }

    /// Exactly one own event for each payment that settles, in the same write.
    private func tellsSettled(_ change: LedgerChange, _ before: [PaymentID: LedgerEntry]) throws(Violation) {
        var told: [String: [Bool]] = [:]
        for event in change.own where event.kind == .paymentSettled {
            let payment = event.details.first { $0.name == "payment" }?.value.description ?? "without id"
            let served = event.details.first { $0.name == "served" }?.value == .flag(true)
            told[payment, default: []].append(served)
        }
        for entry in change.entries where entry.state == .settled {
            let events = told.removeValue(forKey: "\(entry.id)") ?? []
            if let old = before[entry.id], old.state == .settled {
                let isTurned = old.served != entry.served
                guard events.isEmpty || (isTurned && events == [entry.served ?? false]) else {
                    throw Violation("payment \(entry.id) is told again")
                }
                continue
            }
            guard events == [entry.served ?? false] else {
                throw Violation("payment \(entry.id), served \(entry.served ?? false), is told as \(events)")
            }
        }
        guard told.isEmpty else { throw Violation("payments \(told.keys.sorted()) are told as settled, and are not") }
    }
}

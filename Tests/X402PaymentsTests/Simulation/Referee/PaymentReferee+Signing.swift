import RelayModel
import X402Payments

/// Whether a payment may be signed.
extension PaymentReferee {
    func signs(_ entry: LedgerEntry, of feed: String, _ simulation: PaymentSimulation) throws(Violation) {
        let name = "payment \(entry.id) of \(feed)"
        try saysWhatItIs(entry, simulation, name)
        try mayBePaid(entry, simulation, name)
        if let open = signed.values.first(where: { other in
            other.entry.feed == feed && isOpen(other.entry, simulation)
        }) {
            throw Violation("\(name) is signed while payment \(open.entry.id) can still land")
        }
        try limits(entry, simulation, name)
        try unserved(entry, name)
        try slice(entry, simulation, name)
    }

    private func isOpen(_ entry: LedgerEntry, _ simulation: PaymentSimulation) -> Bool {
        let found = simulation.disk.entries[entry.id]
        if found == nil || found?.state.isFinal == false { return true }
        return !simulation.chain.hasSettled(entry.clientSignature)
            && simulation.chain.isValid(entry.blockhash, simulation.now) && found?.state != .settled
    }

    /// The entry says what the transaction does, and the payload carries the server's offer as it was.
    private func saysWhatItIs(
        _ entry: LedgerEntry, _ simulation: PaymentSimulation, _ name: String
    ) throws(Violation) {
        let transfer = try ReadTransfer(payload: entry.payload)
        guard transfer.amount == entry.amount, transfer.decimals == entry.decimals, transfer.mint == entry.asset,
            transfer.memo == entry.memo, transfer.blockhash == entry.blockhash, transfer.payer == entry.payer,
            transfer.payer == wallet, transfer.source == entry.sourceAccount,
            transfer.clientSignature == entry.clientSignature
        else { throw Violation("\(name) says another thing than its transaction") }
        let offered = simulation.vendor.offered[entry.feed] ?? []
        guard offered.contains(entry.requirements) else { throw Violation("\(name) is for no offer of the server") }
        if entry.resource.version == "v2", transfer.accepted != entry.requirements {
            throw Violation("\(name) does not accept the offer as it was")
        }
        let offer = try? JSONParser(limits: .message).parse(entry.requirements)
        func text(_ key: String) -> String? {
            offer.flatMap { offer in offer.member(offer.root, key).flatMap { offer.string($0) } }
        }
        guard text(entry.resource.version == "v2" ? "amount" : "maxAmountRequired") == "\(entry.amount)",
            text("payTo") == entry.recipient, text("asset") == entry.asset
        else { throw Violation("\(name) pays another thing than its offer") }
    }

    private func mayBePaid(_ entry: LedgerEntry, _ simulation: PaymentSimulation, _ name: String) throws(Violation) {
        guard let relay = simulation.relay, relay.configuration.pays else { throw Violation("\(name): no wallet") }
        guard entry.network == scenario.network.caip2, entry.asset == scenario.network.usdc else {
            throw Violation("\(name) is on \(entry.network) in \(entry.asset)")
        }
        let first = simulation.disk.inOrder.first { $0.feed == entry.feed && $0.state != .expired }?.recipient
        let allowed = relay.configuration.isDefaultRecipient ? first : SimulatedWallet.recipient
        guard allowed == nil || allowed == entry.recipient, entry.recipient != wallet else {
            throw Violation("\(name) goes to \(entry.recipient)")
        }
    }

    /// What has left or may leave never passes a limit, counted from what landed and what still can.
    private func limits(_ entry: LedgerEntry, _ simulation: PaymentSimulation, _ name: String) throws(Violation) {
        guard let limits = simulation.relay?.configuration.limits else { return }
        let now = simulation.relayNow
        let spent = signed.values.filter { other in
            simulation.chain.hasSettled(other.entry.clientSignature) || isOpen(other.entry, simulation)
                || simulation.vendor.payments[other.entry.clientSignature]?.token != nil
        }
        func sum(since: Timestamp) -> UInt64 {
            spent.reduce(entry.amount) { $1.at > since ? $0 + $1.entry.amount : $0 }
        }
        let forever = Timestamp(milliseconds: .min)
        let sums: [(String, UInt64, UInt64?)] = [
            ("perPayment", entry.amount, limits.perPayment),
            ("perHour", sum(since: now - .seconds(3600)), limits.perHour),
            ("perDay", sum(since: now - .seconds(86_400)), limits.perDay), ("total", sum(since: forever), limits.total),
        ]
        for (limit, sum, allowed) in sums where sum > allowed ?? .max {
            throw Violation("\(name) brings \(limit) to \(sum), \(allowed ?? 0) are allowed")
        }
        let last = simulation.disk.inOrder.last {
            $0.feed == entry.feed && $0.resource == entry.resource && $0.state != .expired
        }
        if let last, last.asset == entry.asset {
            let (product, top) = (
                entry.amount * limits.priceJump.denominator, last.amount * limits.priceJump.numerator
            )
            guard product <= top else { throw Violation("\(name) costs \(entry.amount), the last \(last.amount)") }
        }
    }

    /// After two in a row that gave nothing there is none before a reload.
    private func unserved(_ entry: LedgerEntry, _ name: String) throws(Violation) {
        var count = 0
        for other in (outcomes[entry.feed] ?? []).reversed() {
            // One that was served ends the row whenever it was signed: its token may have come late, after a reload.
            if other.served { break }
            if other.id > reloadedAt[entry.feed] ?? PaymentID(0) { count += 1 }
        }
        guard count < 2 else { throw Violation("\(name) follows \(count) that gave nothing") }
    }

    /// No payment while a slice lasts that was paid for, and that the vendor grants.
    private func slice(_ entry: LedgerEntry, _ simulation: PaymentSimulation, _ name: String) throws(Violation) {
        let now = simulation.now
        let tolerance: Duration =
            now > scenario.calmAt + scenario.recovery
            ? .seconds(31)
            : .seconds(30 + scenario.vendor.sliceSeconds / 4)
        for token in (held[entry.feed] ?? []).sorted() {
            guard let found = simulation.vendor.tokens[token], found.stream == entry.resource.stream, !found.isDead
            else { continue }
            let left = found.expiresAt - now
            guard left <= tolerance else {
                throw Violation("\(name) is signed while \(left) are left of \(token), which was not refused")
            }
        }
    }
}

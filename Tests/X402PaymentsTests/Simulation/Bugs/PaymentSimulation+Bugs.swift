import RelayModel
import X402Payments

/// Where those planted bugs are that change what is handed on.
extension PaymentSimulation {
    func policy() throws(Violation) -> Purse.Policy {
        func units(_ atomic: UInt64) -> TokenAmount { TokenAmount(atomic: atomic, decimals: 6) ?? .zero }
        let limits = configuration.limits
        let isOpen = bug == .ignoresLimits
        let top = units(.max)
        let jump = isOpen ? "1000000" : limits.priceJump.text
        guard let factor = PriceFactor(jump) else { throw Violation("\(jump) is no factor") }
        return Purse.Policy(
            perPayment: isOpen ? top : units(limits.perPayment),
            perHour: isOpen ? nil : limits.perHour.map { units($0) },
            perDay: isOpen ? top : units(limits.perDay), total: isOpen ? nil : limits.total.map { units($0) },
            priceJump: factor,
            networks: scenario.isDevnet ? ["solana-devnet"] : nil,
            assets: scenario.isDevnet ? [scenario.network.usdc] : nil,
            recipients: bug == .paysAnybody
                ? [SimulatedWallet.recipient, SimulatedWallet.otherRecipient]
                : configuration.isDefaultRecipient ? nil : [SimulatedWallet.recipient])
    }

    func plantedMemory(_ memory: LedgerMemory) -> LedgerMemory {
        var memory = memory
        switch bug {
        case .repeatsIDs: memory.lastID = PaymentID(0)
        case .forgetsSpent:
            memory.recent = []
            memory.before = .zero
        case .forgetsToken: for place in memory.standings.indices { memory.standings[place].token = nil }
        case .forgetsUnserved: for place in memory.standings.indices { memory.standings[place].unservedInRow = 0 }
        default: break
        }
        return memory
    }

    func planted(_ change: LedgerChange) -> LedgerChange {
        guard bug == .tellsTwice else { return change }
        var change = change
        change.own += change.own
        return change
    }

    func planted(_ question: StreamAccess.HTTPQuestion) -> StreamAccess.HTTPQuestion {
        guard bug == .changesBytes, let place = question.headers.firstIndex(where: { isPayment($0) }),
            let payload = Base64Text.decode(question.headers[place].value), random.chance(300)
        else { return question }
        var question = question
        question.headers[place] = HTTPField(question.headers[place].name, Base64Text.encode(payload + [32]))
        return question
    }

    private func isPayment(_ field: HTTPField) -> Bool {
        ["payment-signature", "x-payment"].contains(field.name.lowercased())
    }

    /// A purse that does not count what is under way.
    func releaseForBug() throws(Violation) {
        guard bug == .releasesAtOnce, relay?.purse != nil, let wallet = relay?.purse?.wallet else { return }
        var memory = disk.memory(relayNow)
        let open = Set(memory.open.map(\.id))
        memory.recent.removeAll { open.contains($0.id) }
        let purse = Purse(wallet: wallet, policy: try policy(), memory: memory)
        relay?.purse = purse
    }
}

import RelayModel
import X402Payments

/// What the vendor says came of a payment.
enum VendorWord {
    case served(token: String)
    case refused(String)
    case duplicate
    case pending
    case serverError
    case nonsense
    case redirect
    case silence
}

/// What a payment adds to.
enum Prolonging {
    /// A first slice, with a token.
    case nothing
    /// A further slice, with a new token.
    case renewed(String)
    /// A further slice of the token in use.
    case inUse(String)

    var token: String? {
        switch self {
        case .nothing: nil
        case .renewed(let token), .inUse(let token): token
        }
    }
}

extension PaymentSimulation {
    /// Takes a payment, the first time or again; `say` is called once with the vendor's word, maybe late, maybe never.
    func settle(
        _ transfer: ReadTransfer, stream: String, prolonging old: Prolonging,
        say: @escaping (PaymentSimulation, VendorWord) throws(Violation) -> Void
    ) {
        let id = transfer.clientSignature
        var payment = vendor.payments[id] ?? SimulatedVendor.Payment(transfer: transfer, stream: stream)
        defer { if vendor.payments[id] == nil { vendor.payments[id] = payment } }
        if let landing = chain.landings[id] {
            let word: VendorWord
            if landing.hasFailed {
                word = .refused("transaction failed")
            } else if let token = payment.token {
                word = scenario.vendor.caches ? .served(token: token) : .duplicate
            } else if scenario.vendor.servesLate || payment.isPending {
                word = .served(token: serve(id, stream: stream, prolonging: old))
            } else {
                word = .duplicate
            }
            return soon { sim throws(Violation) in try say(sim, word) }
        }
        guard chain.isValid(transfer.blockhash, now) else {
            return soon { sim throws(Violation) in try say(sim, .refused("blockhash expired")) }
        }
        guard transfer.amount >= price(of: stream) || now >= scenario.calmAt else {
            return soon { sim throws(Violation) in try say(sim, .refused("the price is higher now")) }
        }
        if happens(.settledTwice) { land(transfer, after: .seconds(random.within(2...30))) }
        if happens(.refusedNever) { return soon { sim throws(Violation) in try say(sim, .refused("no")) } }
        if happens(.errorNever) { return soon { sim throws(Violation) in try say(sim, .serverError) } }
        if happens(.redirected) { return soon { sim throws(Violation) in try say(sim, .redirect) } }
        if happens(.failsOnChain) {
            land(transfer, after: .seconds(1), fails: true)
            return soon { sim throws(Violation) in try say(sim, .refused("transaction failed")) }
        }
        let late = Duration.seconds(random.pick([1, 10, 40, 80]))
        if happens(.refusedSettled) {
            land(transfer, after: late)
            return soon { sim throws(Violation) in try say(sim, .refused("invalid_payload")) }
        }
        if happens(.errorSettled) {
            land(transfer, after: late)
            return soon { sim throws(Violation) in try say(sim, .serverError) }
        }
        if happens(.pendingSettled) {
            payment.isPending = true
            vendor.payments[id] = payment
            land(transfer, after: late)
            return soon { sim throws(Violation) in try say(sim, .pending) }
        }
        let isNonsense = happens(.nonsense)
        let isSilent = happens(.silent)
        let wait = happens(.settledLate) ? late : .milliseconds(random.within(300...2500))
        plan(after: wait) { sim throws(Violation) in
            let now = sim.now
            _ = sim.chain.submit(transfer, fails: false, now, using: &sim.random)
            guard sim.chain.hasSettled(id) else { return try say(sim, .refused("blockhash expired")) }
            if isSilent { return try say(sim, .silence) }
            if isNonsense { return try say(sim, .nonsense) }
            if let token = sim.vendor.payments[id]?.token {
                return try say(sim, sim.scenario.vendor.caches ? .served(token: token) : .duplicate)
            }
            try say(sim, .served(token: sim.serve(id, stream: stream, prolonging: old)))
        }
    }

    private func soon(_ act: @escaping Agenda.Occurrence) { plan(after: .milliseconds(random.within(5...400)), act) }

    private func land(_ transfer: ReadTransfer, after wait: Duration, fails: Bool = false) {
        plan(after: wait) { sim throws(Violation) in
            let now = sim.now
            _ = sim.chain.submit(transfer, fails: fails, now, using: &sim.random)
        }
    }

    /// Gives the slice: a new token, or more time for the one in use.
    private func serve(_ id: String, stream: String, prolonging old: Prolonging) -> String {
        let oldEnd = old.token.flatMap { vendor.tokens[$0]?.expiresAt }
        let end = (scenario.vendor.addsToEnd ? max(oldEnd ?? now, now) : now) + scenario.slice
        if case .inUse(let name) = old {
            vendor.tokens[name]?.expiresAt = end
            vendor.payments[id]?.token = name
            referee.bought.insert(name)
            for link in openLinks where link.token == name { armExpiry(link) }
            return name
        }
        let name = vendor.newName(using: &random)
        vendor.tokens[name] = SimulatedVendor.Token(
            stream: stream, expiresAt: end, isDead: happens(.deadToken))
        if happens(.forgetsToken) {
            plan(after: .seconds(random.below(scenario.vendor.sliceSeconds))) { sim throws(Violation) in
                sim.forget(name)
            }
        }
        vendor.payments[id]?.token = name
        referee.bought.insert(name)
        return name
    }

    /// The vendor does not know the token any more, and ends what is open with it.
    func forget(_ name: String) {
        vendor.tokens[name] = nil
        for link in openLinks where link.token == name { vendorCloses(link) }
    }
}

import RelayModel
import X402Payments

/// The vendor's side of the connections.
extension PaymentSimulation {
    var openLinks: [SimulatedLink] { links.filter(\.isOpen) }

    /// An upgrade with a token: a greeting, or a refusal.
    func upgrade(_ link: SimulatedLink) {
        let isGood = vendor.isGood(link.token, stream: link.stream, now)
        if isOut { return plan(after: wire()) { $0.connectFailed(link) } }
        if happens(.connectFails) {
            // Of those that fail each second one was open already.
            guard link.number.isMultiple(of: 2) else { return plan(after: wire()) { $0.connectFailed(link) } }
            return plan(after: wire()) { sim throws(Violation) in try sim.notGreeted(link) }
        }
        guard isGood, !happens(.refusedWrongly) else {
            link.isOpen = false
            let quoted = happens(.quotesToken) ? " for ?t=\(link.token)" : ""
            let reason = "the upgrade was refused with \(scenario.vendor.refusal)\(quoted)"
            return plan(after: wire()) { sim throws(Violation) in
                try sim.refused(link, reason: reason)
            }
        }
        link.isOpen = true
        links.append(link)
        greet(link)
        armExpiry(link)
        if happens(.linkDrops) {
            plan(after: .seconds(random.below(scenario.vendor.sliceSeconds * 2))) { $0.vendorCloses(link) }
        }
        if happens(.requiredSpurious) {
            plan(after: .seconds(random.below(scenario.vendor.sliceSeconds))) { sim throws(Violation) in
                sim.tell(.paymentRequired(reason: "expired"), over: link)
            }
        }
    }

    private func greet(_ link: SimulatedLink) {
        let tells = scenario.vendor.tellsSlice || now >= scenario.calmAt
        let end = vendor.tokens[link.token]?.expiresAt ?? now
        tell(
            .hello(
                Secret(link.token), sliceSeconds: tells ? scenario.vendor.sliceSeconds : nil,
                expiresAt: tells ? "\(end)" : nil), over: link)
    }

    /// Plans what the vendor says at the end of the slice that the link's token has now.
    func armExpiry(_ link: SimulatedLink) {
        link.plan += 1
        let number = link.plan
        guard let end = vendor.tokens[link.token]?.expiresAt else { return vendorCloses(link) }
        for seconds in scenario.vendor.reminders {
            let moment = end - .seconds(seconds)
            guard moment > now else { continue }
            agenda.plan(at: moment) { sim throws(Violation) in
                if link.isOpen, link.plan == number { sim.remind(link, end) }
            }
        }
        agenda.plan(at: end) { sim throws(Violation) in
            if link.isOpen, link.plan == number { sim.expire(link, number) }
        }
    }

    private func remind(_ link: SimulatedLink, _ end: Timestamp) {
        if happens(.reminderLost) { return }
        let news = StreamNews.reminder(
            expiresAt: scenario.vendor.tellsSlice ? "\(end)" : nil, msUntilExpiry: end.milliseconds - now.milliseconds)
        // Late ones only where they say which slice they mean: without that nobody could tell.
        let isLate = scenario.vendor.tellsSlice && happens(.reminderLate)
        plan(after: isLate ? .seconds(random.within(1...200)) : .zero) { sim throws(Violation) in
            sim.tell(news, over: link)
            if sim.happens(.reminderDoubled) { sim.tell(news, over: link) }
        }
    }

    private func expire(_ link: SimulatedLink, _ number: Int) {
        if !happens(.requiredLost) {
            let late = happens(.requiredLate) ? Duration.seconds(random.within(1...60)) : .zero
            let copies = happens(.requiredDoubled) ? 2 : 1
            for copy in 0..<copies {
                plan(after: late + .seconds(copy)) { sim throws(Violation) in
                    sim.tell(.paymentRequired(reason: "expired"), over: link)
                }
            }
        }
        plan(after: scenario.vendor.grace) { sim throws(Violation) in
            if link.isOpen, link.plan == number { sim.vendorCloses(link) }
        }
    }

    /// A message goes to the relay, behind those before it.
    func tell(_ news: StreamNews, over link: SimulatedLink) {
        guard link.isOpen else { return }
        let moment = max(link.clearAt, now + wire())
        link.clearAt = moment
        agenda.plan(at: moment) { sim throws(Violation) in
            guard link.isOpen else { return }
            if case .renewed = news { link.awaitsRenewal = false }
            try sim.hear(news, of: link.feed, run: link.run)
        }
    }

    func vendorCloses(_ link: SimulatedLink) {
        guard link.isOpen else { return }
        link.isOpen = false
        links.removeAll { $0 === link }
        plan(after: wire()) { $0.lost(link) }
    }

    /// `renew_token` is at the vendor.
    func takeRenewed(_ token: String, over link: SimulatedLink) {
        guard link.isOpen else { return }
        guard vendor.isGood(token, stream: link.stream, now) else {
            return tell(.failed(happens(.quotesToken) ? "bad token \(token)" : "bad token"), over: link)
        }
        let old = link.token
        link.token = token
        armExpiry(link)
        if scenario.vendor.dropsRenewedToken, old != token, !openLinks.contains(where: { $0.token == old }) {
            vendor.tokens[old] = nil
        }
        if happens(.renewedLost) { return }
        let end = vendor.tokens[token]?.expiresAt ?? now
        tell(.renewed(expiresAt: "\(end)", method: "http"), over: link)
    }

    /// `renew_inband` is at the vendor.
    func takeInband(_ payload: [UInt8], over link: SimulatedLink) throws(Violation) {
        guard link.isOpen else { return }
        let transfer = try ReadTransfer(payload: payload)
        let token = link.token
        guard vendor.tokens[token] != nil else { return tell(.failed("unknown token"), over: link) }
        settle(transfer, stream: link.stream, prolonging: .inUse(token)) { sim, word throws(Violation) in
            switch word {
            case .served(let token):
                let end = sim.vendor.tokens[token]?.expiresAt ?? sim.now
                if !sim.happens(.renewedLost) {
                    sim.tell(.renewed(expiresAt: "\(end)", method: "inband"), over: link)
                }
            case .refused(let reason): sim.tell(.failed(reason), over: link)
            case .duplicate: sim.tell(.failed("duplicate_settlement"), over: link)
            case .pending: sim.tell(.failed("settlement_pending"), over: link)
            case .serverError: sim.tell(.failed("internal error"), over: link)
            case .nonsense, .redirect, .silence: break
            }
        }
    }
}

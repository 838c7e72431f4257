import RelayModel
import X402Payments

/// The relay's side of the connections: what `StreamTokens` stands between.
extension PaymentSimulation {
    func perform(_ order: StreamOrder, of feed: String) throws(Violation) {
        guard let run = relay?.number else { return }
        switch order {
        case .use(let token):
            try referee.uses(token.revealed, of: feed)
            relay?.connections[feed]?.token = token.revealed
            connect(feed)
        case .hold(let reason):
            try referee.shows(reason, "an order to hold")
            relay?.connections[feed]?.token = nil
        case .reconnect(let reason):
            try referee.shows(reason, "an order to reconnect")
            let open = openLinks.filter { $0.feed == feed && $0.run == run }
            for link in open {
                link.isOpen = false
                links.removeAll { $0 === link }
                lost(link)
            }
        case .renewToken(let token):
            try referee.uses(token.revealed, of: feed)
            let open = openLinks.filter { $0.feed == feed && $0.run == run }
            if open.isEmpty { return answerLost(feed, run) }
            for link in open {
                link.awaitsRenewal = true
                if happens(.renewTokenLost) { continue }
                plan(after: wire()) { $0.takeRenewed(token.revealed, over: link) }
            }
        case .renewInband(_, let payload):
            guard let link = openLinks.first(where: { $0.feed == feed && $0.run == run }) else {
                return answerLost(feed, run)
            }
            try referee.leaves(payload: payload, of: feed, disk: disk)
            link.awaitsRenewal = true
            if happens(.inbandLost) { return }
            plan(after: wire()) { sim throws(Violation) in try sim.takeInband(payload, over: link) }
        }
    }

    private func answerLost(_ feed: String, _ run: Int) {
        plan(after: .milliseconds(1)) { sim throws(Violation) in try sim.hear(.renewalLost, of: feed, run: run) }
    }

    /// Opens what is not open.
    func connect(_ feed: String) {
        guard let relay, let connections = relay.connections[feed], let token = connections.token else { return }
        for slot in connections.isBusy.indices where !connections.isBusy[slot] {
            self.relay?.connections[feed]?.isBusy[slot] = true
            linkCount += 1
            let link = SimulatedLink(
                number: linkCount, feed: feed, stream: connections.stream, run: relay.number, slot: slot, token: token)
            plan(after: wire()) { $0.upgrade(link) }
        }
    }

    func connectFailed(_ link: SimulatedLink) {
        guard relay?.number == link.run else { return }
        relay?.connections[link.feed]?.failures += 1
        let failures = relay?.connections[link.feed]?.failures ?? 1
        retry(link, after: .seconds(min(30, 1 << min(failures, 5))))
    }

    /// It was dropped after the upgrade and before the greeting.
    func notGreeted(_ link: SimulatedLink) throws(Violation) {
        connectFailed(link)
        guard !openLinks.contains(where: { $0.feed == link.feed && $0.token == link.token }) else { return }
        try hear(.notGreeted(Secret(link.token), reason: "it was dropped"), of: link.feed, run: link.run)
    }

    func refused(_ link: SimulatedLink, reason: String) throws(Violation) {
        guard relay?.number == link.run else { return }
        // Turned away beside one that is let in: the vendor wants fewer connections, and the token is good.
        guard !openLinks.contains(where: { $0.feed == link.feed && $0.token == link.token }) else {
            return retry(link, after: .seconds(30))
        }
        relay?.connections[link.feed]?.isBusy[link.slot] = false
        if relay?.connections[link.feed]?.token == link.token {
            relay?.connections[link.feed]?.token = nil
        } else {
            connect(link.feed)
        }
        try hear(.tokenRefused(Secret(link.token), reason: reason), of: link.feed, run: link.run)
    }

    /// The relay notices that a connection is gone.
    func lost(_ link: SimulatedLink) {
        guard relay?.number == link.run else { return }
        retry(link, after: .seconds(1))
        if link.awaitsRenewal { answerLost(link.feed, link.run) }
    }

    private func retry(_ link: SimulatedLink, after wait: Duration) {
        plan(after: wait) { sim throws(Violation) in
            guard sim.relay?.number == link.run else { return }
            sim.relay?.connections[link.feed]?.isBusy[link.slot] = false
            sim.connect(link.feed)
        }
    }

    /// The connections tell something.
    func hear(_ news: StreamNews, of feed: String, run: Int) throws(Violation) {
        guard let relay, relay.number == run else { return }
        switch news {
        case .tokenRefused(let token, _): referee.refused(token.revealed, of: feed)
        case .hello(let token, _, _):
            referee.greeted(token.revealed, of: feed)
            self.relay?.connections[feed]?.failures = 0
        case .reminder where bug == .paysOnReminder:
            if let token = relay.connections[feed]?.token {
                return try give(.stream(.tokenRefused(Secret(token), reason: "expired")), to: feed, run: run)
            }
        default: break
        }
        try give(.stream(news), to: feed, run: run)
    }
}

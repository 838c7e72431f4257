import FeedProtocols
import OutboxTestKit
import RelayModel

/// What the feeds' servers do.
extension Simulation {
    /// An event comes about, and goes out over every link that brings it, on each with another delay.
    func emit(_ index: Int) {
        let message = scenario.emissions[index].message
        guard let place = servers.firstIndex(where: { $0.feed == message.feed }) else { return }
        referee.emitted(index, at: now)
        for link in servers[place].open where servers[place].links[link]?.brings(message) == true {
            send(message.bytes, emission: index, over: link, of: place)
            if random.chance(30) { send(message.bytes, emission: index, over: link, of: place) }
        }
    }

    func send(_ bytes: [UInt8], emission: Int? = nil, over link: Int, of place: Int, after wait: Duration = .zero) {
        put(.message(bytes, emission: emission), on: link, of: place, after: wait)
    }

    private func put(_ content: FeedServer.Parcel.Content, on id: Int, of place: Int, after wait: Duration = .zero) {
        guard var link = servers[place].links[id] else { return }
        let arrivesAt = max(link.lastArrival, now + wait + delay())
        link.lastArrival = arrivesAt
        link.parcels.append(FeedServer.Parcel(content: content, sentAt: now + wait, arrivesAt: arrivesAt))
        servers[place].links[id] = link
        agenda.plan(.downlink(feed: place, link: id), at: arrivesAt)
    }

    func delay() -> Duration {
        .milliseconds(Int.random(in: 1...max(2, Int(scenario.latency.wholeMilliseconds)), using: &random))
    }

    /// The relay's message comes in at the server.
    func hear(_ bytes: [UInt8], on id: Int, of place: Int) {
        guard let link = servers[place].links[id], link.isOpen, !link.isSilent else { return }
        let isLate = now < servers[place].answersLateUntil
        if isLate, random.chance(300) { return }
        guard let answer = servers[place].answer(bytes, on: id, at: now) else { return }
        let wait = isLate ? Duration.milliseconds(Int.random(in: 0...9000, using: &random)) : .zero
        // What it sends meanwhile comes behind its answer: one stream.
        send(Array(answer.utf8), over: id, of: place, after: wait)
    }

    /// The server ends a link: what is on its way may be lost with it.
    func drop(_ id: Int, of place: Int) {
        guard servers[place].links[id]?.isOpen == true else { return }
        servers[place].links[id]?.isOpen = false
        tally.drops += 1
        // An answer that it was about to give comes no more.
        let moment = now
        servers[place].links[id]?.parcels.removeAll { $0.sentAt > moment }
        let lastArrival = servers[place].links[id]?.parcels.last?.arrivesAt ?? now
        servers[place].links[id]?.lastArrival = lastArrival
        if random.chance(500) {
            put(.end(.closedByServer(code: 1001, reason: "")), on: id, of: place)
        } else {
            servers[place].links[id]?.parcels = []
            servers[place].links[id]?.lastArrival = now
            put(.end(.dropped("connection reset")), on: id, of: place)
        }
    }

    func fail(_ fault: Scenario.FeedFault) {
        guard let place = servers.firstIndex(where: { $0.feed == fault.feed }) else { return }
        let open = servers[place].open
        switch fault.kind {
        case .drop(let number):
            if !open.isEmpty { drop(open[number % open.count], of: place) }
        case .dropAll:
            for link in open { drop(link, of: place) }
        case .silence(let number):
            if !open.isEmpty { servers[place].links[open[number % open.count]]?.isSilent = true }
        case .outage(let length):
            for link in open { drop(link, of: place) }
            servers[place].closedUntil = now + length
        case .refusesWallets(let length):
            servers[place].refusesWalletsUntil = now + length
        case .answersLate(let length):
            servers[place].answersLateUntil = now + length
        }
    }

    /// The connection of a relay that is gone, or that closed it.
    func close(_ id: Int, of place: Int) {
        servers[place].links[id] = nil
    }
}

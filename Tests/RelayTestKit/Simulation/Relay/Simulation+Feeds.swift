import FeedProtocols
import OutboxStorage
import OutboxTestKit
import RelayAssembly
import RelayModel

/// The shell around the sessions of the feeds: performs what they decide, and tells coverage and intake what comes.
extension Simulation {
    /// Holds as many connections as are configured.
    func holdConnections(of place: Int) {
        guard let count = relay?.feeds[place].setup.connections else { return }
        while let feed = relay?.feeds[place], feed.connections.count < count {
            relay?.feeds[place].connections.append(
                SimulatedConnection(
                    name: FeedConnectionName(number: feed.connections.count),
                    session: Interface402Session(feed.sessionSettings)))
        }
        for number in relay?.feeds[place].connections.indices ?? 0..<0 {
            number < count ? hold(place, number) : release(place, number, because: .unneeded)
        }
    }

    private func hold(_ place: Int, _ number: Int) {
        guard relay?.feeds[place].connections[number].isWanted == false else { return }
        relay?.feeds[place].connections[number].isWanted = true
        if relay?.feeds[place].connections[number].state == .idle { open(place, number) }
    }

    private func release(_ place: Int, _ number: Int, because end: ConnectionEnd) {
        guard relay?.feeds[place].connections[number].isWanted == true else { return }
        relay?.feeds[place].connections[number].isWanted = false
        switch relay?.feeds[place].connections[number].state {
        case .waiting: relay?.feeds[place].connections[number].state = .idle
        case .opening, .open: down(place, number, end)
        case .idle, nil: break
        }
    }

    /// The relay stops listening to its feeds.
    func closeFeeds() {
        for place in relay?.feeds.indices ?? 0..<0 {
            for number in relay?.feeds[place].connections.indices ?? 0..<0 {
                release(place, number, because: .stopped)
            }
        }
        writeSeen()
    }

    func open(_ place: Int, _ number: Int) {
        guard let relay else { return }
        // An answer to the upgrade could not be read.
        let isReading = relay.feeds[place].isReading
        self.relay?.feeds[place].connections[number].state = isReading ? .opening : .idle
        guard isReading else { return }
        agenda.plan(.opened(feed: place, connection: number, run: relay.number), at: now + delay() + delay())
    }

    /// The server answers the upgrade.
    func opened(_ place: Int, _ number: Int) {
        guard let relay, relay.feeds[place].connections[number].state == .opening else { return }
        if now < servers[place].closedUntil {
            let ends: [ConnectionEnd] = [
                .unreachable("connection refused"), .connectTimeout(.seconds(10)),
                .upgradeRefused(status: 503, retryAfter: .seconds(2)), .connectionLimit("too many"),
            ]
            return down(place, number, ends.randomElement(using: &random) ?? ends[0])
        }
        nextLink += 1
        let link = nextLink
        servers[place].links[link] = FeedServer.Link(connection: number, run: relay.number, lastArrival: now)
        var connection = relay.feeds[place].connections[number]
        connection.state = .open(link: link)
        var settings = relay.feeds[place].sessionSettings
        settings.suspects = connection.suspects
        connection.session = Interface402Session(settings)
        connection.subscribedAt = nil
        connection.unread = []
        if !relay.feeds[place].isReading { connection.session.readingPaused(now: now) }
        let actions = connection.session.opened(now: now)
        self.relay?.feeds[place].connections[number] = connection
        perform(actions, place, number)
        schedule(place, number)
    }

    private func down(_ place: Int, _ number: Int, _ end: ConnectionEnd) {
        guard let relay else { return }
        var connection = relay.feeds[place].connections[number]
        if case .open(let link) = connection.state { close(link, of: place) }
        connection.state = .idle
        connection.timerAt = nil
        connection.unread = []
        let subscribedFor = connection.subscribedAt.map { now - $0 }
        connection.subscribedAt = nil
        if connection.isWanted {
            let wait = connection.backoff.wait(after: end, subscribedFor: subscribedFor, using: &random)
            connection.state = .waiting(now + wait)
            agenda.plan(.reopen(feed: place, connection: number, run: relay.number), at: now + wait)
        }
        self.relay?.feeds[place].connections[number] = connection
        referee.lost(connection.name, of: relay.feeds[place].setup.name)
        cover(place) { $0.lost(connection.name, end, now: self.now) }
    }

    /// The wait before another try is over.
    func reopen(_ place: Int, _ number: Int) {
        guard case .waiting(let until) = relay?.feeds[place].connections[number].state, until <= now else { return }
        open(place, number)
    }

    // MARK: What comes

    func arrive(feed place: Int, link id: Int) throws(Violation) {
        while let link = servers[place].links[id], let parcel = link.parcels.first, parcel.arrivesAt <= now {
            servers[place].links[id]?.parcels.removeFirst()
            guard let relay, link.run == relay.number, relay.feeds[place].connections.indices.contains(link.connection),
                relay.feeds[place].connections[link.connection].state == .open(link: id)
            else { continue }
            if relay.feeds[place].isReading {
                try read(parcel, place, link.connection)
            } else {
                self.relay?.feeds[place].connections[link.connection].unread.append(parcel)
            }
        }
    }

    private func read(_ parcel: FeedServer.Parcel, _ place: Int, _ number: Int) throws(Violation) {
        guard let relay else { return }
        let feed = relay.feeds[place].setup.name
        let name = relay.feeds[place].connections[number].name
        switch parcel.content {
        case .end(let end): down(place, number, end)
        case .message(let bytes, let emission):
            var connection = relay.feeds[place].connections[number]
            if bug == .countsUnsubscribed, connection.subscribedAt == nil {
                cover(place) { $0.subscribed(name, refused: [], now: self.now) }
            }
            let actions = connection.session.received(bytes, now: now)
            self.relay?.feeds[place].connections[number].session = connection.session
            for action in actions {
                if case .deliver(let document) = action { try take(document, of: place, emission: emission) }
            }
            perform(actions, place, number)
            guard case .open = self.relay?.feeds[place].connections[number].state else { return }
            referee.heard(name, of: feed, sentAt: parcel.sentAt)
            cover(place) { $0.heard(name, now: self.now) }
            schedule(place, number)
        }
    }

    /// An event goes through the intake.
    private func take(_ document: JSONDocument, of place: Int, emission: Int?) throws(Violation) {
        guard let relay, let emission else { throw Violation("an event came that nobody sent") }
        if let pressedAt = relay.pressedAt, now - pressedAt > .milliseconds(20) {
            throw Violation("a feed is read though the outbox falls behind since \(pressedAt)")
        }
        let wallTime = scenario.wallTime(at: now)
        guard let verdict = self.relay?.feeds[place].intake.take(document, receivedAt: now, wallTime: wallTime) else {
            return
        }
        let taken = try referee.judged(
            emission, verdict, at: now, wallTime: wallTime, version: relay.version)
        if case .arrived(let arrival) = verdict, let taken {
            self.relay?.unwritten.append(taken)
            self.relay?.queue.accept([planted(arrival)])
        }
    }

    // MARK: What the sessions want

    private func perform(_ actions: [SessionAction], _ place: Int, _ number: Int) {
        for action in actions {
            guard let relay, case .open(let link) = relay.feeds[place].connections[number].state else { return }
            switch action {
            case .send(let bytes): agenda.plan(.uplink(feed: place, link: link, bytes), at: now + delay())
            case .report(let report): take(report, place, number)
            case .end(let end): down(place, number, end)
            case .deliver, .malformed: break
            }
        }
    }

    private func take(_ report: SessionReport, _ place: Int, _ number: Int) {
        guard let relay else { return }
        let name = relay.feeds[place].connections[number].name
        switch report {
        case .subscribed(_, let refused):
            if relay.feeds[place].connections[number].subscribedAt == nil {
                self.relay?.feeds[place].connections[number].subscribedAt = now
                referee.subscribed(name, of: relay.feeds[place].setup.name, at: now)
            }
            self.relay?.feeds[place].connections[number].suspects = Set(refused)
            cover(place) { $0.subscribed(name, refused: refused, now: self.now) }
        case .keysRefused(let keys, _):
            self.relay?.feeds[place].connections[number].suspects.formUnion(keys)
        case .keyRefused(let key, let reason):
            self.relay?.feeds[place].connections[number].suspects.insert(key)
            cover(place) { $0.keyRefused(key, reason: reason, now: self.now) }
        case .authenticated, .rateLimited, .serverError, .unexpected: break
        case .impaired, .stream, .unreadable: break
        }
    }

    private func schedule(_ place: Int, _ number: Int) {
        guard let relay, bug != .ignoresSilence,
            let deadline = relay.feeds[place].connections[number].session.nextDeadline
        else { return }
        if let timerAt = relay.feeds[place].connections[number].timerAt, timerAt <= deadline { return }
        let at = max(deadline, now)
        self.relay?.feeds[place].connections[number].timerAt = at
        agenda.plan(.timer(feed: place, connection: number, run: relay.number), at: at)
    }

    /// The session's time has come.
    func tick(_ place: Int, _ number: Int) {
        guard let timerAt = relay?.feeds[place].connections[number].timerAt, timerAt <= now,
            let actions = relay?.feeds[place].connections[number].session.tick(now: now)
        else { return }
        relay?.feeds[place].connections[number].timerAt = nil
        perform(actions, place, number)
        schedule(place, number)
    }

    /// Other keys are wanted on a live connection.
    func changeKeys(_ place: Int, _ number: Int, to keys: [String]) {
        guard case .open = relay?.feeds[place].connections[number].state,
            let actions = relay?.feeds[place].connections[number].session.change(keys: keys, now: now)
        else { return }
        perform(actions, place, number)
        schedule(place, number)
    }

    /// The outbox's writer says whether to read.
    func setReading(_ isReading: Bool) throws(Violation) {
        for place in relay?.feeds.indices ?? 0..<0 where relay?.feeds[place].isReading != isReading {
            relay?.feeds[place].isReading = isReading
            if isReading {
                if bug != .ignoresPauses { relay?.feeds[place].coverage.readingResumed(now: now) }
            } else {
                tally.pauses += 1
                if bug != .ignoresPauses { relay?.feeds[place].coverage.readingPaused(now: now) }
            }
            if let name = relay?.feeds[place].setup.name { referee.reading(isReading, of: name, at: now) }
            for number in relay?.feeds[place].connections.indices ?? 0..<0 { try setReading(isReading, place, number) }
        }
    }

    private func setReading(_ isReading: Bool, _ place: Int, _ number: Int) throws(Violation) {
        guard let connection = relay?.feeds[place].connections[number] else { return }
        switch connection.state {
        case .idle: if isReading, connection.isWanted { open(place, number) }
        case .open:
            guard isReading else {
                relay?.feeds[place].connections[number].session.readingPaused(now: now)
                return
            }
            relay?.feeds[place].connections[number].session.readingResumed(now: now)
            relay?.feeds[place].connections[number].unread = []
            for parcel in connection.unread {
                // A connection that was reset takes with it what nobody had read.
                if case .end(.dropped) = connection.unread.last?.content, case .message = parcel.content { continue }
                guard case .open = relay?.feeds[place].connections[number].state else { return }
                try read(parcel, place, number)
            }
            schedule(place, number)
        case .waiting, .opening: break
        }
    }

    // MARK: What it means

    /// Changes what is known of a feed's coverage, and tells what comes of it.
    func cover(_ place: Int, _ change: (inout FeedCoverage) -> [FeedNews]) {
        guard var coverage = relay?.feeds[place].coverage, let name = relay?.feeds[place].setup.name else { return }
        let news = change(&coverage)
        relay?.feeds[place].coverage = coverage
        planSeen()
        guard !news.isEmpty, let seen = tell(news.map { $0.event(feed: name) }, of: name, seen: coverage.seen) else {
            return
        }
        // With the gaps in one transaction: what comes after them was not missed.
        relay?.feeds[place].toldSeen = seen
    }

    private func tell(_ own: [OwnEvent], of feed: String, seen: Timestamp?) -> Timestamp? {
        tally.gaps += own.count { $0.kind == .feedGap }
        referee.raised(own)
        if bug == .gapAfterSeen, now < scenario.calmAt {
            relay?.raise([], seen: seen.map { [feed: $0] } ?? [:])
            if let run = relay?.number { agenda.plan(.raise(own, run: run), at: now + .seconds(3)) }
        } else {
            relay?.raise(own, seen: seen.map { [feed: $0] } ?? [:])
        }
        return seen
    }

    /// What was seen is written every half second, where there is anything new.
    private func planSeen() {
        guard let relay, !relay.isSeenPlanned else { return }
        self.relay?.isSeenPlanned = true
        agenda.plan(
            .seen(run: relay.number), at: now + .milliseconds(500 - (now - relay.startedAt).wholeMilliseconds % 500))
    }

    func writeSeen() {
        relay?.isSeenPlanned = false
        var seen: [String: Timestamp] = [:]
        for place in relay?.feeds.indices ?? 0..<0 {
            if let moment = relay?.feeds[place].takeSeen(), let name = relay?.feeds[place].setup.name {
                seen[name] = moment
            }
        }
        guard !seen.isEmpty else { return }
        if bug == .seenBeforeEvents {
            _ = try? relay?.outbox.commit(OutboxBatch(feedsSeen: seen))
        } else {
            relay?.raise([], seen: seen)
        }
    }
}

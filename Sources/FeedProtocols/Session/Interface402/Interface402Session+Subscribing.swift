package import RelayModel

/// What the session sends, and what the feed's own messages mean.
extension Interface402Session {
    /// When the next message other than a ping may go; nil when none waits to be sent.
    var nextSend: Timestamp? {
        guard answerWait == nil, hasNext else { return nil }
        return max(pace.earliest, pausedUntil ?? pace.earliest)
    }

    private var hasNext: Bool {
        switch phase {
        case .authenticating, .subscribing: true
        case .subscribed: keys.isLeaving
        case .unopened, .ended: false
        }
    }

    /// Other keys are wanted from here on: subscribes to the new ones, and after that gives up those that are gone.
    ///
    /// The connection stays subscribed to what it had meanwhile. When the new ones are answered, that is reported as at the start.
    package mutating func change(keys: [String], now: Timestamp) -> [SessionAction] {
        guard phase != .ended, self.keys.change(to: keys) else { return [] }
        if phase == .subscribed { phase = .subscribing }
        return sendNext(now: now)
    }

    /// Sends the next message if one waits and its time has come; sees when the subscribing is complete.
    mutating func sendNext(now: Timestamp) -> [SessionAction] {
        if phase == .subscribing, keys.isComplete { return complete() + sendNext(now: now) }
        guard let due = nextSend, now >= due else { return [] }
        pausedUntil = nil
        pace.sent(at: now)
        answerWait = PeerWait(Self.answerTimeout, from: now)
        if phase == .authenticating, let apiKey = settings.apiKey {
            return [.send(Interface402Message.authenticate(apiKey))]
        }
        switch keys.takeNext() {
        case .subscribe(let next): return [.send(Interface402Message.subscribe(next))]
        case .unsubscribe(let next): return [.send(Interface402Message.unsubscribe(next))]
        case nil:
            answerWait = nil
            return complete()
        }
    }

    private mutating func complete() -> [SessionAction] {
        guard keys.confirmedCount > 0 else { return end(.noKeyAccepted) }
        phase = .subscribed
        return [.report(.subscribed(keys: keys.confirmedCount, refused: keys.refused))]
    }

    /// Takes a message of the protocol itself.
    mutating func take(_ document: JSONDocument, type: String, now: Timestamp) -> [SessionAction] {
        switch type {
        case "pong": return []
        case "authenticated": return authenticated(document, now: now)
        case "subscribed": return subscribed(document, now: now)
        case "unsubscribed": return unsubscribed(document, now: now)
        case "error": return failed(document, now: now)
        default: return odd(.unexpected(type))
        }
    }

    private mutating func authenticated(_ document: JSONDocument, now: Timestamp) -> [SessionAction] {
        guard phase == .authenticating else { return odd(.unexpected("authenticated")) }
        let plan = FeedPlan.named(shown(document.member(document.root, "plan"), of: document))
        pace = SendPace(messagesPerSecond: plan.messagesPerSecond, connections: settings.connections)
        pace.sent(at: now)
        phase = .subscribing
        answerWait = nil
        return [.report(.authenticated(plan))] + sendNext(now: now)
    }

    private mutating func subscribed(_ document: JSONDocument, now: Timestamp) -> [SessionAction] {
        guard phase == .subscribing || phase == .subscribed else { return odd(.unexpected("subscribed")) }
        let answer = answeredKeys(document)
        let before = (confirmed: keys.confirmedCount, inFlight: keys.asked.isEmpty)
        let strangers = keys.confirm(answer)
        var actions: [SessionAction] = []
        if strangers > 0 || (answer == nil && before.inFlight) { actions += odd(.unexpected("subscribed")) }
        if keys.confirmedCount > before.confirmed {
            nextRateLimitPause = Self.rateLimitPauses.first
            if phase == .subscribed {
                // A key that had been refused: what was reported as complete holds one more.
                return actions + complete()
            }
        }
        if keys.inFlight == nil { answerWait = nil }
        return actions + sendNext(now: now)
    }

    private mutating func unsubscribed(_ document: JSONDocument, now: Timestamp) -> [SessionAction] {
        guard keys.confirmLeft(answeredKeys(document)) else { return odd(.unexpected("unsubscribed")) }
        if keys.inFlight == nil { answerWait = nil }
        return sendNext(now: now)
    }

    /// The keys that an answer names; nil when it names none at all.
    private func answeredKeys(_ document: JSONDocument) -> [String]? {
        document.member(document.root, "keys").map { document.elements($0).compactMap(document.string) }
    }

    private mutating func failed(_ document: JSONDocument, now: Timestamp) -> [SessionAction] {
        let code = shown(document.member(document.root, "code"), of: document)
        let message = shown(document.member(document.root, "message"), of: document)
        switch code {
        case "AUTHENTICATION_FAILED": return end(.authenticationFailed(message))
        case "CONNECTION_LIMIT": return end(.connectionLimit(message))
        case "RATE_LIMIT_EXCEEDED": return rateLimited(now: now)
        case "SUBSCRIPTION_FAILED":
            if let actions = refused(reason: message, now: now) { return actions }
        default: break
        }
        return odd(.serverError(code: code, message: message))
    }

    /// The message in flight was refused; nil when there is none.
    private mutating func refused(reason: String, now: Timestamp) -> [SessionAction]? {
        let asked = keys.asked
        switch keys.fail() {
        case .nothing: return nil
        case .unwanted:
            answerWait = nil
            return sendNext(now: now)
        case .split:
            answerWait = nil
            pausedUntil = now + Self.refusalPause
            return [.report(.keysRefused(asked, reason: reason))]
        case .key(let key):
            answerWait = nil
            return [.report(.keyRefused(key, reason: reason))] + sendNext(now: now)
        }
    }

    private mutating func rateLimited(now: Timestamp) -> [SessionAction] {
        // Several errors for one burst are one event: what they refuse already waits.
        if answerWait == nil, let pausedUntil, now < pausedUntil { return [] }
        let pause = nextRateLimitPause
        nextRateLimitPause = min(pause * 2, Self.rateLimitPauses.last)
        pausedUntil = now + pause
        pace.slowDown()
        keys.putBack()
        answerWait = nil
        return [.report(.rateLimited(pause: pause))]
    }

    /// The feed did not answer in time.
    ///
    /// Where it confirmed some keys, the missing ones are to blame; where it said nothing at all, the connection is.
    mutating func answerMissing(now: Timestamp) -> [SessionAction] {
        guard phase != .authenticating else { return end(.unanswered("authenticate")) }
        guard keys.hasConfirmed || keys.asked.isEmpty else { return end(.unanswered("subscribe")) }
        return refused(reason: "no answer", now: now) ?? []
    }
}

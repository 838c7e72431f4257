import RelayModel

/// What was told of a slice that is not paid, so that it is told once.
struct Announced: Sendable {
    /// That payment is required; until it is paid.
    fileprivate(set) var isRequired = false
    /// The last reason why nothing was signed; while it stays the same.
    fileprivate(set) var refusal: String?
    /// Limits that were reached; until a payment succeeds or a reload.
    fileprivate(set) var limits: Set<LimitBreach.Limit> = []

    mutating func paid() { self = Announced() }

    mutating func reloaded() {
        refusal = nil
        limits = []
    }
}

/// Looks that led to nothing, and what is said of them. Nothing was signed, and the price is asked for again after a wait.
extension StreamAccess {
    /// The challenge or all of its offers are not to be paid.
    mutating func refuse(_ reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        let reason = redaction.of(reason)
        if announced.refusal != reason {
            announced.refusal = reason
            turn.actions.append(
                .tell(OwnEvent(.paymentRefused, at: turn.now, feed: settings.feed, reason: reason)))
        }
        require(reason, &turn)
        trouble(reason, &turn)
    }

    mutating func limitReached(_ breach: LimitBreach, _ turn: inout Turn<some RandomNumberGenerator>) {
        let reason = breach.description
        if announced.limits.insert(breach.limit).inserted {
            var details: [OwnEvent.Detail] = [
                .init("limit", breach.limit.rawValue), .init("allowed", breach.allowed),
            ]
            if let spent = breach.spent { details.append(.init("spent", spent)) }
            details += [.init("amount", breach.amount.description), .init("asset", breach.asset)]
            turn.actions.append(
                .tell(
                    OwnEvent(
                        .paymentLimitReached, at: turn.now, feed: settings.feed, reason: reason, details: details)))
        }
        require(reason, &turn)
        trouble(reason, &turn)
    }

    /// Nothing can be paid; tokens that were refused are tried again, since the server may have been wrong.
    mutating func withoutWallet(_ pricing: Pricing, _ turn: inout Turn<some RandomNumberGenerator>) {
        let isFirst = pricing.trouble == nil
        let reason =
            switch pricing.need {
            case .purchase: "no token works, and payments is not configured"
            case .renewal: "the slice ends, and payments is not configured"
            }
        require(reason, &turn)
        trouble(reason, &turn)
        guard !isFirst, pricing.need == .purchase, tokens.inUse == nil else { return }
        tokens.retry()
        guard let token = tokens.useNext() else { return }
        journal.standing.token = token
        turn.actions.append(.order(.use(token)))
    }

    /// Too many payments gave nothing.
    mutating func stop(_ turn: inout Turn<some RandomNumberGenerator>) {
        phase = .stopped
        turn.actions.append(
            .tell(OwnEvent(.feedPaymentRequired, at: turn.now, feed: settings.feed, reason: stoppedReason)))
        announced.isRequired = true
        note(stoppedReason, &turn)
    }

    var stoppedReason: String {
        "\(journal.standing.unservedInRow) payments in a row landed and gave nothing: the feed pays no more until a reload, "
            + "which says that you have looked into it with the vendor"
    }

    mutating func require(_ reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard !announced.isRequired else { return }
        announced.isRequired = true
        turn.actions.append(
            .tell(OwnEvent(.feedPaymentRequired, at: turn.now, feed: settings.feed, reason: reason)))
    }

    /// The look led to nothing: the next one after a wait.
    mutating func trouble(_ reason: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        guard case .pricing(var pricing) = phase else { return }
        pricing.trouble = redaction.of(reason)
        pricing.step = .waiting(until: turn.now + lookWaits.next(using: &turn.random))
        phase = .pricing(pricing)
        note(reason, &turn)
    }

    /// For the log; the same line twice in a row once.
    mutating func note(_ text: String, _ turn: inout Turn<some RandomNumberGenerator>) {
        let text = redaction.of(text)
        guard text != lastNote else { return }
        lastNote = text
        turn.actions.append(.note(text))
    }

    /// Every token that the feed knows.
    var redaction: Redaction {
        var secrets = tokens.all + [settings.token, journal.standing.token].compactMap { $0 }
        secrets += open.compactMap(\.entry.renewedToken)
        return Redaction(secrets: secrets)
    }
}

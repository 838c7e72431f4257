import DeliveryPlanning
import OutboxTestKit
import RelayModel

/// What is sent, and what is made of the answers; the contract's section 4.
extension Referee {
    /// An attempt begins.
    mutating func began(_ delivery: Delivery, at now: Timestamp) throws(Violation) {
        let id = delivery.id
        let name = delivery.destination
        // The dispatcher may not know yet that an operator discarded it.
        guard let policy = policies[name], var place = places[name], let progress = live[id], let stored = stored(id),
            stored.state == .pending || unheard[id] != nil
        else { throw Violation("delivery \(id) for \(name) is sent, but does not wait on disk") }
        func refuse(_ why: String) -> Violation { Violation("delivery \(id) is sent to \(name), \(why)") }
        if place.flights[id] != nil { throw refuse("while it is in flight") }
        if place.isRemoved { throw refuse("which is not configured") }
        if let stop = place.stop { throw refuse("which is \(stop)") }
        if delivery.event.data != stored.delivery.event.data || delivery.event.payment != stored.delivery.event.payment
        {
            throw refuse("with other bytes than on disk")
        }
        let isLoose = loose.contains(id)
        if !isLoose {
            if progress.hasEnded { throw refuse("though it has ended") }
            if delivery.attempts != progress.attempts || delivery.recordedAttempts != progress.recordedAttempts {
                throw refuse("with \(delivery.attempts) attempts, but it had \(progress.attempts)")
            }
        }
        if place.flights.count >= policy.concurrency { throw refuse("beyond its concurrency") }
        let bytes = place.flights.values.reduce(delivery.event.data.count) { $0 + $1.delivery.event.data.count }
        if !place.flights.isEmpty, bytes > scenario.limits.flightBytes { throw refuse("beyond its bytes in flight") }
        let all = places.values.flatMap(\.flights.values).reduce(delivery.event.data.count) {
            $0 + $1.delivery.event.data.count
        }
        if !place.flights.isEmpty, all > scenario.limits.totalFlightBytes { throw refuse("beyond all bytes in flight") }
        if let other = predecessor(of: id) { throw refuse("before \(other), which it queues behind") }
        if let rate = policy.rate {
            let recent = place.starts.filter { now - $0 <= rate.interval }
            if recent.count >= rate.count { throw refuse("beyond its rate") }
            place.starts = recent + [now]
        }
        place.allStarts.append(now)
        if place.isDown, !place.flights.isEmpty { throw refuse("which is down, beside another attempt") }
        if place.isDown, now < place.probeAt { throw refuse("which is down, before the next probe is due") }
        if !isLoose {
            let wasReleased = isReleased(progress, by: place, slack: .milliseconds(1))
            if now < progress.notBefore, !wasReleased, !(place.isDown && progress.outageFailureAt != nil) {
                throw refuse("\(progress.notBefore - now) early")
            }
            if delivery.notBefore != progress.notBefore, !(wasReleased && delivery.notBefore <= now) {
                throw refuse("due \(delivery.notBefore), but its wait ends \(progress.notBefore)")
            }
        }
        place.flights[id] = Flight(delivery: delivery, isProbe: place.isDown, isInformed: unheard[id] == nil)
        places[name] = place
        if !isLoose, progress.recordedAttempts == 0 { try overtook(id, name, at: now) }
    }

    /// Due since an outage ended, whatever the schedule says.
    ///
    /// `slack`: the relay may take what failed so long after the end of the outage for one that failed before.
    func isReleased(_ progress: Progress, by place: Place, slack: Duration = .zero) -> Bool {
        guard let failed = progress.outageFailureAt, let ended = place.outageEndedAt else { return false }
        return failed <= ended + slack
    }

    /// An attempt ended and was judged.
    mutating func ended(
        _ delivery: Delivery, _ answer: SimulatedReceiver.Answer, _ verdict: PlannerVerdict, startedAt: Timestamp,
        at now: Timestamp, wallTime: Timestamp
    ) throws(Violation) {
        let name = delivery.destination
        guard let policy = policies[name], var place = places[name],
            let flight = place.flights.removeValue(forKey: delivery.id), var progress = live[delivery.id]
        else { throw Violation("delivery \(delivery.id) ended, but was not in flight") }
        let update = verdict.update
        let isAhead = delivery.notBefore > startedAt
        let isLoose = loose.contains(delivery.id)
        let wish: Timestamp? =
            switch answer.wish {
            case .wait(let wait): now + wait
            case .until(let moment): now + (moment - wallTime)
            case nil: nil
            }
        let wasDown = place.isDown
        judge(answer, flight, of: &place, at: now)

        let (status, isSilence, wasSent) = reading(answer.outcome)
        let counts = status != 410 && !isAhead && !(wasDown && !wasSent)
        progress.attempts += counts ? 1 : 0
        progress.recordedAttempts += 1
        var state = DeliveryState.pending
        var range = delivery.notBefore...delivery.notBefore
        if let status, (200...299).contains(status) {
            state = .delivered
            acknowledged.insert(delivery.id)
        } else if status == 410 {
            if verdict.standing?.stop != .disabled, place.stop != .disabled {
                throw Violation("\(name) answered 410 and is not disabled")
            }
        } else if let status, policy.retry.giveUpOn.contains(status) {
            state = .dead
        } else if counts, progress.attempts > policy.retry.schedule.count {
            state = .dead
        } else {
            range = isAhead ? range : waits(policy.retry, delivery.attempts, from: now)
            if let wish, wish > now {
                let moment = min(wish, now + policy.retry.maxRetryAfter)
                range = max(range.lowerBound, moment)...max(range.upperBound, moment)
            }
        }
        let hasWish = wish.map { $0 > now } ?? false
        let failedByOutage = state == .pending && isSilence && !hasWish
        progress.notBefore = update.notBefore
        progress.outageFailureAt = failedByOutage ? now : nil
        progress.hasEnded = state != .pending
        if let standing = verdict.standing { place.stop = standing.stop }
        places[name] = place
        if isLoose {
            // Counted by what the relay knew of it; from here on again as ever, once it knows all.
            progress.attempts = update.attempts
            progress.recordedAttempts = update.attempt.number
            if flight.isInformed, unheard[delivery.id] == nil { loose.remove(delivery.id) }
            return note(progress, of: delivery.id)
        }
        try checkOwn(verdict, of: delivery, isDead: state == .dead)
        guard update.state == state, update.attempts == progress.attempts, update.failedByOutage == failedByOutage,
            update.attempt.number == progress.recordedAttempts
        else { throw Violation("\(answer.outcome) makes \(update) of delivery \(delivery.id), not \(progress)") }
        guard state != .pending || range.contains(update.notBefore) else {
            throw Violation("delivery \(delivery.id) waits until \(update.notBefore), not \(range)")
        }
        note(progress, of: delivery.id)
    }

    /// A death and a disabling are told, but for those of the relay's own events.
    private func checkOwn(_ verdict: PlannerVerdict, of delivery: Delivery, isDead: Bool) throws(Violation) {
        let isOwn = delivery.event.type.hasPrefix(OwnEvent.typePrefix)
        let told = verdict.own.contains { $0.kind == .deliveryDead && $0.delivery == delivery.id }
        guard told == (isDead && !isOwn), !isOwn || verdict.own.isEmpty else {
            throw Violation(
                "of delivery \(delivery.id), which is \(verdict.update.state), is told \(verdict.own.map(\.kind))")
        }
    }

    /// Its status, whether it fails as a destination that is down fails, and whether a request was sent.
    private func reading(_ outcome: AttemptOutcome) -> (status: Int?, isSilence: Bool, wasSent: Bool) {
        switch outcome {
        case .answered(let status, _, _): (status, [502, 503, 504].contains(status), true)
        case .failed(let failure): (nil, true, failure.requestSent)
        }
    }

    private func judge(
        _ answer: SimulatedReceiver.Answer, _ flight: Flight, of place: inout Place, at now: Timestamp
    ) {
        guard reading(answer.outcome).isSilence else {
            place.silences = 0
            if place.isDown { place.outageEndedAt = now }
            place.isDown = false
            return
        }
        if place.isDown {
            guard flight.isProbe else { return }
            place.probeWait = min(place.probeWait * 2, .seconds(5))
            place.probeAt = now + place.probeWait
            return
        }
        place.silences += 1
        guard place.silences == 10 else { return }
        place.isDown = true
        place.probeWait = .seconds(1)
        place.probeAt = now + .seconds(1)
    }

    /// When a failure that had so many counted ones before it may be tried again.
    private func waits(_ retry: RetryPolicy, _ attempts: Int, from now: Timestamp) -> ClosedRange<Timestamp> {
        let wait = retry.schedule[min(attempts, retry.schedule.count - 1)]
        return now + wait...now + wait * (1000 + retry.jitterThousandths) / 1000
    }
}

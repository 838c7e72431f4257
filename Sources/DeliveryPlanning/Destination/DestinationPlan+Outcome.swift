import RelayModel

/// What an outcome means.
extension DestinationPlan {
    /// One attempt ended; nil where it was not in flight.
    mutating func finish(
        _ id: DeliveryID, outcome: AttemptOutcome, startedAt: Timestamp, signedAt: Int64?, duration: Duration,
        now: Timestamp, wallTime: Timestamp, using generator: inout SplitMix64
    ) -> PlannerVerdict? {
        guard let flight = land(id) else { return nil }
        if load != nil { endedSinceLoad.insert(id) }
        released.remove(id)
        let wasDown = health.isDown
        let answer = Answer(outcome)
        var notices = judgeDestination(answer, isProbe: flight.isProbe, now: now)
        let conduct = judgeDelivery(flight, answer, wasDown: wasDown, now: now, wallTime: wallTime, using: &generator)

        var delivery = flight.delivery
        let record = AttemptRecord(
            number: delivery.recordedAttempts + 1, startedAt: startedAt, duration: duration, status: answer.status,
            error: answer.error, answer: answer.body, signedAt: signedAt)
        delivery.attempts = conduct.attempts
        delivery.recordedAttempts += 1
        delivery.notBefore = conduct.notBefore
        delivery.failedByOutage = conduct.failedByOutage
        if let reason = conduct.deathReason, !flight.isWithdrawn {
            notices.append(
                .deliveryDead(destination: policy.name, delivery: id, event: delivery.event.id, reason: reason))
        }
        if conduct.state == .pending {
            if isConfigured, !flight.isWithdrawn { hold(delivery, now: now) } else { noteOnDisk(delivery) }
        }
        endOutage()
        note(answer, now: now)
        let update = DeliveryUpdate(
            id: id, destination: policy.name, state: conduct.state, attempts: delivery.attempts,
            notBefore: delivery.notBefore, failedByOutage: delivery.failedByOutage, attempt: record)
        let isOwnEvent = delivery.event.type.hasPrefix(OwnEvent.typePrefix)
        return PlannerVerdict(
            update: update, standing: takeStanding(), notices: notices,
            own: isOwnEvent ? [] : notices.compactMap { OwnEvent($0, by: id, at: now) },
            latency: conduct.state == .delivered ? latency(of: flight, now: now) : nil)
    }

    private func latency(of flight: Flight, now: Timestamp) -> Duration? {
        flight.delivery.isRevived || flight.isWithdrawn ? nil : now - flight.delivery.event.receivedAt
    }

    private mutating func note(_ answer: Answer, now: Timestamp) {
        if let reason = answer.error {
            lastFailure = DeliveryPlanner.Activity.Failure(at: now, reason: reason)
        } else {
            lastSuccessAt = now
        }
    }

    /// The standing where it is not the one last handed out.
    private mutating func takeStanding() -> DestinationStanding? {
        guard standing != reportedStanding else { return nil }
        reportedStanding = standing
        return standing
    }

    /// An operator's word.
    ///
    /// A resumed destination begins with a clean record, and one that is down is probed at once. One that is stopped already
    /// keeps its moment and its reason.
    mutating func setStop(_ stop: DestinationStanding.Stop?, reason: String?, now: Timestamp) -> DestinationStanding {
        standing.set(stop, reason: reason, at: now)
        if stop == nil {
            forgetFailures()
            health.probeNow(now: now)
        }
        reportedStanding = standing
        return standing
    }

    // MARK: The destination

    private mutating func judgeDestination(_ answer: Answer, isProbe: Bool, now: Timestamp) -> [PlannerNotice] {
        var notices: [PlannerNotice] = []
        if answer.isSilence {
            if health.wasSilent(isProbe: isProbe, now: now) {
                goDown(now: now)
                let reason = "\(limits.downAfter) attempts in a row without an answer, the last: \(answer.error ?? "")"
                notices.append(.destinationDown(destination: policy.name, reason: reason))
            }
        } else if health.answered(isSuccess: answer.kind == .success, most: policy.concurrency) {
            comeBack(now: now)
            notices.append(.destinationUp(destination: policy.name))
        }
        if let reason = judgeFailures(answer, now: now) {
            standing.stop = .disabled
            standing.reason = reason
            standing.since = now
            notices.append(.destinationDisabled(destination: policy.name, reason: reason))
        }
        return notices
    }

    private mutating func goDown(now: Timestamp) {
        standing.downSince = standing.downSince ?? now
        hasSoughtProbe = false
        // What the outage before this one held back and was not read yet belongs to this one now.
        if releasedBefore != nil { mayHaveOutageFailuresOnDisk = true }
        releasedBefore = nil
        released = []
    }

    private mutating func comeBack(now: Timestamp) {
        released = window.releaseOutageFailures(now: now)
        released.formUnion(flights.values.lazy.map(\.delivery).filter(\.failedByOutage).map(\.id))
        if mayHaveOutageFailuresOnDisk {
            // The outbox knows when an attempt ended by its start and its duration, each rounded: up to 1 ms after the moment
            // at which it was judged. Making due twice what fails right after the outage does no harm.
            releasedBefore = now + .milliseconds(2)
            mayHaveOutageFailuresOnDisk = false
        }
    }

    /// Why the destination is disabled from here on; nil where it is not, or is already.
    private mutating func judgeFailures(_ answer: Answer, now: Timestamp) -> String? {
        guard answer.kind != .success else {
            forgetFailures()
            return nil
        }
        let failingSince = standing.failingSince ?? now
        standing.failingSince = failingSince
        failures.append(now)
        if failures.count > limits.disableFailures { failures.removeFirst() }
        // Before its last day none of them can count, and the standing need not be written for each.
        if now - failingSince >= policy.disableAfter - Self.lastDay { standing.recentFailures = Array(failures) }
        guard standing.stop != .disabled else { return nil }
        if answer.kind == .gone { return "status 410 (Gone): the receiver wants no more webhooks" }
        guard now - failingSince >= policy.disableAfter, failures.count == limits.disableFailures,
            let first = failures.first, now - first <= Self.lastDay
        else { return nil }
        return "every attempt since \(failingSince) failed, the last: \(answer.error ?? "")"
    }

    private static let lastDay = Duration.seconds(86_400)

    private mutating func forgetFailures() {
        standing.failingSince = nil
        standing.recentFailures = []
        failures.removeAll()
    }

    // MARK: The delivery

    /// What becomes of a delivery.
    private struct Conduct {
        var state: DeliveryState
        var attempts: Int
        var notBefore: Timestamp
        var failedByOutage = false
        /// Why it is dead.
        var deathReason: String?
    }

    private func judgeDelivery(
        _ flight: Flight, _ answer: Answer, wasDown: Bool, now: Timestamp, wallTime: Timestamp,
        using generator: inout SplitMix64
    ) -> Conduct {
        let delivery = flight.delivery
        // While the destination is down an attempt without a request says nothing about the delivery.
        let counts = !flight.isAheadOfTime && !(wasDown && !answer.wasRequestSent)
        let attempts = delivery.attempts + (counts ? 1 : 0)
        var conduct = Conduct(state: .pending, attempts: attempts, notBefore: delivery.notBefore)
        switch answer.kind {
        case .success:
            conduct.state = .delivered
            return conduct
        case .gone:
            // Says something of the destination and nothing of the delivery, which is kept as it was for `resume`.
            conduct.attempts = delivery.attempts
            return conduct
        case .failure:
            break
        }
        let error = answer.error ?? ""
        if let status = answer.status, policy.retry.giveUpOn.contains(status) {
            conduct.state = .dead
            conduct.deathReason = "\(error), which giveUpOn names"
            return conduct
        }
        if counts, attempts > policy.retry.schedule.count {
            conduct.state = .dead
            conduct.deathReason = "the last of \(attempts) attempts failed: \(error)"
            return conduct
        }
        let retryAfter = answer.retryAfter.flatMap { RetryAfter($0, end: wallTime) }
        if !flight.isAheadOfTime {
            conduct.notBefore = now + policy.retry.wait(after: delivery.attempts, using: &generator)
        }
        if let retryAfter {
            conduct.notBefore = max(conduct.notBefore, now + min(retryAfter.wait, policy.retry.maxRetryAfter))
        }
        conduct.failedByOutage = answer.isSilence && retryAfter == nil
        return conduct
    }
}

extension OwnEvent {
    /// The event that tells of a notice, which the attempt of `delivery` brought about; nil for one that none tells of.
    fileprivate init?(_ notice: PlannerNotice, by delivery: DeliveryID, at now: Timestamp) {
        switch notice {
        case .destinationDown, .destinationUp:
            return nil
        case .destinationDisabled(let destination, let reason):
            self.init(.destinationDisabled, at: now, destination: destination, delivery: delivery, reason: reason)
        case .deliveryDead(let destination, let delivery, let event, let reason):
            self.init(
                .deliveryDead, at: now, destination: destination, delivery: delivery, reason: reason,
                details: [Detail("event", event.description)])
        }
    }
}

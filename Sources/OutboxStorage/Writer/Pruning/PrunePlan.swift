package import RelayModel

/// When to remove what need not be kept any longer, how much at a time, and how full the outbox is.
package struct PrunePlan {
    /// The look when nothing was left to remove: what is kept too long is kept no longer than this.
    static let interval = Duration.seconds(60)
    /// The look while the outbox is full: so soon the feeds are read again when there is room.
    static let fullInterval = Duration.seconds(1)
    /// The look after a failure.
    static let failureInterval = Duration.seconds(10)
    /// What a step is to take of the writer's time: the outcomes and events that come meanwhile hardly notice.
    static let stepTime = Duration.milliseconds(5)
    /// The pause after a step, as a multiple of the time it took: a tenth of the writer's time.
    static let restFactor = 9
    /// Deliveries of one step.
    static let stepLimits = 16...4096
    /// Above `maxSize` removing has to keep up with what comes: half of the writer's time, in longer steps.
    static let pressedStepTime = Duration.milliseconds(20)
    /// The share of `maxSize` written since the last look that makes the next one due, as a divisor.
    static let writtenDivisor: Int64 = 64
    /// Payments stay a little longer than they count, for events that were received before but are judged now.
    static let paymentMargin = Duration.seconds(60)
    /// Payments younger than this are not forgotten for the size.
    ///
    /// A verification or settlement follows its payment within seconds, or minutes where its facilitator is slow: without it,
    /// rules on its wallets would not match. An hour leaves room for a feed that brings them late.
    static let recentPayments = Duration.seconds(3600)
    /// How often payments that were forgotten before their time are told.
    static let forgottenInterval = Duration.seconds(60)
    /// Percent of `maxSize` at which the outbox is nearly full, and below which it is no longer; and below which a full one
    /// is full no longer.
    static let nearlyFullPercent: Int64 = 80
    static let roomyPercent: Int64 = 75
    static let notFullPercent: Int64 = 98

    private(set) var policy: RetentionPolicy
    package private(set) var dueAt: Timestamp
    package private(set) var fill: OutboxFill
    /// The level that was told last.
    private var toldLevel = OutboxFill.Level.roomy
    private var limit = 256
    private var written: Int64 = 0
    /// Payments forgotten before their time that were not told yet, and when some were told last.
    private var forgotten = 0
    private var forgottenToldAt: Timestamp?

    /// The first look is due at once: a full outbox is known before feeds are read.
    package init(policy: RetentionPolicy, now: Timestamp) {
        self.policy = policy
        dueAt = now
        fill = OutboxFill(maxSize: policy.maxSize)
    }

    /// The policy changed: what it removes goes soon.
    package mutating func retain(_ policy: RetentionPolicy, now: Timestamp) {
        self.policy = policy
        dueAt = now
        judgeFill(size: fill.size, keptSize: fill.keptSize)
    }

    /// So many bytes were written.
    package mutating func wrote(_ bytes: Int, now: Timestamp) {
        written += Int64(bytes)
        if written >= policy.maxSize / Self.writtenDivisor { dueAt = min(dueAt, now) }
    }

    /// The next step; nil where none is due.
    package func step(now: Timestamp) -> PruneStep? {
        guard now >= dueAt else { return nil }
        return PruneStep(
            deliveredBefore: now - policy.retention, deadBefore: now - policy.deadRetention,
            paymentsBefore: now - RememberedPayment.lifetime - Self.paymentMargin,
            recentPayments: now - Self.recentPayments...now, maxSize: policy.maxSize, limit: limit)
    }

    /// What the step left; it took `took` and ended at `now`.
    package mutating func pruned(_ outcome: PruneOutcome, took: Duration, now: Timestamp) {
        written = 0
        forgotten += outcome.forgottenEarly
        judgeFill(size: outcome.size, keptSize: outcome.keptSize)
        let isPressed = outcome.size > policy.maxSize
        let target = isPressed ? Self.pressedStepTime : Self.stepTime
        if took > target * 2 {
            limit = max(limit / 2, Self.stepLimits.lowerBound)
        } else if outcome.hasMore, took < target / 2 {
            limit = min(limit * 2, Self.stepLimits.upperBound)
        }
        if outcome.hasMore {
            // The clock counts whole milliseconds.
            let pause = isPressed ? took : took * Self.restFactor
            dueAt = now + max(pause, .milliseconds(1))
        } else {
            dueAt = now + (fill.level == .full ? Self.fullInterval : Self.interval)
        }
    }

    /// How full the outbox is, where its level changed since this was asked last.
    package mutating func takeFillChange() -> OutboxFill? {
        guard fill.level != toldLevel else { return nil }
        toldLevel = fill.level
        return fill
    }

    /// How many payments were forgotten before their time since this was told last; nil where there is nothing to tell yet.
    package mutating func takeForgotten(now: Timestamp) -> Int? {
        guard forgotten > 0, forgottenToldAt.map({ now - $0 >= Self.forgottenInterval }) ?? true else { return nil }
        defer { forgotten = 0 }
        forgottenToldAt = now
        return forgotten
    }

    /// The step failed.
    package mutating func failed(now: Timestamp) {
        written = 0
        dueAt = now + Self.failureInterval
    }

    private mutating func judgeFill(size: Int64, keptSize: Int64) {
        let percent = Self.percent(keptSize, of: policy.maxSize)
        let level: OutboxFill.Level =
            if keptSize >= policy.maxSize || fill.level == .full && percent >= Self.notFullPercent {
                .full
            } else if percent >= Self.nearlyFullPercent || fill.level != .roomy && percent >= Self.roomyPercent {
                .nearlyFull
            } else {
                .roomy
            }
        fill = OutboxFill(level: level, keptSize: keptSize, size: size, maxSize: policy.maxSize)
    }

    /// Without overflow for any size.
    private static func percent(_ part: Int64, of whole: Int64) -> Int64 {
        guard whole >= 100 else { return whole > 0 ? part * 100 / whole : 100 }
        return part / (whole / 100)
    }
}

package import RelayModel

/// Joins verifications and settlements with their payment, and numbers the relay's own events: what is written of all
/// that arrived.
///
/// It changes no outbox: it reads one and plans a batch (`next`), which the caller writes, however often that takes, before
/// it says so (`wrote`). Until then nothing here has changed, so that a batch that could not be planned is planned again, with
/// the same numbers.
package struct PaymentJoin {
    /// How much of what waits on disk one batch takes.
    package struct Limits: Hashable, Sendable {
        /// Waiting events: some ten milliseconds of judging and writing.
        package var waits = 500
        /// Bytes of them; one is taken whatever its size.
        package var bytes = 8 << 20

        package init() {}
    }

    /// A wait that is over but cannot be read is looked for again after this.
    private static let rereading = Duration.seconds(1)

    let limits: Limits
    /// The number of the last own event.
    private(set) var ownEvents: Int64
    /// When to look for ended waits next; nil where none is on disk.
    package private(set) var nextWaitEnd: Timestamp?
    /// A payment that is on disk while more of its waiting events are than one batch takes.
    private(set) var releasing: PaymentKey?

    /// `memory` is that of the outbox as it stands.
    package init(memory: OutboxMemory, limits: Limits = Limits()) {
        self.limits = limits
        ownEvents = memory.ownEvents
        nextWaitEnd = memory.nextWaitEnd
    }

    /// Whether there is something to write at `now` though nothing arrived.
    package func isDue(_ now: Timestamp) -> Bool {
        releasing != nil || nextWaitEnd.map { $0 <= now } ?? false
    }

    /// Plans the next batch of `input`, as much as one may hold.
    ///
    /// `judge` has the current rules, for own events and for what waited.
    package func next(
        of input: JoinInput, from outbox: any Outbox, judge: any ArrivalJudge
    ) throws(OutboxError) -> JoinPlan {
        var step = JoinStep(self, outbox: outbox, judge: judge)
        return try step.run(input)
    }

    /// Plans a batch of own events alone: nothing of what arrived or waits is looked at.
    func next(own: [OwnEvent], from outbox: any Outbox, judge: any ArrivalJudge) -> JoinPlan {
        var step = JoinStep(self, outbox: outbox, judge: judge)
        return step.run(own: own)
    }

    /// The batch of `plan` is on disk.
    package mutating func wrote(_ plan: JoinPlan, to outbox: any Outbox, now: Timestamp) {
        ownEvents = plan.batch.ownEvents ?? ownEvents
        releasing = plan.releasing
        if plan.sawWaits {
            // Where the outbox cannot tell, it is asked again then; and a wait that it counts but does not give must not be
            // asked for without pause.
            let again = now + Self.rereading
            do throws(OutboxError) {
                let end = try outbox.nextWaitEnd()
                nextWaitEnd = plan.foundWaits ? end : end.map { max($0, again) }
            } catch {
                nextWaitEnd = again
            }
        } else if let first = plan.batch.waits.map(\.endsAt).min() {
            nextWaitEnd = nextWaitEnd.map { min($0, first) } ?? first
        }
    }
}

/// What there is to be written.
package struct JoinInput: Sendable {
    package var updates: [DeliveryUpdate] = []
    package var standings: [String: DestinationStanding] = [:]
    package var own: [OwnEvent] = []
    /// In their order.
    package var arrivals: ArraySlice<Arrival> = []
    /// All that arrived before this is here or on disk: waits that end by then are over.
    package var horizon: Timestamp

    package init(horizon: Timestamp) {
        self.horizon = horizon
    }

    /// Leaves what `plan` did not take.
    package mutating func remove(_ plan: JoinPlan) {
        let left = arrivals.dropFirst(plan.arrivals)
        self = JoinInput(horizon: horizon)
        arrivals = left
    }
}

/// A batch, and what it makes of the input and the join.
package struct JoinPlan: Sendable {
    package var batch = OutboxBatch()
    /// How many of the input's arrivals it has.
    package var arrivals = 0
    /// Waiting events whose bytes cannot be read: they are given up.
    package var faults: [Fault] = []
    var releasing: PaymentKey?
    /// Waits on disk were looked for, and some were found.
    var sawWaits = false
    var foundWaits = false

    package struct Fault: Hashable, Sendable {
        package let feed: String
        package let wait: Int64
        package let reason: String
    }
}

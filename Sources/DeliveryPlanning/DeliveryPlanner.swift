import HeapModule
package import RelayModel

/// Decides what is sent next and what an outcome means, for all destinations; the contract's section 4.
///
/// A value without I/O or clock: the caller passes the moment, performs what `advance` returns and reports back. It sees
/// only deliveries that are ready, since the outbox keeps the order; a delivery that it holds or has in flight is never
/// read back from disk. Each call costs the logarithm of a window's size, and
/// one look at each destination that waits for room among the bytes in flight of all.
package struct DeliveryPlanner: Sendable {
    private struct Wake: Comparable, Sendable {
        let moment: Timestamp
        let index: Int

        static func < (left: Wake, right: Wake) -> Bool { left.moment < right.moment }
    }

    /// Those that are configured, and those that were: a few, as many as the file has named since the start.
    private var plans: [DestinationPlan] = []
    private var indices: [String: Int] = [:]
    private var generator: SplitMix64
    private let limits: PlannerLimits
    /// Destinations to look at, since something happened to them.
    private var stirred: [Int] = []
    private var isStirred: [Bool] = []
    /// Destinations to look at later; an entry counts only while it is its plan's `wakeAt`.
    private var wakes: Heap<Wake> = []
    /// Destinations that wait for room among the bytes in flight, the one that goes next first.
    private var crowdedOut: [Int] = []
    private var flightBytes = 0
    private var isStopping = false
    /// Attempts in flight, of all destinations.
    package private(set) var inFlight = 0

    /// `standings`: what the outbox remembers of destinations; `seed`: for jitter.
    ///
    /// The first `advance` asks for what the outbox holds for each.
    package init(
        policies: [DestinationPolicy], standings: [String: DestinationStanding], seed: UInt64,
        limits: PlannerLimits = .standard
    ) {
        generator = SplitMix64(seed: seed)
        self.limits = limits
        for policy in policies { add(policy, standing: standings[policy.name]) }
    }

    private mutating func add(_ policy: DestinationPolicy, standing: DestinationStanding?) {
        indices[policy.name] = plans.count
        plans.append(DestinationPlan(policy: policy, standing: standing ?? DestinationStanding(), limits: limits))
        isStirred.append(false)
        stir(plans.count - 1)
    }

    /// Takes a new list of destinations: what is decided from here on is decided by it.
    ///
    /// Waits that are set already stay. Of a destination that is not among them nothing more is sent: what is in flight is
    /// finished and judged by the policy it had, what waits stays on disk, and is taken up if the destination comes back.
    /// `standings`: what the outbox remembers of destinations that are new here; those known already stand as they did.
    package mutating func reconfigure(
        policies: [DestinationPolicy], standings: [String: DestinationStanding], now: Timestamp
    ) {
        let names = Set(policies.map(\.name))
        for index in plans.indices where !names.contains(plans[index].policy.name) {
            plans[index].retire()
            stir(index)
        }
        for policy in policies {
            guard let index = indices[policy.name] else {
                add(policy, standing: standings[policy.name])
                continue
            }
            plans[index].configure(policy)
            stir(index)
        }
    }

    private mutating func stir(_ index: Int) {
        guard !isStirred[index] else { return }
        isStirred[index] = true
        stirred.append(index)
    }

    /// Takes deliveries that a commit made ready.
    ///
    /// Those of a destination that is not configured stay on disk, and so do those of one that has older ones there that
    /// are due: they are read back in their turn.
    package mutating func offer(_ deliveries: [Delivery], now: Timestamp) {
        for delivery in deliveries {
            guard let index = indices[delivery.destination] else { continue }
            plans[index].offer(delivery, now: now)
            stir(index)
        }
    }

    /// Takes deliveries that an operator's action made ready, as they are on disk now, in place of what is held of them.
    ///
    /// One in flight is left alone: its outcome decides.
    package mutating func renew(_ deliveries: [Delivery], now: Timestamp) {
        for delivery in deliveries {
            guard let index = indices[delivery.destination] else { continue }
            plans[index].renew(delivery, now: now)
            stir(index)
        }
    }

    /// Starts these no more, since an operator discarded them; of one in flight the outcome is only recorded.
    package mutating func withdraw(_ deliveries: [DeliveryID]) {
        for index in plans.indices where plans[index].withdraw(deliveries) { stir(index) }
    }

    /// Takes the answer to a `LoadRequest`; `next`: when the next delivery that is on disk only is due, nil for none.
    package mutating func loaded(_ deliveries: [Delivery], destination: String, next: Timestamp?, now: Timestamp) {
        guard let index = indices[destination] else { return }
        plans[index].loaded(deliveries, next: next, now: now)
        stir(index)
    }

    /// Takes note that a load failed; it is asked for again after a second.
    package mutating func loadFailed(destination: String, now: Timestamp) {
        guard let index = indices[destination] else { return }
        plans[index].loadFailed(now: now)
        stir(index)
    }

    /// What to do now; the attempts are in flight from here on until `finish`.
    package mutating func advance(now: Timestamp) -> PlannerStep {
        var step = PlannerStep()
        guard !isStopping else { return step }
        while let first = wakes.min, first.moment <= now || plans[first.index].wakeAt != first.moment {
            wakes.removeMin()
            if plans[first.index].wakeAt == first.moment { stir(first.index) }
        }
        // Those that began something have had their turn, and go behind those that did not.
        var served: [Int] = []
        for index in stirred {
            isStirred[index] = false
            let (flightBytesBefore, wasCrowdedOut) = (plans[index].flightBytes, plans[index].isCrowdedOut)
            let wakeAt = plans[index].advance(
                now: now, otherFlightBytes: flightBytes - flightBytesBefore, into: &step)
            flightBytes += plans[index].flightBytes - flightBytesBefore
            if plans[index].isCrowdedOut, !wasCrowdedOut {
                if plans[index].flightBytes > flightBytesBefore {
                    served.append(index)
                } else {
                    crowdedOut.append(index)
                }
            }
            guard plans[index].wakeAt != wakeAt || wakeAt.map({ $0 <= now }) ?? false else { continue }
            plans[index].wakeAt = wakeAt
            if let wakeAt { wakes.insert(Wake(moment: wakeAt, index: index)) }
        }
        stirred.removeAll(keepingCapacity: true)
        crowdedOut += served
        dropStaleWakes()
        inFlight += step.attempts.count
        step.wakeAt = wakes.min?.moment
        return step
    }

    /// Entries whose plan wants another moment are left in the heap; they may not outnumber the others by far.
    private mutating func dropStaleWakes() {
        while let first = wakes.min, plans[first.index].wakeAt != first.moment { wakes.removeMin() }
        guard wakes.count > 4 * plans.count + 64 else { return }
        wakes = Heap(plans.indices.compactMap { index in plans[index].wakeAt.map { Wake(moment: $0, index: index) } })
    }

    /// Takes the outcome of an attempt that `advance` began; `startedAt`, `signedAt` and `duration` are for its record.
    ///
    /// `wallTime` is the wall clock's at the end of the attempt: what a date in Retry-After is compared with.
    package mutating func finish(
        _ id: DeliveryID, destination: String, outcome: AttemptOutcome, startedAt: Timestamp, signedAt: Int64? = nil,
        duration: Duration, now: Timestamp, wallTime: Timestamp
    ) -> PlannerVerdict {
        let flightBytesBefore = indices[destination].map { plans[$0].flightBytes } ?? 0
        guard let index = indices[destination],
            let verdict = plans[index].finish(
                id, outcome: outcome, startedAt: startedAt, signedAt: signedAt, duration: duration, now: now,
                wallTime: wallTime, using: &generator)
        else { preconditionFailure("delivery \(id) for \(destination) ended, but was not in flight") }
        inFlight -= 1
        flightBytes -= flightBytesBefore - plans[index].flightBytes
        // Before this one, which would take the room at once that it has made.
        for waiting in crowdedOut {
            plans[waiting].isCrowdedOut = false
            stir(waiting)
        }
        crowdedOut.removeAll(keepingCapacity: true)
        stir(index)
        return verdict
    }

    /// Begins no further attempts and loads (shutdown); those in flight are finished as ever.
    package mutating func stopStarting() {
        isStopping = true
    }

    /// Those that are configured, and those that were and have attempts in flight.
    var livingPlans: [DestinationPlan] { plans.filter { $0.isConfigured || !$0.flights.isEmpty } }

    mutating func withPlan<Result>(of destination: String, _ change: (inout DestinationPlan) -> Result) -> Result? {
        guard let index = indices[destination], plans[index].isConfigured else { return nil }
        stir(index)
        return change(&plans[index])
    }
}

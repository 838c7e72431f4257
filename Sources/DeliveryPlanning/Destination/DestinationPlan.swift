import DequeModule
import RelayModel

/// What the planner knows and decides for one destination.
///
/// Of the deliveries that are ready, some wait in `window`, some are in `flights`, and the others are on disk only:
/// `diskNext` is never later than the first moment at which one of those is due, but for those that a load under way reads.
struct DestinationPlan: Sendable {
    struct Flight: Sendable {
        var delivery: Delivery
        /// Begun before it was due.
        var isAheadOfTime: Bool
        /// Begun while the destination was down.
        var isProbe: Bool
        /// Discarded by an operator since: whatever comes of it is only recorded.
        var isWithdrawn = false
    }

    /// What a load is for.
    enum Load: Hashable, Sendable {
        /// What is due.
        case due
        /// The oldest that failed by an outage, as a probe of a destination that is down.
        case probe
        /// What failed by the outage that ended at the moment.
        case released(Timestamp)
    }

    private(set) var policy: DestinationPolicy
    /// Else nothing begins: what is in flight is finished, what waits is on disk only.
    private(set) var isConfigured = true
    let limits: PlannerLimits
    var standing: DestinationStanding
    /// The standing that was last handed out to be stored.
    var reportedStanding: DestinationStanding
    var health: DestinationHealth
    var window: DeliveryWindow
    var flights: [DeliveryID: Flight] = [:]
    /// Bytes of those in flight.
    private(set) var flightBytes = 0
    /// What would go now is held back by what other destinations have in flight; the planner lists it until one of those ends.
    var isCrowdedOut = false
    var rate: RollingRate?
    /// The moments of the last failures since the last success, `disableFailures` at most.
    var failures: Deque<Timestamp>
    var lastFailure: DeliveryPlanner.Activity.Failure?
    var lastSuccessAt: Timestamp?

    /// A restart: what the disk has is not known, so it is asked at once.
    var diskNext: Timestamp? = Timestamp(milliseconds: .min)
    var load: Load?
    /// What ended while the load is under way, which may have read it as still waiting.
    var endedSinceLoad: Set<DeliveryID> = []
    var loadNotBefore = Timestamp(milliseconds: .min)
    /// Deliveries that failed by an outage may be on disk only.
    var mayHaveOutageFailuresOnDisk = true
    /// The disk was asked for the candidate of the coming probe.
    var hasSoughtProbe = false
    /// An outage ended at this moment, and what it made due may be on disk only.
    var releasedBefore: Timestamp?
    /// What the end of an outage made due here and has not been attempted since.
    ///
    /// On disk it still waits, so `downSince` stays until there is none: a relay that starts anew takes the outage up again.
    var released: Set<DeliveryID> = []

    /// When `advance` wants to be called again; kept by the planner.
    var wakeAt: Timestamp?

    init(policy: DestinationPolicy, standing: DestinationStanding, limits: PlannerLimits) {
        self.policy = policy
        self.limits = limits
        self.standing = standing
        reportedStanding = standing
        health = DestinationHealth(limits: limits, isDown: standing.downSince != nil)
        window = DeliveryWindow(countLimit: limits.windowCount, byteLimit: limits.windowBytes)
        rate = policy.rate.map { RollingRate($0) }
        failures = Deque(standing.recentFailures.suffix(limits.disableFailures))
    }

    /// Decides by `policy` from here on; a destination that was removed begins as after a restart, but for its flights.
    mutating func configure(_ policy: DestinationPolicy) {
        if policy.rate != self.policy.rate {
            rate = policy.rate.map { RollingRate($0, after: rate) }
        }
        self.policy = policy
        isConfigured = true
    }

    /// Begins nothing more, and holds nothing that is not in flight: the disk has it, too.
    mutating func retire() {
        guard isConfigured else { return }
        isConfigured = false
        window = DeliveryWindow(countLimit: limits.windowCount, byteLimit: limits.windowBytes)
        diskNext = Timestamp(milliseconds: .min)
        mayHaveOutageFailuresOnDisk = true
        hasSoughtProbe = false
        // What the end of an outage made due waits on disk as if it went on, so it goes on.
        health = DestinationHealth(limits: limits, isDown: standing.downSince != nil)
        releasedBefore = nil
        released = []
    }

    /// Takes a ready delivery in, as far as there is room.
    ///
    /// False where it stays on disk only.
    @discardableResult
    mutating func hold(_ delivery: Delivery, now: Timestamp, insisting: Bool = false) -> Bool {
        var isHeld = true
        for displaced in window.hold(delivery, now: now, insisting: insisting) {
            noteOnDisk(displaced)
            if displaced.id == delivery.id { isHeld = false }
        }
        return isHeld
    }

    func holds(_ id: DeliveryID) -> Bool {
        window.contains(id) || flights[id] != nil
    }

    mutating func noteOnDisk(_ delivery: Delivery) {
        diskNext = min(diskNext ?? delivery.notBefore, delivery.notBefore)
        if delivery.failedByOutage { mayHaveOutageFailuresOnDisk = true }
    }

    /// Begins what may begin; returns when to look again, if nothing happens before.
    ///
    /// `otherFlightBytes`: what the other destinations have in flight.
    mutating func advance(now: Timestamp, otherFlightBytes: Int, into step: inout PlannerStep) -> Timestamp? {
        isCrowdedOut = false
        guard isConfigured, standing.stop == nil else { return nil }
        window.promote(now: now)
        let started = step.attempts.count
        let nextStart = health.isDown ? probe(now: now, into: &step) : start(now, otherFlightBytes, &step)
        if health.isDown, step.attempts.count > started { hasSoughtProbe = false }
        let nextLoad = requestLoad(now: now, into: &step)
        guard let nextStart, let nextLoad else { return nextStart ?? nextLoad }
        return min(nextStart, nextLoad)
    }

    private mutating func start(_ now: Timestamp, _ otherFlightBytes: Int, _ step: inout PlannerStep) -> Timestamp? {
        let concurrency = health.concurrency(most: policy.concurrency)
        while flights.count < concurrency {
            guard let size = window.nextDueBytes else { return window.next }
            // The end of an attempt is what to wait for: of one of its own, or of another's.
            guard flights.isEmpty || flightBytes + size <= limits.flightBytes else { return nil }
            isCrowdedOut = !flights.isEmpty && otherFlightBytes + flightBytes + size > limits.totalFlightBytes
            if isCrowdedOut { return nil }
            if let free = rate?.nextStart(now: now), free > now { return free }
            if let delivery = window.popDue() { begin(delivery, now: now, into: &step) }
        }
        // The end of one of those in flight is what to wait for.
        return nil
    }

    /// The conduct towards a destination that is down: one attempt at a time, of what is due or else ahead of its time.
    private mutating func probe(now: Timestamp, into step: inout PlannerStep) -> Timestamp? {
        guard flights.isEmpty else { return nil }
        if let probeAt = health.probeAt, probeAt > now { return probeAt }
        if let free = rate?.nextStart(now: now), free > now { return free }
        if let delivery = window.popDue() {
            begin(delivery, now: now, into: &step)
            return nil
        }
        if load != nil || isDueOnDisk(now: now) || wantsProbe(now: now) { return nil }
        if let delivery = window.popOutageFailure() {
            begin(delivery, now: now, into: &step)
            return nil
        }
        return window.next
    }

    private mutating func begin(_ delivery: Delivery, now: Timestamp, into step: inout PlannerStep) {
        rate?.start(now: now)
        flights[delivery.id] = Flight(
            delivery: delivery, isAheadOfTime: delivery.notBefore > now, isProbe: health.isDown)
        flightBytes += DeliveryWindow.size(of: delivery)
        step.attempts.append(delivery)
    }

    /// Takes an attempt that ended out of those in flight; nil where it is none of them.
    mutating func land(_ id: DeliveryID) -> Flight? {
        guard let flight = flights.removeValue(forKey: id) else { return nil }
        flightBytes -= DeliveryWindow.size(of: flight.delivery)
        return flight
    }
}

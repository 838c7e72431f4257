package import DeliveryPlanning
package import RelayModel

/// Where accepted events and their deliveries are kept until they are delivered.
///
/// Used from one thread at a time.
///
/// The outbox keeps the order: a delivery is *ready* when no older pending delivery of its destination shares a lane with
/// it. What every implementation holds is in the conformance suite of the test kit.
package protocol Outbox: AnyObject {
    /// Writes the batch as a whole, or nothing of it. When it returns, the batch survives a loss of power.
    ///
    /// Updates come before new deliveries. A delivery for a destination that already has the event (whatever its state) is
    /// left out and told as one that had it. An update of a delivery that is no longer pending changes nothing but adds its
    /// attempt to the record; one of a delivery that is gone is ignored. How many are in each state is kept in the same
    /// transaction, and what came and ended is told.
    func commit(_ batch: OutboxBatch) throws(OutboxError) -> OutboxCommit

    /// Says what time it is, once, before anything else is read: what was written while the clock was ahead does not wait
    /// for a moment that no wait explains.
    ///
    /// A pending delivery never attempted, or asked for by an operator since its last attempt, and due after `now` is due at
    /// `now`; one last attempted after `now` waits from `now` as long as it had to wait then. A wait for a payment ends
    /// `JoinWait.limit` from `now` at the latest.
    func began(at now: Timestamp) throws(OutboxError)

    /// Reads back ready deliveries of a destination: those that are due at `now`, or that failed by its outage.
    func load(_ request: LoadRequest, now: Timestamp) throws(OutboxError) -> DueDeliveries

    /// What is remembered of each destination; one of which nothing is (`DestinationStanding()`) is left out.
    func standings() throws(OutboxError) -> [String: DestinationStanding]

    /// Writes what became of payments, as a whole and synced, or nothing of it and never later.
    ///
    /// An entry is new or takes the place of the one with its number; so does a standing, by its feed. `judged` holds what
    /// became of `change.own`: numbered, judged by the rules.
    func keep(_ change: LedgerChange, judged: OutboxBatch) throws(OutboxError) -> OutboxCommit

    /// What the ledger remembers; `now` is where the windows of its limits end.
    func ledger(now: Timestamp) throws(OutboxError) -> LedgerMemory

    /// What is remembered beside deliveries and destinations.
    func memory() throws(OutboxError) -> OutboxMemory

    /// The payment remembered last under the key, if it was received at `since` or later.
    func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]?

    /// Events that wait for the payment of this key, in the order in which their waits began.
    ///
    /// At most `limit`, and none after the one that reaches `byteLimit` bytes of data.
    func waits(for key: PaymentKey, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait]

    /// Events whose wait ends at `now` or before, in the order in which their waits began.
    ///
    /// At most `limit`, those that end first, and none after the one that reaches `byteLimit` bytes of data.
    func endedWaits(now: Timestamp, limit: Int, byteLimit: Int) throws(OutboxError) -> [JoinWait]

    /// When the wait that ends first ends; nil where none waits.
    func nextWaitEnd() throws(OutboxError) -> Timestamp?

    /// Does what an operator wants, in one transaction.
    func perform(_ action: OperatorAction, now: Timestamp) throws(OutboxError) -> OperatorOutcome

    /// Removes a little of what need not be kept, in one transaction.
    func prune(_ step: PruneStep) throws(OutboxError) -> PruneOutcome
}

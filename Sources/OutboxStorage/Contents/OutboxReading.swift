package import RelayModel

/// Looks into an outbox without disturbing who writes it.
///
/// Used from one thread at a time. Each call sees one state of the outbox; two calls may see two.
package protocol OutboxReading: AnyObject {
    /// One page of the deliveries that `filter` takes.
    ///
    /// Newest first goes down from below `cursor`, oldest first goes up from above it. A page can be short, even empty, and
    /// have a cursor all the same: only so many deliveries are looked at for one page.
    func deliveries(
        _ filter: DeliveryFilter, order: ListingOrder, cursor: DeliveryID?, limit: Int
    ) throws(OutboxError) -> DeliveryPage

    /// One delivery with its newest attempts; nil where there is none of this number.
    func delivery(_ id: DeliveryID) throws(OutboxError) -> DeliveryDetail?

    /// For each destination that ever had a delivery or a standing, configured or not, how many are in which state.
    func counts() throws(OutboxError) -> [String: DeliveryCounts]

    /// One page of the ledger, newest first from below `cursor`, or oldest first from above it.
    func payments(
        _ filter: LedgerFilter, order: ListingOrder, cursor: PaymentID?, limit: Int
    ) throws(OutboxError) -> LedgerPage

    /// How many payments of the ledger stand in each state; none of a state that none has.
    func ledgerCounts() throws(OutboxError) -> [LedgerEntry.State: Int]

    /// One payment of the ledger; nil where there is none of this number.
    func payment(_ id: PaymentID) throws(OutboxError) -> LedgerEntry?

    /// Bytes in use, free pages not counted.
    func size() throws(OutboxError) -> Int64

    /// The payment remembered under the key, received at `since` or later; nil where there is none.
    func payment(_ key: PaymentKey, since: Timestamp) throws(OutboxError) -> [UInt8]?
}

/// Which end of a listing comes first; both go by the order of acceptance.
package enum ListingOrder: Hashable, Sendable {
    case newestFirst, oldestFirst
}

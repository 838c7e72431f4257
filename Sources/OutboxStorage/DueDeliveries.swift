package import RelayModel

/// Deliveries read back from the outbox.
package struct DueDeliveries: Sendable {
    package var destination: String
    /// Ready ones: what is due by its due moment, then in the order of acceptance; what failed by an outage in the order of
    /// acceptance alone.
    package var deliveries: [Delivery]
    /// When the next ready delivery beyond these is due: in the past where a limit cut the list; nil where there is none,
    /// and for a load of outage failures.
    package var next: Timestamp?

    package init(destination: String, deliveries: [Delivery], next: Timestamp?) {
        self.destination = destination
        self.deliveries = deliveries
        self.next = next
    }
}

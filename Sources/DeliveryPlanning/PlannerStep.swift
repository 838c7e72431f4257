package import RelayModel

/// What is to be done now.
package struct PlannerStep: Sendable {
    /// Requests to send, in this order; each is in flight until `DeliveryPlanner.finish`.
    package var attempts: [Delivery]
    /// Deliveries to read back from the outbox.
    package var loads: [LoadRequest]
    /// When `advance` is to be called again, if nothing happens before; nil: only when something happened.
    package var wakeAt: Timestamp?

    package init(attempts: [Delivery] = [], loads: [LoadRequest] = [], wakeAt: Timestamp? = nil) {
        self.attempts = attempts
        self.loads = loads
        self.wakeAt = wakeAt
    }
}

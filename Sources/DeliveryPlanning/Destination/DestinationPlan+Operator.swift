import RelayModel

/// What an operator did to deliveries.
extension DestinationPlan {
    /// Takes a delivery as an operator's action left it on disk, in place of what is held of it.
    mutating func renew(_ delivery: Delivery, now: Timestamp) {
        guard isConfigured else { return }
        if let flight = flights[delivery.id] {
            // Discarded and brought back while it is in flight: its outcome counts again.
            if flight.isWithdrawn {
                flights[delivery.id]?.isWithdrawn = false
                flights[delivery.id]?.delivery.attempts = delivery.attempts
                flights[delivery.id]?.delivery.isRevived = delivery.isRevived
            }
            return
        }
        guard let held = window.remove(delivery.id) else { return offer(delivery, now: now) }
        // An outcome may have been judged here and not been committed yet when the action was.
        var delivery = delivery
        delivery.attempts = max(delivery.attempts, held.attempts)
        delivery.recordedAttempts = max(delivery.recordedAttempts, held.recordedAttempts)
        hold(delivery, now: now)
    }

    /// Gives up those of `ids` that are held here; returns whether there were any.
    ///
    /// The disk is asked about them once more, so that one that was brought back since is not forgotten.
    mutating func withdraw(_ ids: [DeliveryID]) -> Bool {
        var hasChanged = false
        for id in ids {
            if flights[id] != nil {
                flights[id]?.isWithdrawn = true
            } else if let held = window.remove(id) {
                noteOnDisk(held)
            } else {
                continue
            }
            released.remove(id)
            hasChanged = true
        }
        if hasChanged { endOutage() }
        return hasChanged
    }
}

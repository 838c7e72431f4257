import OutboxStorage

extension OutboxFill {
    /// Why the relay is not ready, or soon will not be, for the room in its outbox; nil while there is enough.
    var reasonNotReady: String? {
        let share = maxSize > 0 ? keptSize * 100 / maxSize : 100
        switch level {
        case .roomy: return nil
        case .nearlyFull:
            return "what has to be kept takes \(share) % of outbox.maxSize: at 100 % the feeds are not read"
        case .full:
            return "what has to be kept fills outbox.maxSize: the feeds are not read until deliveries have ended"
        }
    }
}

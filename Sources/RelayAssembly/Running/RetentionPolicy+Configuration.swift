import OutboxStorage
import RelayConfig

extension RetentionPolicy {
    /// What the configuration's `outbox` asks for.
    init(of configuration: OutboxConfiguration) {
        self.init(
            retention: configuration.retention, deadRetention: configuration.deadRetention,
            maxSize: configuration.maxSize)
    }
}

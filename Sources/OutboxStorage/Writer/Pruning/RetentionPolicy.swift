/// How long what has ended is kept, and how much the outbox may hold; the contract's section 1.
package struct RetentionPolicy: Hashable, Sendable {
    /// Delivered ones.
    package var retention: Duration
    /// Dead and discarded ones.
    package var deadRetention: Duration
    /// Bytes in use, free pages not counted.
    package var maxSize: Int64

    package init(retention: Duration, deadRetention: Duration, maxSize: Int64) {
        self.retention = retention
        self.deadRetention = deadRetention
        self.maxSize = maxSize
    }
}

/// How much of the outbox what has to be kept takes: waiting and dead deliveries, recent payments, the ledger.
package struct OutboxFill: Hashable, Sendable {
    package enum Level: Int, Hashable, Comparable, Sendable {
        case roomy
        /// From 80 % of `maxSize`.
        case nearlyFull
        /// The feeds are not read until something was delivered, discarded or forgotten, or payments have grown old enough to go.
        case full

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    package var level: Level
    /// Bytes that waiting and dead deliveries, recent payments and the ledger take, and all bytes in use, at the last look.
    package var keptSize: Int64
    package var size: Int64
    package var maxSize: Int64

    package init(level: Level = .roomy, keptSize: Int64 = 0, size: Int64 = 0, maxSize: Int64) {
        self.level = level
        self.keptSize = keptSize
        self.size = size
        self.maxSize = maxSize
    }
}

/// The place of a delivery in the outbox: deliveries are numbered from 1 in the order of their acceptance.
package struct DeliveryID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: Int64

    package init(_ number: Int64) {
        self.number = number
    }

    package static func < (left: DeliveryID, right: DeliveryID) -> Bool { left.number < right.number }
    package var description: String { String(number) }
}

/// Where a delivery stands.
///
/// `delivered`, `dead` and `discarded` are ends; only an operator brings one back from there.
package enum DeliveryState: String, CaseIterable, Sendable {
    /// Waiting for its turn, its next attempt or its destination.
    case pending
    case delivered
    /// Given up: the schedule is used up, or `giveUpOn` named the answer.
    case dead
    /// Given up by an operator.
    case discarded
}

/// The shape of a webhook's body; the contract's section 3.
package enum BodyFormat: String, CaseIterable, Sendable {
    case standard, cloudevents, raw
}

/// Which deliveries of one destination wait for each other; the contract's section 4.
package enum DeliveryOrder: String, CaseIterable, Sendable {
    case payment, wallet, all, none
}

/// What deliveries queue behind: those of one destination that share a lane go one at a time, in the order of acceptance.
///
/// A stable 64-bit digest. Two lanes that collide merely wait for each other once in 2^64.
package struct LaneKey: Hashable, Sendable {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The lane of everything: `order: all`.
    package static let all = LaneKey(rawValue: 0)

    /// The lane of one payment of one feed: `order: payment`.
    package init(payment: String, feed: String) {
        self.init(digestOf: ["payment", feed, payment])
    }

    /// The lane of one wallet: `order: wallet`.
    package init(wallet: WalletAddress) {
        self.init(digestOf: ["wallet", wallet.canonical])
    }

    /// FNV-1a over the parts, each ended by 0xFF, which UTF-8 never holds.
    ///
    /// Stored on disk: never changes.
    private init(digestOf parts: [String]) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for part in parts {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
        }
        rawValue = Int64(bitPattern: hash)
    }
}

/// What an accepted event becomes for one destination.
package struct NewDelivery: Hashable, Sendable {
    package let destination: String
    /// The rules that matched and deliver here, in the configuration's order.
    package let rules: [String]
    package let format: BodyFormat
    /// What it queues behind; empty when it is free.
    package let lanes: [LaneKey]

    package init(destination: String, rules: [String], format: BodyFormat, lanes: [LaneKey]) {
        self.destination = destination
        self.rules = rules
        self.format = format
        self.lanes = lanes
    }
}

/// One event for one destination, as it waits to be sent.
///
/// Body, rules and format are those of its acceptance.
package struct Delivery: Sendable {
    package let id: DeliveryID
    package let event: Event
    package let destination: String
    package let rules: [String]
    package let format: BodyFormat
    /// Attempts that counted so far.
    package var attempts: Int
    /// Attempts on record so far, those that did not count included: the next one's number less one.
    package var recordedAttempts: Int
    /// Not to be sent before this moment.
    package var notBefore: Timestamp
    /// Its last attempt failed as a destination that is down fails (no HTTP status, or 502, 503, 504) and brought no
    /// Retry-After: when the destination is back it is due at once.
    package var failedByOutage: Bool
    /// An operator brought it back after it had ended.
    package var isRevived: Bool

    package init(
        id: DeliveryID, event: Event, destination: String, rules: [String], format: BodyFormat, attempts: Int = 0,
        recordedAttempts: Int = 0, notBefore: Timestamp, failedByOutage: Bool = false, isRevived: Bool = false
    ) {
        self.id = id
        self.event = event
        self.destination = destination
        self.rules = rules
        self.format = format
        self.attempts = attempts
        self.recordedAttempts = recordedAttempts
        self.notBefore = notBefore
        self.failedByOutage = failedByOutage
        self.isRevived = isRevived
    }
}

package import RelayModel

/// How a relay stands at a moment.
package struct RelayStatus: Sendable {
    package var version: String
    /// False for an outbox that is looked at without its relay: then there are no feeds, and nothing is in flight.
    package var isRunning: Bool
    package var startedAt: Timestamp?
    package var now: Timestamp
    package var reasonsNotReady: [String]
    package var feeds: [FeedStatus]
    package var destinations: [DestinationStatus]
    package var outbox: OutboxStatus
    /// The rules' names with where they deliver to, in the configuration's order.
    package var rules: [RuleStatus]
    /// Nil where `payments` is not configured.
    package var payments: PaymentsStatus?
    /// Branches of rules that no exact value leads to: each event is judged by all of them.
    package var linearRules: Int
    /// Clients that follow the live events now.
    package var liveClients: Int

    package init(
        version: String, isRunning: Bool, startedAt: Timestamp?, now: Timestamp, reasonsNotReady: [String],
        feeds: [FeedStatus], destinations: [DestinationStatus], outbox: OutboxStatus, rules: [RuleStatus],
        payments: PaymentsStatus? = nil, linearRules: Int = 0, liveClients: Int = 0
    ) {
        self.version = version
        self.isRunning = isRunning
        self.startedAt = startedAt
        self.now = now
        self.reasonsNotReady = reasonsNotReady
        self.feeds = feeds
        self.destinations = destinations
        self.outbox = outbox
        self.rules = rules
        self.payments = payments
        self.linearRules = linearRules
        self.liveClients = liveClients
    }
}

/// What was spent, beside what may be, in the asset's units.
package struct PaymentsStatus: Hashable, Sendable {
    /// The wallet's public key; nil for an outbox that is looked at without its relay.
    package var wallet: String?
    package var spentHour: TokenAmount
    package var spentDay: TokenAmount
    package var spentTotal: TokenAmount
    package var perPayment: TokenAmount?
    package var perHour: TokenAmount?
    package var perDay: TokenAmount?
    package var total: TokenAmount?
    /// Payments of which the outcome is not known yet.
    package var unresolved: Int
    /// Entries of the ledger by their state, since its beginning; a state that none has may be left out.
    package var ledger: [LedgerEntry.State: Int]

    package init(
        wallet: String?, spentHour: TokenAmount, spentDay: TokenAmount, spentTotal: TokenAmount,
        perPayment: TokenAmount?, perHour: TokenAmount?, perDay: TokenAmount?, total: TokenAmount?, unresolved: Int,
        ledger: [LedgerEntry.State: Int] = [:]
    ) {
        self.wallet = wallet
        self.spentHour = spentHour
        self.spentDay = spentDay
        self.spentTotal = spentTotal
        self.perPayment = perPayment
        self.perHour = perHour
        self.perDay = perDay
        self.total = total
        self.unresolved = unresolved
        self.ledger = ledger
    }
}

/// How a paid feed stands with its slices.
package struct SliceStatus: Hashable, Sendable {
    /// `paid`, `paying`, `unresolved`, `unpaid` or `stopped`.
    package var state: String
    /// Why it is not paid.
    package var reason: String?
    package var since: Timestamp
    package var paidUntil: Timestamp?
    package var sliceSeconds: Int?
    /// The last price, in the asset's units.
    package var price: TokenAmount?

    package init(
        state: String, reason: String?, since: Timestamp, paidUntil: Timestamp?, sliceSeconds: Int?,
        price: TokenAmount?
    ) {
        self.state = state
        self.reason = reason
        self.since = since
        self.paidUntil = paidUntil
        self.sliceSeconds = sliceSeconds
        self.price = price
    }
}

/// A rule as it is configured.
package struct RuleStatus: Hashable, Sendable {
    package var name: String
    package var deliverTo: [String]
    /// Nil for all feeds.
    package var feeds: [String]?

    package init(name: String, deliverTo: [String], feeds: [String]?) {
        self.name = name
        self.deliverTo = deliverTo
        self.feeds = feeds
    }
}

/// How a feed stands.
package struct FeedStatus: Hashable, Sendable {
    package enum State: String, Hashable, Sendable {
        /// No connection is subscribed.
        case down
        /// At least one connection is subscribed, and nothing is wrong.
        case connected
        /// It is subscribed, but does not bring all that it should.
        case unhealthy
    }

    package struct Gap: Hashable, Sendable {
        package var from: Timestamp
        package var to: Timestamp
        package var cause: String

        package init(from: Timestamp, to: Timestamp, cause: String) {
            self.from = from
            self.to = to
            self.cause = cause
        }
    }

    /// Something that went wrong, and when.
    package struct Failure: Hashable, Sendable {
        package var at: Timestamp
        package var reason: String

        package init(at: Timestamp, reason: String) {
            self.at = at
            self.reason = reason
        }
    }

    /// How many events came within the last minute.
    package struct Rate: Hashable, Sendable {
        package var received: Int
        package var matched: Int

        package init(received: Int = 0, matched: Int = 0) {
            self.received = received
            self.matched = matched
        }
    }

    package var name: String
    package var protocolName: String
    /// Without user, password and query.
    package var url: String
    package var state: State
    /// Why it is down or unhealthy.
    package var reason: String?
    /// Since when it is in this state.
    package var since: Timestamp
    /// Connections that are subscribed now, and how many are configured.
    package var connections: Int
    package var configuredConnections: Int
    package var isReading: Bool
    package var lastMessageAt: Timestamp?
    /// Since the relay started.
    package var gaps: Int
    package var gapTime: Duration
    package var refusedKeys: [String]
    package var received: Int
    /// Some rule matched, or may match once the payment it belongs to is known.
    package var matched: Int
    package var repeated: Int
    package var malformed: Int
    package var reconnects: Int
    /// Nil for a feed that is not paid.
    package var slice: SliceStatus?
    /// The latest gaps since the relay started, newest first: at most `gapsShown`.
    package var recentGaps: [Gap]
    package var lastGap: Gap? { recentGaps.first }
    /// What the last connection that was lost, or could not be made, failed with; also where it is up again.
    package var lastFailure: Failure?
    package var lastMinute: Rate

    package static let gapsShown = 20

    package init(
        name: String, protocolName: String, url: String, state: State, reason: String?, since: Timestamp,
        connections: Int, configuredConnections: Int, isReading: Bool, lastMessageAt: Timestamp?, gaps: Int,
        gapTime: Duration, refusedKeys: [String], received: Int, matched: Int, repeated: Int,
        malformed: Int, reconnects: Int, slice: SliceStatus? = nil, recentGaps: [Gap] = [],
        lastFailure: Failure? = nil, lastMinute: Rate = Rate()
    ) {
        self.name = name
        self.protocolName = protocolName
        self.url = url
        self.state = state
        self.reason = reason
        self.since = since
        self.connections = connections
        self.configuredConnections = configuredConnections
        self.isReading = isReading
        self.lastMessageAt = lastMessageAt
        self.gaps = gaps
        self.gapTime = gapTime
        self.refusedKeys = refusedKeys
        self.received = received
        self.matched = matched
        self.repeated = repeated
        self.malformed = malformed
        self.reconnects = reconnects
        self.slice = slice
        self.recentGaps = recentGaps
        self.lastFailure = lastFailure
        self.lastMinute = lastMinute
    }
}

/// How a destination stands.
package struct DestinationStatus: Hashable, Sendable {
    package enum State: String, Hashable, Sendable {
        case active, down, paused, disabled
        /// Deliveries wait for it, but the configuration does not name it any longer.
        case removed
    }

    /// How much happened within the last minute.
    package struct Rate: Hashable, Sendable {
        package var delivered: Int
        /// Attempts that failed.
        package var failed: Int

        package init(delivered: Int = 0, failed: Int = 0) {
            self.delivered = delivered
            self.failed = failed
        }
    }

    package var name: String
    /// Without user, password and query; nil where it is not configured.
    package var url: String?
    package var state: State
    /// Why it is down, paused or disabled.
    package var reason: String?
    package var since: Timestamp?
    package var counts: DeliveryCounts
    package var inFlight: Int
    /// What came and ended since the relay started, by the outbox's transactions.
    package var turns: DeliveryTurns
    /// What was sent since the relay started.
    package var measures: DestinationMeasures
    package var lastMinute: Rate
    /// The last failed attempt since the relay started; also where later ones succeeded.
    package var lastFailure: FeedStatus.Failure?
    package var lastSuccess: Timestamp?

    package init(
        name: String, url: String?, state: State, reason: String?, since: Timestamp?, counts: DeliveryCounts,
        inFlight: Int, turns: DeliveryTurns = DeliveryTurns(), measures: DestinationMeasures = DestinationMeasures(),
        lastMinute: Rate = Rate(), lastFailure: FeedStatus.Failure? = nil, lastSuccess: Timestamp? = nil
    ) {
        self.name = name
        self.url = url
        self.state = state
        self.reason = reason
        self.since = since
        self.counts = counts
        self.inFlight = inFlight
        self.turns = turns
        self.measures = measures
        self.lastMinute = lastMinute
        self.lastFailure = lastFailure
        self.lastSuccess = lastSuccess
    }
}

/// How the outbox stands.
package struct OutboxStatus: Hashable, Sendable {
    package var path: String
    /// Bytes in use, free pages not counted.
    package var size: Int64
    package var maxSize: Int64
    /// Why nothing can be written; nil where all is well.
    package var trouble: String?
    /// The feeds are not read, since it cannot take more.
    package var isPressed: Bool
    /// Bytes of what has to be kept, as it was last looked at.
    package var keptSize: Int64
    /// Transactions since the relay started, and how long each took, the sync included.
    package var commits: Histogram

    package init(
        path: String, size: Int64, maxSize: Int64, trouble: String?, isPressed: Bool, keptSize: Int64 = 0,
        commits: Histogram = .commits
    ) {
        self.path = path
        self.size = size
        self.maxSize = maxSize
        self.trouble = trouble
        self.isPressed = isPressed
        self.keptSize = keptSize
        self.commits = commits
    }
}

/// What is remembered of a paid feed beside its payments.
package struct StreamStanding: Hashable, Sendable {
    package var feed: String
    /// What the rest is about; a feed that is configured for another starts anew.
    package var resource: StreamResource
    /// The token in use, whether bought or configured; nil where there is none that may work.
    package var token: Secret?
    /// How long a slice lasts, as the stream said last.
    package var sliceSeconds: Int?
    /// When the slice ends that is paid for, by the relay's clock, as far as that is known.
    package var paidUntil: Timestamp?
    /// Payments in a row that landed and gave nothing.
    package var unservedInRow: Int

    package init(
        feed: String, resource: StreamResource, token: Secret? = nil, sliceSeconds: Int? = nil,
        paidUntil: Timestamp? = nil, unservedInRow: Int = 0
    ) {
        self.feed = feed
        self.resource = resource
        self.token = token
        self.sliceSeconds = sliceSeconds
        self.paidUntil = paidUntil
        self.unservedInRow = unservedInRow
    }
}

/// What is written of payments in one transaction, together with the relay's own events about it.
package struct LedgerChange: Hashable, Sendable {
    /// New entries and changed ones, by their id.
    package var entries: [LedgerEntry]
    /// By their feed.
    package var standings: [StreamStanding]
    package var own: [OwnEvent]

    package init(entries: [LedgerEntry] = [], standings: [StreamStanding] = [], own: [OwnEvent] = []) {
        self.entries = entries
        self.standings = standings
        self.own = own
    }
}

/// What the ledger remembers, read once when the outbox is opened.
package struct LedgerMemory: Hashable, Sendable {
    /// A payment that counts as spent.
    package struct Spend: Hashable, Sendable {
        package var id: PaymentID
        package var at: Timestamp
        package var units: TokenAmount

        package init(id: PaymentID, at: Timestamp, units: TokenAmount) {
            self.id = id
            self.at = at
            self.units = units
        }
    }

    /// The last payment of a feed for a resource that counts as spent.
    package struct Price: Hashable, Sendable {
        package var feed: String
        package var resource: StreamResource
        package var asset: String
        package var units: TokenAmount

        package init(feed: String, resource: StreamResource, asset: String, units: TokenAmount) {
            self.feed = feed
            self.resource = resource
            self.asset = asset
            self.units = units
        }
    }

    /// How far back a payment is told by itself: the longest window of the limits.
    package static let window = Duration.seconds(86_400)

    /// Those signed less than 24 hours before the outbox was opened, and those of later moments, oldest first.
    package var recent: [Spend]
    /// The sum of all others that count as spent.
    package var before: TokenAmount
    /// The last price of each feed and resource.
    package var prices: [Price]
    /// The recipient of each feed's first payment that counts as spent.
    package var firstRecipients: [String: String]
    /// Entries whose state is not final, oldest first.
    package var open: [LedgerEntry]
    package var standings: [StreamStanding]
    /// The highest number ever given to an entry; 0 before the first.
    package var lastID: PaymentID

    package init(
        recent: [Spend] = [], before: TokenAmount = .zero, prices: [Price] = [],
        firstRecipients: [String: String] = [:], open: [LedgerEntry] = [], standings: [StreamStanding] = [],
        lastID: PaymentID = PaymentID(0)
    ) {
        self.recent = recent
        self.before = before
        self.prices = prices
        self.firstRecipients = firstRecipients
        self.open = open
        self.standings = standings
        self.lastID = lastID
    }
}

/// Which payments a listing shows; what is nil does not count.
package struct LedgerFilter: Hashable, Sendable {
    package var feed: String?
    package var state: LedgerEntry.State?
    /// Signed at this moment or later.
    package var since: Timestamp?
    /// Signed before this moment.
    package var until: Timestamp?

    package init(
        feed: String? = nil, state: LedgerEntry.State? = nil, since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.feed = feed
        self.state = state
        self.since = since
        self.until = until
    }
}

/// One page of the ledger.
package struct LedgerPage: Hashable, Sendable {
    package var payments: [LedgerEntry]
    /// Where the next page begins; nil on the last one.
    package var cursor: PaymentID?

    package init(payments: [LedgerEntry], cursor: PaymentID?) {
        self.payments = payments
        self.cursor = cursor
    }
}

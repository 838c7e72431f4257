package import RelayModel

/// What the API asks of a relay: one that runs, or, when it is down, its outbox alone.
///
/// Every function may be called from any task, several at once. What a function changed is on disk when it returns.
package protocol RelayControl: Sendable {
    /// Why the relay is not ready; empty where it is.
    func reasonsNotReady() async -> [String]
    func status() async throws(ControlError) -> RelayStatus
    /// What happened in the last hour, in steps.
    func history() async throws(ControlError) -> RelayHistory
    /// The events as they are taken; nil where no relay runs.
    var live: LiveEvents? { get }
    func deliveries(
        _ filter: DeliveryFilter, isNewestFirst: Bool, cursor: DeliveryID?, limit: Int
    ) async throws(ControlError) -> DeliveryPage
    func delivery(_ id: DeliveryID) async throws(ControlError) -> DeliveryDetail
    /// The delivery as it stands afterwards.
    func retry(_ id: DeliveryID) async throws(ControlError) -> DeliverySummary
    func discard(_ id: DeliveryID) async throws(ControlError) -> DeliverySummary
    /// How many deliveries are sent again.
    func replay(_ filter: DeliveryFilter) async throws(ControlError) -> Int
    func pause(_ destination: String) async throws(ControlError) -> DestinationStatus
    func resume(_ destination: String) async throws(ControlError) -> DestinationStatus
    /// The delivery that carries the test.
    func test(_ destination: String) async throws(ControlError) -> DeliverySummary
    /// One page of the ledger; see `OutboxReading`.
    func payments(
        _ filter: LedgerFilter, isNewestFirst: Bool, cursor: PaymentID?, limit: Int
    ) async throws(ControlError) -> LedgerPage
    func payment(_ id: PaymentID) async throws(ControlError) -> LedgerEntry
    /// Reads the configuration file anew and applies it.
    func reload() async throws(ControlError) -> ReloadReport
    /// Judges a raw event as if it had come from `feed`; nil for the only one.
    func match(_ event: [UInt8], feed: String?) async throws(ControlError) -> MatchReport
}

/// Why the relay did not do what was asked.
package enum ControlError: Error, Hashable, Sendable {
    /// There is no such delivery.
    case unknownDelivery(DeliveryID)
    /// There is no such payment.
    case unknownPayment(PaymentID)
    /// No delivery carries this event.
    case unknownEvent(EventID)
    /// Neither the configuration nor any delivery names this rule; with the names there are.
    case unknownRule(String, known: [String])
    /// There is no such destination; with the names there are.
    case unknownDestination(String, known: [String])
    /// There is no such feed, or more than one and none was named; with the names there are.
    case unknownFeed(String?, known: [String])
    /// It stands in a state in which this cannot be done, as a sentence.
    case conflict(String)
    /// The value of a parameter is wrong, as a sentence.
    case invalid(String)
    /// The configuration file has faults: each with its place, and all of them.
    case configurationFaults([String])
    /// The relay, or what it stands on, cannot do it now, as a sentence.
    case unavailable(String)
}

/// What a reload did.
package struct ReloadReport: Hashable, Sendable {
    /// What is in force now and was not before, one clause each: `destinations.billing changed`; empty where nothing changed.
    package var applied: [String]
    /// What changed in the file but needs a restart, one clause each.
    package var needsRestart: [String]
    package var warnings: [String]

    package init(applied: [String], needsRestart: [String], warnings: [String]) {
        self.applied = applied
        self.needsRestart = needsRestart
        self.warnings = warnings
    }
}

/// Which rules an event matches, and why not the others.
package struct MatchReport: Hashable, Sendable {
    package struct Rule: Hashable, Sendable {
        package let name: String
        /// The first condition that failed, with the event's value; nil where the rule matches.
        package let reason: String?

        package init(name: String, reason: String?) {
            self.name = name
            self.reason = reason
        }
    }

    package var feed: String
    /// In the configuration's order.
    package var rules: [Rule]

    package init(feed: String, rules: [Rule]) {
        self.feed = feed
        self.rules = rules
    }
}

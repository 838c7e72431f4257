import AdminAPI
import RelayModel

/// Relays that answer with all that there can be, and with as little as there can be.
enum OpenAPISamples {
    private static let now = Samples.now
    private static let failure = FeedStatus.Failure(at: now, reason: "connect: refused")
    private static let measured = measure(.requests)
    private static let eventBytes = Array(#"{"type":"payment","amount":0.10000000000000000001}"#.utf8)

    private static func measure(_ histogram: Histogram) -> Histogram {
        var histogram = histogram
        for milliseconds in [1, 20, 300, 40_000] { histogram.record(.milliseconds(milliseconds)) }
        return histogram
    }

    /// Everything that can be there is.
    static func full(_ script: inout ScriptedControl.Script) {
        script.status = status
        script.history = RelayHistory(steps: [
            step(at: now - RelayHistory.interval, latency: .deliveries), step(at: now, latency: measure(.deliveries)),
        ])
        script.detail = Samples.detail(event: eventBytes)
        script.detail.event = live(isFull: true).event
        script.detail.summary.state = .dead
        script.detail.summary.next = nil
        script.detail.summary.endedAt = now
        script.detail.request = ShownRequest(
            method: "POST", url: "https://billing.example.com/hook",
            headers: [.init("webhook-id", "evt_1"), .init("authorization", nil)], body: eventBytes)
        script.detail.attempts = [
            AttemptRecord(
                number: 1, startedAt: now, duration: .milliseconds(1250), status: 503, error: "status 503",
                answer: Array("busy".utf8), signedAt: now.seconds)
        ]
    }

    /// What can be missing is missing.
    static func bare(_ script: inout ScriptedControl.Script) {
        script.status = RelayStatus(
            version: "1.0.0", isRunning: false, startedAt: nil, now: now, reasonsNotReady: [],
            feeds: [
                feed {
                    $0.slice = SliceStatus(
                        state: "paid", reason: nil, since: now, paidUntil: nil, sliceSeconds: nil, price: nil)
                }, feed { _ in },
            ],
            destinations: [
                DestinationStatus(
                    name: "old", url: nil, state: .removed, reason: nil, since: nil, counts: DeliveryCounts(),
                    inFlight: 0)
            ],
            outbox: OutboxStatus(path: "/data", size: 0, maxSize: 1, trouble: nil, isPressed: false),
            rules: [RuleStatus(name: "all", deliverTo: [], feeds: nil)],
            payments: PaymentsStatus(
                wallet: nil, spentHour: .zero, spentDay: .zero, spentTotal: .zero, perPayment: nil, perHour: nil,
                perDay: nil, total: nil, unresolved: 0))
        script.page = DeliveryPage(deliveries: [], cursor: nil)
        script.ledger = LedgerPage(payments: [signed], cursor: nil)
        var summary = Samples.pending
        summary.feed = nil
        summary.lastError = nil
        script.detail = DeliveryDetail(
            summary: summary,
            event: Event(
                id: Samples.eventID, feed: nil, type: "relay.test", timestamp: now, receivedAt: now, sender: nil,
                recipient: nil, amount: nil, payment: nil, data: Array("{}".utf8)),
            attempts: [
                AttemptRecord(
                    number: 1, startedAt: now, duration: .zero, status: nil, error: nil, answer: nil, signedAt: nil)
            ])
    }

    /// Nothing is paid for.
    static func unpaid(_ script: inout ScriptedControl.Script) {
        script.status.payments = nil
    }

    /// An event as it passes, with a payment and a feed or with neither.
    static func live(isFull: Bool) -> LiveEvent {
        LiveEvent(
            event: Event(
                id: Samples.eventID, feed: isFull ? "payments" : nil, type: "payment", timestamp: now, receivedAt: now,
                sender: isFull ? "alice" : nil, recipient: isFull ? "bob" : nil, amount: isFull ? "0.10" : nil,
                payment: isFull ? eventBytes : nil, data: eventBytes),
            rules: ["paid"], destinations: ["billing"])
    }

    private static let status = RelayStatus(
        version: "1.0.0", isRunning: true, startedAt: now, now: now, reasonsNotReady: ["feed down"],
        feeds: [
            feed {
                $0.reason = "refused"
                $0.lastMessageAt = now
                $0.recentGaps = [.init(from: now, to: now, cause: "it ended")]
                $0.refusedKeys = ["x"]
                $0.lastFailure = failure
                $0.slice = Samples.slice
            }
        ],
        destinations: [
            DestinationStatus(
                name: "billing", url: "https://billing.example.com/hook", state: .paused, reason: "by an operator",
                since: now, counts: Samples.destination.counts, inFlight: 1,
                measures: DestinationMeasures(attemptDuration: measured, latency: measured), lastFailure: failure,
                lastSuccess: now)
        ],
        outbox: OutboxStatus(
            path: "/data/outbox.sqlite", size: 4096, maxSize: 8192, trouble: "disk full", isPressed: true,
            commits: measure(.commits)),
        rules: [RuleStatus(name: "paid", deliverTo: ["billing"], feeds: ["payments"])],
        payments: PaymentsStatus(
            wallet: "Paye", spentHour: units, spentDay: units, spentTotal: units, perPayment: units, perHour: units,
            perDay: units, total: units, unresolved: 1, ledger: [.settled: 3]))

    private static let units = TokenAmount("12.5") ?? .zero

    private static var signed: LedgerEntry {
        var entry = Samples.settled
        entry.state = .signed
        entry.served = nil
        entry.transaction = nil
        entry.sentAt = nil
        entry.endedAt = nil
        return entry
    }

    private static func feed(_ change: (inout FeedStatus) -> Void) -> FeedStatus {
        var feed = FeedStatus(
            name: "payments", protocolName: "interface402", url: "wss://feed.example.com", state: .down, reason: nil,
            since: now, connections: 0, configuredConnections: 2, isReading: true, lastMessageAt: nil, gaps: 1,
            gapTime: .milliseconds(61_005), refusedKeys: [], received: 10, matched: 5, repeated: 4,
            malformed: 3, reconnects: 2)
        change(&feed)
        return feed
    }

    private static func step(at time: Timestamp, latency: Histogram) -> RelayHistory.Step {
        RelayHistory.Step(
            at: time, received: 3, matched: 2, delivered: 1, failed: 1, latency: latency,
            waiting: latency.count > 0 ? 4 : nil, backlog: latency.count > 0 ? ["billing": 4] : [:])
    }
}

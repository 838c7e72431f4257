import AdminAPI
import RelayModel

/// Values that stand for a relay's.
enum Samples {
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    static let eventID = EventID(high: 0x2B7E_1516_28AE_D2A6, low: 0xABF7_1588_09CF_4F3C)

    static let pending = DeliverySummary(
        id: DeliveryID(9_007_199_254_740_993), event: eventID, type: "payment", feed: "payments",
        destination: "billing", rules: ["paid", "large"], format: .standard, state: .pending, attempts: 2,
        receivedAt: now, next: now + .seconds(5), endedAt: nil, lastError: "status 503")

    static let delivered = DeliverySummary(
        id: DeliveryID(12), event: eventID, type: "relay.test", feed: nil, destination: "audit", rules: [],
        format: .raw, state: .delivered, attempts: 1, receivedAt: now, next: nil, endedAt: now + .milliseconds(7),
        lastError: nil)

    static func detail(event: [UInt8], payment: [UInt8]? = Array(#"{"id":"p1"}"#.utf8)) -> DeliveryDetail {
        DeliveryDetail(
            summary: pending,
            event: Event(
                id: eventID, feed: "payments", type: "payment", timestamp: now, receivedAt: now, sender: "alice",
                recipient: nil, amount: "0.10", payment: payment, data: event),
            attempts: [
                AttemptRecord(
                    number: 1, startedAt: now, duration: .milliseconds(1250), status: 503, error: "status 503",
                    answer: Array("a \"busy\" day\n".utf8)),
                AttemptRecord(
                    number: 2, startedAt: now, duration: .milliseconds(3), status: nil, error: "connect: refused",
                    answer: nil, signedAt: 1_700_000_000),
            ], recordedAttempts: 69_000,
            request: ShownRequest(
                method: "POST", url: "https://billing.example.com/hook",
                headers: [.init("webhook-id", eventID.description), .init("authorization", nil)],
                body: Array(#"{"a":"\u00e9"}"#.utf8)))
    }

    static let destination = DestinationStatus(
        name: "billing", url: "https://billing.example.com/hook", state: .paused, reason: "by an operator", since: now,
        counts: DeliveryCounts(pending: 4, delivered: 30, dead: 2, discarded: 1, oldestPending: now), inFlight: 1,
        turns: DeliveryTurns(accepted: 9, delivered: 6, dead: 2, discarded: 1), measures: measures,
        lastMinute: .init(delivered: 5, failed: 4), lastFailure: .init(at: now, reason: "status 503"),
        lastSuccess: now)

    private static var measures: DestinationMeasures {
        var measures = DestinationMeasures(attempts: .init(succeeded: 6, refused: 3, unanswered: 2))
        measures.attemptDuration.record(.milliseconds(2))
        return measures
    }

    static let history = RelayHistory(steps: [
        .init(
            at: now - RelayHistory.interval, received: 3, matched: 2, delivered: 1, failed: 0,
            latency: measures.attemptDuration, waiting: 9,
            backlog: ["billing": 7]),
        .init(
            at: now, received: 5, matched: 4, delivered: 0, failed: 6, latency: .deliveries, waiting: nil,
            backlog: ["audit": 8]),
    ])

    static let status = RelayStatus(
        version: "1.0.0", isRunning: true, startedAt: now - .seconds(60), now: now, reasonsNotReady: ["feed down"],
        feeds: [
            FeedStatus(
                name: "payments", protocolName: "interface402", url: "wss://feed.example.com", state: .down,
                reason: "refused", since: now, connections: 0, configuredConnections: 2, isReading: true,
                lastMessageAt: nil, gaps: 1, gapTime: .milliseconds(61_005),
                refusedKeys: ["x"], received: 10, matched: 5, repeated: 4, malformed: 3, reconnects: 2,
                recentGaps: [.init(from: now - .seconds(1), to: now, cause: "a pause")],
                lastFailure: .init(at: now, reason: "connect: refused"), lastMinute: .init(received: 8, matched: 7))
        ],
        destinations: [destination],
        outbox: OutboxStatus(
            path: "/data/outbox.sqlite", size: 4096, maxSize: 8192, trouble: nil, isPressed: false, keptSize: 2048),
        rules: [RuleStatus(name: "paid", deliverTo: ["billing"], feeds: nil)], linearRules: 2, liveClients: 3)
}

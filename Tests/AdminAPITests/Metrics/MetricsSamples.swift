import RelayModel

@testable import AdminAPI

/// A relay that has every series.
enum MetricsSamples {
    static let now = Timestamp(milliseconds: 1_700_000_000_123)

    static func feed(_ name: String, slice: SliceStatus? = nil) -> FeedStatus {
        FeedStatus(
            name: name, protocolName: "interface402", url: "wss://feed.example.com", state: .connected, reason: nil,
            since: now, connections: 1, configuredConnections: 2, isReading: true, lastMessageAt: now, gaps: 1,
            gapTime: .milliseconds(61_005), refusedKeys: ["x", "y"], received: 10, matched: 5,
            repeated: 4, malformed: 3, reconnects: 2, slice: slice)
    }

    static func slice(_ state: String, paidUntil: Timestamp? = now + .seconds(300)) -> SliceStatus {
        SliceStatus(state: state, reason: nil, since: now, paidUntil: paidUntil, sliceSeconds: 300, price: nil)
    }

    static func destination(_ name: String, _ state: DestinationStatus.State = .active) -> DestinationStatus {
        var measures = DestinationMeasures(
            attempts: .init(succeeded: 30, refused: 2, unanswered: 1),
            attemptDuration: Histogram(bounds: [.milliseconds(1), .milliseconds(250), .seconds(1)]),
            latency: Histogram(bounds: [.microseconds(250), .seconds(60)]))
        for duration in [1, 1, 2, 250, 251, 1001, 60_000] { measures.attemptDuration.record(.milliseconds(duration)) }
        measures.latency.record(.nanoseconds(250_001))
        return DestinationStatus(
            name: name, url: "https://billing.example.com/hook", state: state, reason: nil, since: nil,
            counts: DeliveryCounts(pending: 4, delivered: 30, dead: 2, discarded: 1, oldestPending: now - .seconds(90)),
            inFlight: 1, turns: DeliveryTurns(accepted: 37, delivered: 30, dead: 2, discarded: 1), measures: measures)
    }

    static let status: RelayStatus = {
        var commits = Histogram(bounds: [.microseconds(250), .milliseconds(5)])
        commits.record(.microseconds(200))
        commits.record(.seconds(1))
        return RelayStatus(
            version: "1.0.0", isRunning: true, startedAt: now, now: now, reasonsNotReady: [],
            feeds: [feed("solana", slice: slice("paid"))], destinations: [destination("billing", .down)],
            outbox: OutboxStatus(
                path: "/data/outbox.sqlite", size: 4096, maxSize: 10_737_418_240, trouble: nil, isPressed: false,
                keptSize: 2048, commits: commits),
            rules: [RuleStatus(name: "paid", deliverTo: ["billing"], feeds: nil)],
            payments: PaymentsStatus(
                wallet: "Paye", spentHour: amount("0.03"), spentDay: amount("1.5"), spentTotal: amount("12"),
                perPayment: amount("0.5"), perHour: amount("2"), perDay: amount("50"),
                total: amount("18446744073709551615.000000000000000001"), unresolved: 1,
                ledger: [.settled: 7, .unknown: 1]),
            linearRules: 2, liveClients: 3)
    }()

    static let process: ProcessFigures = {
        // As proc(5) has it, of a program with a hostile name.
        var figures = ProcessFigures(
            stat: Array(
                """
                4711 (x) R 1 (a 2) S 1 4711 4711 0 -1 4194560 900 0 5 0 1250 75 0 0 20 0 9 0 12345 298479616 6400 \
                18446744073709551615 1 1 0 0 0 0 0 4096 17642 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0

                """.utf8),
            bootedAt: now - .seconds(1000), ticksPerSecond: 100, pageSize: 4096)
        figures.openFiles = 70
        figures.openFilesLimit = 1_048_576
        return figures
    }()

    private static func amount(_ text: String) -> TokenAmount { TokenAmount(text) ?? .zero }
}

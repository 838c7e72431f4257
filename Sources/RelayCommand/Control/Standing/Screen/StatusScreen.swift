import RelayModel

/// How a relay stands, as a screen that a person reads: what is wrong comes first.
enum StatusScreen {
    /// Reasons that are shown where not all are asked for: with hundreds of feeds there are as many.
    private static let reasonsShown = 10

    /// - Parameter width: columns of the terminal; nil for lines of any length.
    static func lines(_ status: JSONFields, width: Int?, showsAll: Bool) -> [InkedLine] {
        let now = status.time("now") ?? RelayClock.wallTime
        let isRunning = status.isTrue("running")
        let head = head(status, isRunning: isRunning, showsAll: showsAll, now: now)
        var blocks = [(head + outbox(status) + payments(status)).flatMap { $0.folded(to: width) }]
        let feeds = status.objects("feeds").map { FeedScreen.of($0, now: now) }
        if !feeds.isEmpty {
            blocks.append(Standing.lines(feeds, in: FeedScreen.table, width: width, showsAll: showsAll))
        } else if isRunning {
            blocks.append([InkedLine("no feeds", .warning)])
        }
        let destinations = status.objects("destinations").map {
            DestinationScreen.of($0, isRunning: isRunning, now: now)
        }
        blocks.append(
            destinations.isEmpty
                ? [InkedLine("no destinations", .warning)]
                : Standing.lines(destinations, in: DestinationScreen.table, width: width, showsAll: showsAll))
        if let foot = foot(status) { blocks.append(foot.folded(to: width)) }
        return Array(blocks.joined(separator: [InkedLine()]))
    }

    private static func head(
        _ status: JSONFields, isRunning: Bool, showsAll: Bool, now: Timestamp
    ) -> [InkedLine] {
        guard isRunning else {
            return [
                InkedLine([
                    .init("the relay is not running", .bad), .init("; its outbox holds what follows"),
                ])
            ]
        }
        let since = status.time("startedAt").map { ", up \(ReadableText.span(now - $0))" } ?? ""
        let isReady = status.isTrue("ready")
        let first = InkedLine([
            .init("x402-relay \(status["version"] ?? "")", .heading), .init("\(since), "),
            .init(isReady ? "ready" : "NOT READY", isReady ? .good : .bad),
        ])
        let reasons = status.strings("reasons")
        let shown = showsAll ? reasons[...] : reasons.prefix(reasonsShown)
        var lines = [first] + shown.map { InkedLine("  \(ScreenText.reason($0))", .bad, hanging: 4) }
        if shown.count < reasons.count {
            lines.append(InkedLine("  and \(reasons.count - shown.count) more reasons: --all shows them", .bad))
        }
        return lines
    }

    private static func outbox(_ status: JSONFields) -> [InkedLine] {
        guard let outbox = status.object("outbox") else { return [] }
        let (kept, most) = (outbox.integer("keptSize"), outbox.integer("maxSize"))
        // As `/readyz` has it: from 80 of a hundred on.
        let isNearlyFull = most > 0 && kept / 4 >= most / 5
        let path = outbox["path"] ?? ""
        var line = InkedLine("outbox \(path): \(ReadableText.size(outbox.integer("size"))) of ", hanging: 2)
        line.add(ReadableText.size(most))
        if kept > 0 {
            line.add(", \(ReadableText.size(kept)) must be kept", isNearlyFull ? .warning : .plain)
        }
        if isNearlyFull { line.add(", nearly full", .warning) }
        if let duration = outbox.object("commitDuration"), let p95 = duration["p95"] {
            let commits = ReadableText.count(outbox.integer("commits"), "commit", "commits")
            line.add(", \(commits), p95 \(ReadableText.span(seconds: p95))")
        }
        var lines = [line]
        if let trouble = outbox["trouble"] {
            lines.append(InkedLine("  outbox trouble: \(ScreenText.reason(trouble))", .bad, hanging: 4))
        }
        if outbox.isTrue("pressed") {
            lines.append(InkedLine("  it cannot take more now: the feeds are not read", .bad, hanging: 4))
        }
        return lines
    }

    private static func payments(_ status: JSONFields) -> [InkedLine] {
        guard let payments = status.object("payments"), PaymentText.hasAny(payments) else { return [] }
        return PaymentText.spend(payments).map { InkedLine($0, hanging: 2) }
            + PaymentText.pressure(payments).map {
                InkedLine("  \($0.text)", $0.isReached ? .bad : .warning, hanging: 4)
            }
    }

    /// What is neither well nor wrong.
    private static func foot(_ status: JSONFields) -> InkedLine? {
        let (linear, clients) = (status.integer("linearRules"), status.integer("liveClients"))
        var parts: [String] = []
        if linear > 0 {
            let branches = ReadableText.count(linear, "branch of a rule", "branches of rules")
            parts.append("\(branches) judged for each event, since no exact value leads there")
        }
        if clients > 0 {
            parts.append(ReadableText.count(clients, "client follows", "clients follow") + " live events")
        }
        return parts.isEmpty ? nil : InkedLine(parts.joined(separator: "; "), .faint, hanging: 2)
    }
}

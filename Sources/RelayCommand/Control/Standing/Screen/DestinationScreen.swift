import RelayModel

/// Destinations on the screen of `status`.
enum DestinationScreen {
    static let table = ScreenTable(
        "DESTINATION",
        [
            ("STATE", .left), ("WAITING", .right), ("OLDEST", .right), ("LAST MINUTE", .left), ("DEAD", .right),
            ("P50 / P95", .left),
        ])

    /// What waits for longer asks why: the second attempt of the usual schedule has failed by then.
    private static let patience = Duration.seconds(300)

    /// - Parameter isRunning: false where no relay runs, which alone knows what was sent of late.
    static func of(_ destination: JSONFields, isRunning: Bool, now: Timestamp) -> Standing {
        let (state, dead) = (destination["state"] ?? "", destination.integer("dead"))
        let waits = destination.time("oldestPending").map { now - $0 }
        let isLate = waits.map { $0 > patience } ?? false
        let failed = destination.object("lastMinute")?.integer("failed") ?? 0
        let severity: Standing.Severity
        if ["down", "disabled"].contains(state) {
            severity = .bad
        } else if state != "active" || isLate || failed > 0 || dead > 0 {
            severity = .warning
        } else {
            let isRecent = destination.object("lastFailure")?.time("at").map { now - $0 < Standing.recent } ?? false
            severity = isRecent ? .noted : .well
        }
        let ink: Ink = severity == .bad ? .bad : state == "active" ? .good : .warning
        let nameInk: Ink = severity == .bad ? .bad : severity == .warning ? .warning : .plain
        return Standing(
            severity: severity,
            row: ScreenTable.Row(
                name: .init(destination["name"] ?? "", nameInk),
                cells: [
                    .init(state, ink),
                    .init(destination.number("pending")),
                    .init(waits.map(ReadableText.span) ?? "", isLate ? .warning : .plain),
                    .init(isRunning ? rate(destination) : "", failed > 0 ? .warning : .plain),
                    .init(dead > 0 ? "\(dead)" : "", .warning),
                    .init(latency(destination)),
                ],
                notes: notes(destination, state, severity, now)))
    }

    /// What was delivered in the last minute, and what failed; nothing of a relay that does not tell.
    static func rate(_ destination: JSONFields) -> String {
        guard let minute = destination.object("lastMinute") else { return "" }
        let failed = minute.integer("failed")
        return "\(minute.number("delivered")) ok" + (failed > 0 ? ", \(failed) failed" : "")
    }

    /// From receipt to delivery since the start, half and 95 of a hundred; nothing of none.
    static func latency(_ destination: JSONFields) -> String {
        guard let latency = destination.object("sinceStart")?.object("latency"), let half = latency["p50"] else {
            return ""
        }
        return "\(ReadableText.span(seconds: half)) / \(ReadableText.span(seconds: latency["p95"]))"
    }

    private static func notes(
        _ destination: JSONFields, _ state: String, _ severity: Standing.Severity, _ now: Timestamp
    ) -> [InkedLine] {
        let name = destination["name"] ?? ""
        var notes: [InkedLine] = []
        if state != "active" {
            let span = destination.time("since").map { " for \(ReadableText.span(now - $0))" } ?? ""
            let reason = destination["reason"].map { ": \(ScreenText.reason($0))" } ?? ""
            let ink: Ink = severity == .bad ? .bad : .warning
            notes.append(InkedLine("\(state)\(span)\(reason)", ink))
        }
        if ["paused", "disabled"].contains(state) {
            notes.append(InkedLine("to send again: x402-relay destinations resume \(name)"))
        }
        var parts: [String] = []
        if let failure = ScreenText.failure(destination, now) { parts.append(failure) }
        if !severity.isWell, let success = destination.time("lastSuccess") {
            parts.append("the last success \(ReadableText.age(of: success, now: now))")
        }
        if !parts.isEmpty { notes.append(InkedLine(parts.joined(separator: "; "))) }
        if destination.integer("dead") > 0 {
            notes.append(
                InkedLine("the dead: x402-relay deliveries list --state dead --destination \(name)"))
        }
        return notes
    }
}

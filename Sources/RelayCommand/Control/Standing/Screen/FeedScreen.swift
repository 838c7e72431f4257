import RelayModel

/// Feeds on the screen of `status`.
enum FeedScreen {
    static let table = ScreenTable(
        "FEED",
        [("STATE", .left), ("UP", .left), ("LAST MESSAGE", .left), ("LAST MINUTE", .left)])

    static func of(_ feed: JSONFields, now: Timestamp) -> Standing {
        let state = feed["state"] ?? ""
        let severity = severity(feed, state, now)
        let ink: Ink = state == "down" ? .bad : severity.isWell ? .good : .warning
        let isWhole = feed.integer("connections") >= feed.integer("configuredConnections")
        return Standing(
            severity: severity,
            row: ScreenTable.Row(
                name: .init(feed["name"] ?? "", severity.isWell ? .plain : ink),
                cells: [
                    .init(state + (feed.isTrue("reading") ? "" : ", not read"), ink),
                    .init(
                        "\(feed.number("connections")) of \(feed.number("configuredConnections"))",
                        isWhole ? .plain : .warning),
                    .init(feed.time("lastMessage").map { ReadableText.age(of: $0, now: now) } ?? "never"),
                    .init(rate(feed)),
                ],
                notes: notes(feed, state, now)))
    }

    /// The events of the last minute; nothing of a relay that does not tell.
    static func rate(_ feed: JSONFields) -> String {
        feed.object("lastMinute").map { "\($0.number("received")) in, \($0.number("matched")) matched" } ?? ""
    }

    private static func severity(_ feed: JSONFields, _ state: String, _ now: Timestamp) -> Standing.Severity {
        let slice = feed.object("slice")?["state"]
        if state == "down" || slice == "unpaid" || slice == "stopped" { return .bad }
        let isHeld = !feed.isTrue("reading") || slice == "paying" || slice == "unresolved"
        let lacks = feed.integer("connections") < feed.integer("configuredConnections")
        if state != "connected" || isHeld || lacks || !feed.strings("refusedKeys").isEmpty { return .warning }
        let moments = [feed.object("lastGap")?.time("to"), feed.object("lastFailure")?.time("at")]
        return moments.contains { $0.map { now - $0 < Standing.recent } ?? false } ? .noted : .well
    }

    private static func notes(_ feed: JSONFields, _ state: String, _ now: Timestamp) -> [InkedLine] {
        var notes: [InkedLine] = []
        if let reason = feed["reason"] {
            let span = feed.time("since").map { " for \(ReadableText.span(now - $0))" } ?? ""
            notes.append(InkedLine("\(state)\(span): \(ScreenText.reason(reason))", state == "down" ? .bad : .warning))
        }
        let refused = feed.strings("refusedKeys")
        if !refused.isEmpty { notes.append(InkedLine("refused keys: \(refused.joined(separator: ", "))", .warning)) }
        if let slice = feed.object("slice") { notes.append(self.slice(slice, of: feed, now)) }
        if let gaps = gaps(feed, now) { notes.append(InkedLine(gaps)) }
        if let losses = losses(feed, now) { notes.append(InkedLine(losses)) }
        return notes
    }

    private static func slice(_ slice: JSONFields, of feed: JSONFields, _ now: Timestamp) -> InkedLine {
        let state = slice["state"] ?? ""
        var text = "slice \(state)"
        // Where the feed is held back by its slice, its own reason says why already.
        if let reason = slice["reason"], feed["reason"]?.contains(reason) != true {
            text += ": \(ScreenText.reason(reason))"
        }
        if let until = slice.time("paidUntil") {
            let moment = until > now ? ReadableText.wait(until: until, now: now) : ReadableText.age(of: until, now: now)
            text += "; paid until \(until) (\(moment))"
        }
        if let price = slice["price"] {
            let length = slice.number("sliceSeconds")
            text += "; \(price)" + (Int64(length).map { " for \(ReadableText.span(.seconds($0)))" } ?? " each")
        }
        let ink: Ink =
            switch state {
            case "paid": .plain
            case "unpaid", "stopped": .bad
            default: .warning
            }
        return InkedLine(text, ink)
    }

    private static func gaps(_ feed: JSONFields, _ now: Timestamp) -> String? {
        let count = feed.integer("gaps")
        guard count > 0 else { return nil }
        var text = ReadableText.count(count, "gap", "gaps") + ", \(ReadableText.span(seconds: feed["gapTime"])) in all"
        if let last = feed.object("lastGap"), let from = last.time("from"), let to = last.time("to") {
            text += "; the last until \(to) (\(ReadableText.age(of: to, now: now)))"
            text += " for \(ReadableText.span(seconds: ScreenText.seconds(to - from)))"
            text += last["cause"].map { ": \(ScreenText.reason($0))" } ?? ""
        }
        return text
    }

    private static func losses(_ feed: JSONFields, _ now: Timestamp) -> String? {
        var parts: [String] = []
        let (reconnects, malformed) = (feed.integer("reconnects"), feed.integer("malformed"))
        if reconnects > 0 { parts.append(ReadableText.count(reconnects, "reconnect", "reconnects")) }
        if malformed > 0 { parts.append(ReadableText.count(malformed, "malformed message", "malformed messages")) }
        if let failure = ScreenText.failure(feed, now) { parts.append(failure) }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

import RelayModel

/// How a relay stands, as text for a person.
enum StandingText {
    /// The whole: the relay, why it is not ready, its outbox, feeds and destinations.
    static func status(_ status: JSONFields) -> String {
        let now = status.time("now") ?? RelayClock.wallTime
        let isRunning = status.isTrue("running")
        var blocks = [head(status, isRunning: isRunning, now: now)]
        if isRunning { blocks.append(feeds(status.objects("feeds"), now: now)) }
        blocks.append(DestinationText.table(status.objects("destinations"), now: now))
        return blocks.joined(separator: "\n\n")
    }

    private static func head(_ status: JSONFields, isRunning: Bool, now: Timestamp) -> String {
        var lines: [String] = []
        if isRunning {
            let since = status.time("startedAt").map { ", up \(ReadableText.span(now - $0))" } ?? ""
            let ready = status.isTrue("ready") ? "ready" : "NOT READY"
            lines.append("x402-relay \(status["version"] ?? "")\(since), \(ready)")
            lines += status.strings("reasons").map { "  \($0)" }
        } else {
            lines.append("the relay is not running")
        }
        if let outbox = status.object("outbox") {
            let size = ReadableText.size(outbox.integer("size"))
            lines.append("outbox \(outbox["path"] ?? ""): \(size) of \(ReadableText.size(outbox.integer("maxSize")))")
            if let trouble = outbox["trouble"] { lines.append("  \(trouble)") }
            if outbox.isTrue("pressed") { lines.append("  it cannot take more now: the feeds are not read") }
        }
        if let payments = status.object("payments") { lines += PaymentText.spend(payments) }
        return lines.map(TerminalText.escaped).joined(separator: "\n")
    }

    static func feeds(_ feeds: [JSONFields], now: Timestamp) -> String {
        var table = TextTable([
            ("FEED", .left), ("STATE", .left), ("SINCE", .left), ("CONNECTIONS", .left), ("LAST MESSAGE", .left),
            ("RECEIVED", .right), ("MATCHED", .right), ("REPEATED", .right), ("MALFORMED", .right),
            ("RECONNECTS", .right), ("GAPS", .left), ("SLICE", .left), ("PAID UNTIL", .left), ("PRICE", .right),
            ("REASON", .left), ("REFUSED KEYS", .left), ("URL", .left),
        ])
        for feed in feeds {
            let gaps = feed.integer("gaps")
            let state = (feed["state"] ?? "") + (feed.isTrue("reading") ? "" : ", not read")
            let slice = feed.object("slice")
            // Where the feed is held back by its slice, its own reason says why already.
            let ofSlice = slice?["reason"].flatMap { feed["reason"]?.contains($0) == true ? nil : $0 }
            let reasons = [feed["reason"], ofSlice].compactMap { $0 }
            table.add([
                feed["name"] ?? "", state, feed["since"] ?? "",
                "\(feed.number("connections")) of \(feed.number("configuredConnections"))",
                ReadableText.age(of: feed.time("lastMessage"), now: now), feed.number("received"),
                feed.number("matched"), feed.number("repeated"), feed.number("malformed"), feed.number("reconnects"),
                gaps == 0 ? "0" : "\(gaps), \(feed["gapTime"] ?? "") s", slice?["state"] ?? "",
                slice?["paidUntil"] ?? "", slice?["price"] ?? "",
                reasons.joined(separator: "; "),
                feed.strings("refusedKeys").joined(separator: ", "), feed["url"] ?? "",
            ])
        }
        return table.isEmpty ? "no feeds" : table.text
    }
}

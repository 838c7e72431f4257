import RelayModel

/// Feeds as text for a person.
enum FeedText {
    static func table(_ feeds: [JSONFields], now: Timestamp) -> String {
        var table = TextTable([
            ("FEED", .left), ("STATE", .left), ("SINCE", .left), ("CONNECTIONS", .left), ("LAST MESSAGE", .left),
            ("LAST MINUTE", .left), ("RECEIVED", .right), ("MATCHED", .right), ("REPEATED", .right),
            ("MALFORMED", .right), ("RECONNECTS", .right), ("GAPS", .left), ("SLICE", .left), ("PAID UNTIL", .left),
            ("PRICE", .right), ("REASON", .left), ("REFUSED KEYS", .left), ("LAST FAILURE", .left), ("URL", .left),
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
                ReadableText.age(of: feed.time("lastMessage"), now: now), FeedScreen.rate(feed),
                feed.number("received"), feed.number("matched"), feed.number("repeated"), feed.number("malformed"),
                feed.number("reconnects"), gaps == 0 ? "0" : "\(gaps), \(feed["gapTime"] ?? "") s",
                slice?["state"] ?? "", slice?["paidUntil"] ?? "", slice?["price"] ?? "",
                reasons.joined(separator: "; "), feed.strings("refusedKeys").joined(separator: ", "),
                ScreenText.lastFailure(feed, now), feed["url"] ?? "",
            ])
        }
        return table.isEmpty ? "no feeds" : table.text
    }
}

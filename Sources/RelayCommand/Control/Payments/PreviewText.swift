import RelayAssembly
import RelayModel

/// What feeds will cost, as text for a person.
enum PreviewText {
    static func text(_ preview: PricePreview) -> String {
        guard !preview.feeds.isEmpty else { return "no feed of the configuration is paid" }
        var table = TextTable([
            ("FEED", .left), ("SLICE", .left), ("PER SLICE", .right), ("PER HOUR", .right), ("PER DAY", .right),
            ("PER MONTH", .right), ("ASSET", .left), ("RECIPIENT", .left),
        ])
        for feed in preview.feeds { table.add(row(feed)) }
        if preview.feeds.count > 1 {
            table.add(["all", "", ""] + spans.map { "\(preview.cost(ofSeconds: $0))" } + ["", ""])
        }
        if let limits = preview.limits {
            let none = "no limit"
            table.add([
                "limits", "", "\(limits.perPayment)", limits.perHour?.description ?? none, "\(limits.perDay)",
                limits.total.map { "\($0) in all" } ?? "", "", "",
            ])
        }
        let faults = preview.feeds.compactMap { feed -> String? in
            guard case .failure(let fault) = feed.price else { return nil }
            return "\(feed.name): \(fault)"
        }
        let lines = faults + preview.shortfalls
        return ([table.text] + lines.map(TerminalText.escaped)).joined(separator: "\n")
    }

    private static let spans = [PricePreview.hour, PricePreview.day, PricePreview.month]

    private static func row(_ feed: PricePreview.Feed) -> [String] {
        guard case .success(let price) = feed.price else { return [feed.name, "", "not known", "", "", "", "", ""] }
        let slice = ReadableText.span(.seconds(feed.sliceSeconds))
        return [feed.name, feed.knownSliceSeconds == nil ? "\(slice) (assumed)" : slice, "\(price.units)"]
            + spans.map { feed.cost(ofSeconds: $0)?.description ?? "" }
            + [TokenName.known(price.asset) ?? price.asset, price.recipient]
    }
}

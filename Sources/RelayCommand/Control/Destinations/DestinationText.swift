import RelayModel

/// Destinations as text for a person.
enum DestinationText {
    /// - Parameter isRunning: false where no relay runs, which alone knows what was sent of late.
    static func table(_ destinations: [JSONFields], isRunning: Bool, now: Timestamp) -> String {
        var table = TextTable([
            ("DESTINATION", .left), ("STATE", .left), ("PENDING", .right), ("OLDEST", .left), ("IN FLIGHT", .right),
            ("LAST MINUTE", .left), ("P50 / P95", .left), ("DELIVERED", .right), ("DEAD", .right),
            ("DISCARDED", .right), ("SINCE", .left), ("REASON", .left), ("LAST FAILURE", .left), ("URL", .left),
        ])
        for destination in destinations {
            let inFlight = destination.integer("inFlight")
            table.add([
                destination["name"] ?? "", destination["state"] ?? "", destination.number("pending"),
                ReadableText.age(of: destination.time("oldestPending"), now: now), inFlight > 0 ? "\(inFlight)" : "",
                isRunning ? DestinationScreen.rate(destination) : "", DestinationScreen.latency(destination),
                destination.number("delivered"), destination.number("dead"), destination.number("discarded"),
                destination["since"] ?? "", destination["reason"] ?? "",
                ScreenText.lastFailure(destination, now), destination["url"] ?? "",
            ])
        }
        return table.isEmpty ? "no destinations" : table.text
    }

    /// A destination in one line, after something was done to it.
    static func line(_ destination: JSONFields) -> String {
        let waiting = destination.integer("pending")
        let state = destination["state"] ?? ""
        let reason = destination["reason"].map { " (\($0))" } ?? ""
        return TerminalText.escaped(
            "destination \(destination["name"] ?? ""): \(state)\(reason), \(waiting) "
                + (waiting == 1 ? "delivery waits" : "deliveries wait"))
    }
}

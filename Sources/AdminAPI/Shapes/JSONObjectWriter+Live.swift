import RelayModel

extension JSONObjectWriter {
    /// An event as it passes: its bytes and its payment's go in as the feed sent them.
    ///
    /// Where both are left out `omitted` says how many bytes they are.
    mutating func write(_ live: LiveEvent, omitted: Int? = nil) {
        let event = live.event
        string("id", event.id.description)
        string("type", event.type)
        string("feed", orNull: event.feed)
        time("received", event.receivedAt)
        time("timestamp", event.timestamp)
        string("sender", orNull: event.sender)
        string("recipient", orNull: event.recipient)
        string("amount", orNull: event.amount)
        strings("rules", live.rules)
        strings("destinations", live.destinations)
        if let omitted {
            value("size", omitted)
            value("omitted", true)
            return
        }
        if let payment = event.payment { raw("payment", payment) } else { value("payment", "null") }
        raw("data", event.data)
    }

    /// Columns of equal length, a place for each step, oldest first; `null` for the latency where nothing was delivered, and for what
    /// waited where that is not known.
    mutating func write(_ history: RelayHistory) {
        let steps = history.steps
        seconds("interval", RelayHistory.interval)
        time("until", steps.last?.at)
        array("received", steps) { String($0.received) }
        array("matched", steps) { String($0.matched) }
        array("delivered", steps) { String($0.delivered) }
        array("failed", steps) { String($0.failed) }
        object("latency") {
            for percent in [50, 95] {
                $0.array("p\(percent)", steps) { step in
                    step.latency.quantile(percent: percent).map { "\"\(Self.seconds($0))\"" } ?? "null"
                }
            }
        }
        array("waiting", steps) { $0.waiting.map { String($0) } ?? "null" }
        object("backlog") {
            for name in Set(steps.flatMap(\.backlog.keys)).sorted() {
                $0.array(name, steps) { $0.backlog[name].map { String($0) } ?? "null" }
            }
        }
    }

    private mutating func array(
        _ key: String, _ steps: [RelayHistory.Step], _ element: (RelayHistory.Step) -> String
    ) {
        value(key, "[" + steps.map(element).joined(separator: ",") + "]")
    }
}

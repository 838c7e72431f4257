import RelayModel

/// Deliveries as text for a person.
enum DeliveryText {
    /// Characters of an error in a listing; `show` has all of it.
    private static let maxErrorLength = 60
    /// Lines of a request's body, and bytes: some pages, and a body is usually one line.
    private static let maxBodyLines = 200
    private static let maxBodyBytes = 64 << 10

    /// A page of a listing as a table.
    static func page(_ page: GatheredPage, now: Timestamp) -> String {
        var table = TextTable([
            ("ID", .right), ("STATE", .left), ("ATTEMPTS", .right), ("NEXT", .left), ("DESTINATION", .left),
            ("TYPE", .left), ("RECEIVED", .left), ("EVENT", .left), ("LAST ERROR", .left),
        ])
        for delivery in page.entries {
            table.add([
                delivery["id"] ?? "", delivery["state"] ?? "", delivery.number("attempts"),
                ReadableText.wait(until: delivery.time("next"), now: now), delivery["destination"] ?? "",
                delivery["type"] ?? "", delivery["received"] ?? "", delivery["event"] ?? "",
                cut(delivery["lastError"] ?? "", maxErrorLength),
            ])
        }
        let rest = page.cursor.map { "more: --cursor \($0)" }
        return ([table.isEmpty ? "no delivery fits" : table.text] + (rest.map { [$0] } ?? [])).joined(separator: "\n")
    }

    /// A delivery in one line, after something was done to it.
    static func line(_ delivery: JSONFields, now: Timestamp) -> String {
        let next = ReadableText.wait(until: delivery.time("next"), now: now)
        return TerminalText.escaped(
            "delivery \(delivery["id"] ?? "") to \(delivery["destination"] ?? ""): \(delivery["state"] ?? "")"
                + (next.isEmpty ? "" : ", due \(next)"))
    }

    /// All of a delivery: what it is, its attempts, its event, and the request that carries it.
    static func block(_ delivery: JSONFields, now: Timestamp) -> String {
        var lines: [String] = []
        func add(_ label: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            let padding = String(repeating: " ", count: max(1, 13 - label.count))
            lines.append(label + padding + TerminalText.escaped(value))
        }
        let ended = delivery["ended"].map { " since \($0)" } ?? ""
        add("delivery", delivery["id"])
        add("event", delivery["event"])
        add("type", delivery["type"])
        add("feed", delivery["feed"])
        add("destination", delivery["destination"])
        add("rules", delivery.strings("rules").joined(separator: ", "))
        add("format", delivery["format"])
        add("state", (delivery["state"] ?? "") + ended)
        add("received", delivery["received"])
        add("timestamp", delivery["timestamp"])
        add("next", delivery["next"].map { "\($0) (\(ReadableText.wait(until: delivery.time("next"), now: now)))" })
        add("sender", delivery["sender"])
        add("recipient", delivery["recipient"])
        add("amount", delivery["amount"])
        lines += attempts(delivery)
        for (title, key) in [("payment:", "payment"), ("data:", "data")] {
            guard let bytes = delivery.bytes(key) else { continue }
            lines += ["", title] + WebhookText.body(bytes).map { "  " + $0 }
        }
        if let request = delivery.object("request") { lines += ["", "request:"] + self.request(request, of: delivery) }
        return lines.joined(separator: "\n")
    }

    private static func attempts(_ delivery: JSONFields) -> [String] {
        let counted = delivery.integer("attempts")
        let made = delivery.objects("history")
        guard !made.isEmpty else { return ["attempts     none yet"] }
        // A relay of an older version does not say how many there are, and shows them all.
        let recorded = max(delivery.integer("recorded"), Int64(made.count))
        var lines = ["", "attempts (\(recorded), of which \(counted) count):"]
        for attempt in made {
            let number = attempt.number("number")
            lines.append("  \(number)  \(outcome(attempt))")
            guard let answer = attempt["answer"], !answer.isEmpty else { continue }
            let said = answer.split(separator: "\n", omittingEmptySubsequences: false)
            let margin = String(repeating: " ", count: number.count + 4)
            for (index, line) in said.enumerated() where index == 0 || !line.isEmpty {
                lines.append(margin + (index == 0 ? "answer: " : "        ") + TerminalText.escaped(String(line)))
            }
        }
        let earlier = recorded - Int64(made.count)
        if earlier > 0 { lines.append("  and \(ReadableText.count(earlier, "earlier one", "earlier ones"))") }
        return lines
    }

    /// When an attempt was made, how long it took, and what came of it.
    static func outcome(_ attempt: JSONFields) -> String {
        let status = attempt.number("status")
        let what = [status.isEmpty ? "no status" : status, attempt["error"]].compactMap { $0 }.joined(separator: ", ")
        return TerminalText.escaped("\(attempt["started"] ?? "")  \(attempt["duration"] ?? "") s  \(what)")
    }

    /// The request as it is sent, byte for byte but for what is secret.
    private static func request(_ request: JSONFields, of delivery: JSONFields) -> [String] {
        var lines = ["\(request["method"] ?? "") \(request["url"] ?? "")"]
        lines += request.objects("headers").map { "\($0["name"] ?? ""): \($0["value"] ?? "(secret)")" }
        lines = lines.map { "  " + TerminalText.escaped($0) } + [""]
        let body = request["body"] ?? ""
        if let data = delivery.bytes("data"), Array(body.utf8) == data {
            return lines + ["  (the body is the data above)"]
        }
        let shown = String(decoding: body.utf8.prefix(maxBodyBytes), as: UTF8.self)
        let all = shown.split(separator: "\n", omittingEmptySubsequences: false)
        lines += all.prefix(maxBodyLines).map { "  " + TerminalText.escaped(String($0)) }
        if all.count > maxBodyLines || body.utf8.count > maxBodyBytes {
            lines.append("  … (cut; the body has \(body.utf8.count) bytes: --json has them all)")
        }
        return lines
    }

    private static func cut(_ text: String, _ length: Int) -> String {
        text.count > length ? text.prefix(length) + "…" : text
    }
}

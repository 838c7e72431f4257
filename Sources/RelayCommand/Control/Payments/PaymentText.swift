import RelayAssembly
import RelayModel

/// Payments as text for a person.
enum PaymentText {
    /// Characters of a reason in a listing; `show` has all of it.
    private static let maxReasonLength = 60

    /// A page of a listing as a table, and what was spent.
    static func page(_ page: GatheredPage) -> String {
        var table = TextTable([
            ("ID", .right), ("TIME", .left), ("FEED", .left), ("AMOUNT", .right), ("ASSET", .left),
            ("RECIPIENT", .left), ("STATE", .left), ("REASON", .left), ("TRANSACTION", .left),
        ])
        for payment in page.entries {
            let (asset, reason) = (payment["asset"] ?? "", payment["reason"] ?? "")
            table.add([
                payment["id"] ?? "", payment["at"] ?? "", payment["feed"] ?? "",
                payment["amount"] ?? "", TokenName.known(asset) ?? short(asset), short(payment["recipient"] ?? ""),
                state(payment),
                reason.count > maxReasonLength ? reason.prefix(maxReasonLength) + "…" : reason,
                payment["transaction"] ?? "",
            ])
        }
        var lines = [table.isEmpty ? "no payment fits" : table.text]
        if let spend = page.last?.object("spend") {
            lines += (Self.spend(spend) + pressure(spend).map { "  " + $0.text }).map(TerminalText.escaped)
        }
        if let cursor = page.cursor { lines.append("more: --cursor \(cursor)") }
        return lines.joined(separator: "\n")
    }

    /// All of a payment.
    static func block(_ payment: JSONFields) -> String {
        var lines: [String] = []
        func add(_ label: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            let padding = String(repeating: " ", count: max(1, 13 - label.count))
            lines.append(label + padding + TerminalText.escaped(value))
        }
        let asset = payment["asset"] ?? ""
        let name = TokenName.known(asset)
        add("payment", payment["id"])
        add("time", payment["at"])
        add("feed", payment["feed"])
        add("stream", payment["stream"])
        add("for", payment["purpose"])
        add(
            "amount",
            "\(payment["amount"] ?? "")\(name.map { " " + $0 } ?? "") (\(payment["atomic"] ?? "") atomic units)")
        add("asset", asset)
        add("network", payment["network"])
        add("recipient", payment["recipient"])
        add("payer", payment["payer"])
        add("memo", payment["memo"])
        add("blockhash", payment["blockhash"])
        add("state", state(payment))
        add("reason", payment["reason"])
        add("sent", sends(payment))
        add("ended", payment["endedAt"])
        add("transaction", payment["transaction"])
        return lines.joined(separator: "\n")
    }

    private static func sends(_ payment: JSONFields) -> String {
        guard let last = payment["sentAt"] else { return "not yet" }
        let count = payment.integer("sends")
        return count == 1 ? last : "\(count) times, last \(last)"
    }

    private static func state(_ payment: JSONFields) -> String {
        let isUnserved = payment.bytes("served") == Array("false".utf8)
        return (payment["state"] ?? "") + (isUnserved ? ", not served" : "")
    }

    /// The ends of an address, by which a person tells it.
    private static func short(_ address: String) -> String {
        address.count > 12 ? "\(address.prefix(4))…\(address.suffix(4))" : address
    }

    /// What was spent, beside what may be.
    static func spend(_ payments: JSONFields) -> [String] {
        guard let spent = payments.object("spent"), let limits = payments.object("limits") else { return [] }
        func part(_ key: String, _ limit: String, _ span: String) -> String {
            "\(spent[key] ?? "0")\(limits[limit].map { " of \($0)" } ?? "") \(span)"
        }
        let wallet = payments["wallet"].map { " from \($0)" } ?? ""
        let each = limits["perPayment"].map { ", at most \($0) each" } ?? ""
        let parts = [
            part("hour", "perHour", "in the last hour"), part("day", "perDay", "in the last 24 hours"),
            part("total", "total", "in all"),
        ]
        return ["paid\(wallet): \(parts.joined(separator: ", "))\(each)"] + (ledger(payments).map { ["  " + $0] } ?? [])
    }

    /// Payments by what came of them; nil where there are none, or a relay of an older version does not tell.
    private static func ledger(_ payments: JSONFields) -> String? {
        guard let ledger = payments.object("ledger") else { return nil }
        let counts = LedgerEntry.State.allCases.compactMap { state in
            let count = ledger.integer(state.rawValue)
            return count > 0 ? "\(count) \(state.rawValue)" : nil
        }
        return counts.isEmpty ? nil : "payments: " + counts.joined(separator: ", ")
    }

    /// Whether there is anything to tell: something was spent, or may be.
    static func hasAny(_ payments: JSONFields) -> Bool {
        payments["wallet"] != nil || payments.object("limits")?["perDay"] != nil || payments.integer("unresolved") > 0
            || payments.object("spent")?["total"].flatMap { TokenAmount($0) } ?? .zero > .zero
    }

    /// What asks for a person: limits that are reached, or nearly, and payments of which the outcome is not known.
    static func pressure(_ payments: JSONFields) -> [(text: String, isReached: Bool)] {
        var found: [(text: String, isReached: Bool)] = []
        let (spent, limits) = (payments.object("spent"), payments.object("limits"))
        for (key, name) in [("hour", "perHour"), ("day", "perDay"), ("total", "total")] {
            guard let paid = spent?[key].flatMap({ TokenAmount($0) }),
                let limit = limits?[name].flatMap({ TokenAmount($0) })
            else { continue }
            if paid >= limit {
                found.append(("limits.\(name) is reached", true))
            } else if paid * 5 >= limit * 4 {
                found.append(("limits.\(name): more than 80 % of it is spent", false))
            }
        }
        let open = payments.integer("unresolved")
        if open > 0 {
            found.append(
                ("the outcome of \(ReadableText.count(open, "payment", "payments")) is not known yet", false))
        }
        return found
    }
}

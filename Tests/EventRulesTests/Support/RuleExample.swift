import EventRules
import RelayModel

/// Rules and events as texts, compiled and judged.
enum RuleExample {
    static func parse(_ text: String) throws -> JSONDocument {
        try JSONParser(limits: .configuration).parse(Array(text.utf8))
    }

    /// Compiles `text`, a `match` object.
    static func compile(_ text: String) throws -> RulePattern {
        let document = try parse(text)
        return try RulePattern.compile(document.root, in: document, readAddresses: readAddresses)
    }

    /// The faults of `text`; empty where it compiles.
    static func faults(_ text: String) throws -> [RuleFault] {
        let document = try parse(text)
        do {
            _ = try RulePattern.compile(document.root, in: document, readAddresses: readAddresses)
            return []
        } catch {
            return error.faults
        }
    }

    /// Two files of addresses, one of them without any.
    static func readAddresses(_ name: String) -> AddressList {
        switch name {
        case "wallets.txt":
            .addresses([
                "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s", "0xAB5801a7D398351b8bE11C439e05C5B3259aeC9B",
            ])
        case "empty.txt": .addresses([])
        default: .problem("\(name): no such file")
        }
    }

    /// The fields that `fields` spells, or, without it, those of an interface402 event.
    static func derivedFields(_ event: JSONDocument, _ fields: JSONDocument?) -> DerivedFields {
        guard let fields else {
            func own(_ name: String) -> DerivedFields.Value {
                event.member(event.root, name).map(DerivedFields.Value.event) ?? .absent
            }
            let transfer = DerivedFields.Transfer(
                sender: own("sender"), recipient: own("recipient"),
                amount: own("amount") == .absent ? own("finalAmount") : own("amount"), mint: .absent)
            return DerivedFields(
                feed: "payments", wallets: [transfer.sender, transfer.recipient].filter { $0 != .absent },
                transfers: [transfer])
        }
        func value(_ node: JSONNode?) -> DerivedFields.Value {
            guard let node else { return .absent }
            switch fields.kind(node) {
            case .null: return .unknown
            case .number: return .number(String(decoding: fields.slice(node), as: UTF8.self))
            default: return .text(fields.string(node) ?? "")
            }
        }
        func list(_ name: String) -> [JSONNode] {
            fields.member(fields.root, name).map { Array(fields.elements($0)) } ?? []
        }
        return DerivedFields(
            feed: fields.member(fields.root, "feed").flatMap(fields.string) ?? "",
            wallets: list("wallets").map { value($0) },
            transfers: list("transfers").map { transfer in
                DerivedFields.Transfer(
                    sender: value(fields.member(transfer, "sender")),
                    recipient: value(fields.member(transfer, "recipient")),
                    amount: value(fields.member(transfer, "amount")), mint: value(fields.member(transfer, "mint")))
            },
            looseMints: list("mints").map { value($0) })
    }

    /// What the rule says of the event, judged alone; the indexed set has to say the same.
    static func verdict(_ rule: String, _ event: String, fields: String? = nil) throws -> RuleVerdict {
        let pattern = try compile(rule)
        let document = try parse(event)
        return pattern.verdict(on: document, derivedFields(document, try fields.map(parse)))
    }
}

extension RuleVerdicts {
    /// What the set says of the rule at `index`.
    func verdict(of index: Int) -> RuleVerdict {
        if matched.contains(index) { return .matched }
        return undecided.contains(index) ? .undecided : .refused
    }
}

import OutboxTestKit
import RelayModel

@testable import OutboxStorage

extension RememberedPayment {
    /// Of key `key`, received at `moment` (milliseconds); `version` tells one from another.
    static func arrived(_ key: UInt64, at moment: Int64, version: Int = 1) -> RememberedPayment {
        RememberedPayment(
            key: PaymentKey(high: 0, low: key), receivedAt: Timestamp(milliseconds: moment),
            data: Array(#"{"version":\#(version)}"#.utf8))
    }
}

extension JoinWait {
    static func begun(_ key: UInt64, at moment: Int64, data: String = "{}") -> JoinWait {
        let moment = Timestamp(milliseconds: moment)
        return JoinWait(
            key: PaymentKey(high: 0, low: key), feed: "payments", receivedAt: moment, wallTime: moment,
            endsAt: moment + JoinWait.limit, data: Array(data.utf8))
    }
}

extension OwnEvent {
    static func sample(_ number: Int64) -> OwnEvent {
        OwnEvent(.deliveryDead, at: Timestamp(milliseconds: 1000), delivery: DeliveryID(number))
    }
}

extension Arrival {
    var accepted: AcceptedEvent? {
        switch self {
        case .accepted(let accepted): accepted
        case .payment(_, let accepted): accepted
        case .joining(_, let unjoined, _): unjoined.accepted
        case .notice: nil
        }
    }

    /// Event `number`, which a rule takes for `destinations`.
    static func event(_ number: Int, at moment: Int64, for destinations: String...) -> Arrival {
        .accepted(.sample(UInt64(number), at: moment, for: destinations))
    }

    /// A payment to be remembered that goes to `destinations`.
    static func payment(_ key: UInt64, at moment: Int64, version: Int = 1, for destinations: String...) -> Arrival {
        let accepted = AcceptedEvent.sample(1000 + key, at: moment, for: destinations)
        return .payment(.arrived(key, at: moment, version: version), destinations.isEmpty ? nil : accepted)
    }

    /// Settlement `number` of the payment of key `key`, with the destinations to which it goes at once, with its payment, and
    /// once that is given up.
    ///
    /// It waits where the two last differ from the first.
    static func settlement(
        _ number: Int, of key: UInt64, at moment: Int64, atOnce: [String] = [], with joined: [String],
        without: [String] = [], judge: ScriptedJudge = ScriptedJudge()
    ) throws -> Arrival {
        func list(_ names: [String]) -> String { "[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
        let text = """
            {"number":\(number),"atOnce":\(list(atOnce)),"joined":\(list(joined)),"without":\(list(without))}
            """
        let event = JoiningEvent(
            key: PaymentKey(high: 0, low: key), feed: "payments",
            document: try JSONParser(limits: .message).parse(Array(text.utf8)),
            receivedAt: Timestamp(milliseconds: moment), wallTime: Timestamp(milliseconds: moment))
        return .joining(event, unjoined: judge.judge(event, payment: .awaited), judge: judge)
    }
}

/// Rules that read in the event itself where it goes.
final class ScriptedJudge: ArrivalJudge {
    /// Goes to each destination's name, so that a test sees which rules judged.
    private let suffix: String
    /// Where own events go.
    private let own: [String]

    init(suffix: String = "", own: [String] = []) {
        self.suffix = suffix
        self.own = own
    }

    func judge(_ event: JoiningEvent, payment: JoinedPayment) -> Judgement {
        let document = event.document
        func list(_ name: String) -> [String] {
            guard let node = document.member(document.root, name) else { return [] }
            return document.elements(node).compactMap { document.string($0).map { $0 + suffix } }
        }
        let (atOnce, joined, without) = (list("atOnce"), list("joined"), list("without"))
        let number = document.member(document.root, "number").map {
            UInt64(String(decoding: document.slice($0), as: UTF8.self)) ?? 0
        }
        switch payment {
        case .found(let payment):
            return Judgement(accepted: accepted(number ?? 0, event, joined, payment.bytes), isUndecided: false)
        case .awaited:
            return Judgement(
                accepted: accepted(number ?? 0, event, atOnce, nil), isUndecided: joined != atOnce || without != atOnce)
        case .absent:
            return Judgement(accepted: accepted(number ?? 0, event, without, nil), isUndecided: false)
        }
    }

    func judge(_ own: OwnEvent, data: [UInt8]) -> AcceptedEvent? {
        self.own.isEmpty ? nil : .sample(7777, for: self.own, data: String(decoding: data, as: UTF8.self))
    }

    private func accepted(
        _ number: UInt64, _ joining: JoiningEvent, _ destinations: [String], _ payment: [UInt8]?
    ) -> AcceptedEvent? {
        guard !destinations.isEmpty else { return nil }
        let event = Event(
            id: EventID(high: 0, low: number), feed: joining.feed, type: "settlement", timestamp: joining.wallTime,
            receivedAt: joining.receivedAt, sender: nil, recipient: nil, amount: nil, payment: payment,
            data: joining.document.bytes)
        return AcceptedEvent(
            event: event,
            deliveries: destinations.map {
                NewDelivery(destination: $0, rules: ["rule"], format: .standard, lanes: [])
            })
    }
}

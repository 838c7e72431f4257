import DeliveryPlanning
import RelayModel

/// What the rules make of an event, found by asking each of them.
struct Oracle {
    let setup: Setup.Compiled

    struct Match {
        /// The destinations, and the rules that sent the event there.
        var routes: [String: [String]] = [:]
        var isUndecided = false
    }

    func match(_ message: SimulatedMessage, payment: SimulatedRule.Payment) -> Match {
        var match = Match()
        for rule in setup.setup.rules {
            switch rule.truth(of: message, payment: payment) {
            case .yes: for destination in rule.deliverTo { match.routes[destination, default: []].append(rule.name) }
            case .unknown: match.isUndecided = true
            case .no: break
            }
        }
        return match
    }

    /// Whether payments of the feed are to be remembered.
    func remembersPayments(of feed: String) -> Bool { setup.setup.rules.contains { $0.canJoin(feed) } }

    /// What a delivery of an event queues behind, as the contract's section 4 says it.
    func lanes(_ message: SimulatedMessage, _ payment: SimulatedMessage?, at destination: String) -> Set<String> {
        let wallets = Set(
            [message.sender ?? payment?.sender, message.recipient ?? payment?.recipient].compactMap { $0 })
        switch setup.policies[destination]?.order {
        case .none?, nil: return []
        case .all: return ["all"]
        case .wallet where !wallets.isEmpty: return Set(wallets.map { "wallet \($0)" })
        case .wallet, .payment:
            return Set([message.paymentId].compactMap { $0 }.map { "payment \(message.feed) \($0)" })
        }
    }

    /// The same of one of the relay's own events.
    func ownLanes(at destination: String) -> Set<String> {
        setup.policies[destination]?.order == .all ? ["all"] : []
    }
}

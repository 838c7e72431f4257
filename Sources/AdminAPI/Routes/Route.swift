import RelayModel

/// What a path stands for.
enum Route: Hashable {
    case alive, ready, metrics
    /// A file of the dashboard; the empty name is the page itself.
    case page(String)
    case document, events
    case status, history, feeds, destinations, rules, deliveries
    case delivery(String)
    case payments
    case payment(String)
    case retry(String), discard(String)
    case pause(String), resume(String), test(String)
    case replay, reload, match

    /// Nil for an unknown path.
    init?(_ path: [String]) {
        guard path.first == "api" else {
            switch path {
            case ["healthz"]: self = .alive
            case ["readyz"]: self = .ready
            case ["metrics"]: self = .metrics
            case [""]: self = .page("")
            default:
                guard path.count == 2, path[0] == "page", !path[1].isEmpty else { return nil }
                self = .page(path[1])
            }
            return
        }
        guard path.count > 2, path[1] == "v1" else { return nil }
        let rest = path.dropFirst(2)
        switch (rest.count, rest.first) {
        case (1, "status"): self = .status
        case (1, "history"): self = .history
        case (1, "events"): self = .events
        case (1, "openapi.json"): self = .document
        case (1, "feeds"): self = .feeds
        case (1, "destinations"): self = .destinations
        case (1, "rules"): self = .rules
        case (1, "deliveries"): self = .deliveries
        case (1, "payments"): self = .payments
        case (1, "replay"): self = .replay
        case (1, "reload"): self = .reload
        case (1, "match"): self = .match
        case (2, "deliveries"): self = .delivery(path[3])
        case (2, "payments"): self = .payment(path[3])
        case (3, "deliveries") where path[4] == "retry": self = .retry(path[3])
        case (3, "deliveries") where path[4] == "discard": self = .discard(path[3])
        case (3, "destinations") where path[4] == "pause": self = .pause(path[3])
        case (3, "destinations") where path[4] == "resume": self = .resume(path[3])
        case (3, "destinations") where path[4] == "test": self = .test(path[3])
        default: return nil
        }
    }

    /// The methods that it has, as `Allow` names them.
    var methods: [String] {
        switch self {
        case .retry, .discard, .pause, .resume, .test, .replay, .reload, .match: ["POST"]
        default: ["GET", "HEAD"]
        }
    }

    /// The query parameters that it takes.
    var parameters: [String] {
        switch self {
        case .deliveries:
            [
                "destination", "state", "rule", "event", "wallet", "payment", "since", "until", "limit", "cursor",
                "order",
            ]
        case .payments: ["feed", "state", "since", "until", "limit", "cursor", "order"]
        case .match: ["feed"]
        default: []
        }
    }

    /// The longest body that it takes, in bytes.
    var maxBodyBytes: Int {
        switch self {
        // One byte more than an event may have, so that a larger one is refused in the words of the one who judges it.
        case .match: JSONLimits.message.maxBytes + 1
        default: AdminLimits.bodyBytes
        }
    }
}

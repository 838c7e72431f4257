import RelayModel

/// Why a request is not answered as asked: what becomes problem details (RFC 9457).
struct Problem: Error, Hashable {
    var status: Int
    /// A sentence for the operator: no secret, no payload.
    var detail: String
    var faults: [String]?
    /// Why the relay is not ready, for `/readyz`.
    var reasons: [String]?
    var fields: [AdminAnswer.Field] = []

    init(_ status: Int, _ detail: String, faults: [String]? = nil, reasons: [String]? = nil) {
        self.status = status
        self.detail = detail
        self.faults = faults
        self.reasons = reasons
    }

    /// A 503 that passes: the client is to ask again after so many seconds.
    static func busy(_ detail: String, retryAfter seconds: Int) -> Problem {
        var problem = Problem(503, detail)
        problem.fields = [AdminAnswer.Field("retry-after", String(seconds))]
        return problem
    }

    init(_ error: ControlError) {
        switch error {
        case .unknownDelivery(let id):
            self.init(404, "there is no delivery \(id)")
        case .unknownPayment(let id):
            self.init(404, "there is no payment \(id)")
        case .unknownEvent(let id):
            self.init(404, "no delivery carries the event \(id)")
        case .unknownRule(let name, let known):
            self.init(404, "there is no rule \"\(name)\"; \(Self.list(known))")
        case .unknownDestination(let name, let known):
            self.init(404, "there is no destination \"\(name)\"; \(Self.list(known))")
        case .unknownFeed(let name?, let known):
            self.init(404, "there is no feed \"\(name)\"; \(Self.list(known))")
        case .unknownFeed(nil, let known):
            self.init(400, "which feed the event is of must be said with feed=NAME; \(Self.list(known))")
        case .conflict(let reason):
            self.init(409, reason)
        case .invalid(let reason):
            self.init(400, reason)
        case .configurationFaults(let faults):
            self.init(
                422, "the configuration file has faults, so nothing was changed: \(faults.joined(separator: "; "))",
                faults: faults)
        case .unavailable(let reason):
            self.init(503, reason)
        }
    }

    static func wrongMethod(_ method: String, allowed: [String]) -> Problem {
        let list = allowed.joined(separator: ", ")
        var problem = Problem(405, "\(method) is not possible here, only \(list)")
        problem.fields = [AdminAnswer.Field("allow", list)]
        return problem
    }

    /// What is known, as the end of a sentence; the names of a large configuration are cut short.
    private static func list(_ known: [String]) -> String {
        guard !known.isEmpty else { return "none is known" }
        let shown = known.prefix(20).joined(separator: ", ")
        return "known: " + shown + (known.count > 20 ? " and \(known.count - 20) more" : "")
    }

    var answer: AdminAnswer {
        var object = JSONObjectWriter()
        object.string("type", "about:blank")
        object.string("title", Self.title(status))
        object.value("status", status)
        object.string("detail", detail)
        if let faults { object.strings("faults", faults) }
        if let reasons {
            object.value("ready", false)
            object.strings("reasons", reasons)
        }
        return AdminAnswer(
            status: status, contentType: "application/problem+json", fields: fields, body: object.bytes)
    }

    /// The reason phrase: the title that `about:blank` asks for (RFC 9457, section 4.2.1).
    private static func title(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        default: "Service Unavailable"
        }
    }
}

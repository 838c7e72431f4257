import RelayConfig
import RelayModel

/// Who may ask, on one listener; the contract's section 6.
struct AdminAccess: Sendable {
    /// The headers that decide, each with all its values.
    struct Credentials {
        var hosts: [String] = []
        var origins: [String] = []
        var authorizations: [String] = []
    }

    private enum Policy: Sendable {
        /// The file's mode decides.
        case anyone
        /// A page in a browser on this machine must not reach it by a name of its own (DNS rebinding).
        case loopbackNames(port: Int)
        case bearer(Secret)
    }

    private let policy: Policy

    /// Of the control socket.
    static let socket = AdminAccess(policy: .anyone)

    private init(policy: Policy) {
        self.policy = policy
    }

    /// Of a TCP address, which really listens on `port`.
    init(token: Secret?, port: Int) {
        policy = token.map { .bearer($0) } ?? .loopbackNames(port: port)
    }

    /// Why `path` is not answered; nil where it is.
    func refusal(_ credentials: Credentials, path: [String]) -> Problem? {
        if case .anyone = policy { return nil }
        guard credentials.hosts.count <= 1, credentials.origins.count <= 1, credentials.authorizations.count <= 1 else {
            return Problem(400, "host, origin and authorization may each be there once")
        }
        if case .loopbackNames(let port) = policy, !Self.isLoopback(credentials.hosts.first, port: port) {
            return Problem(
                421, "without a token only this machine's own names are answered: ask for http://127.0.0.1:\(port)")
        }
        if let origin = credentials.origins.first, !Self.isOrigin(origin, of: credentials.hosts.first) {
            return Problem(403, "pages of another origin may not ask")
        }
        if case .bearer(let token) = policy, path.first == "api" {
            return Self.isBearer(credentials.authorizations.first, token) ? nil : Self.unauthorized
        }
        return nil
    }

    private static var unauthorized: Problem {
        var problem = Problem(401, "the API needs the header Authorization: Bearer with the token of admin.token")
        problem.fields = [AdminAnswer.Field("www-authenticate", "Bearer realm=\"x402-relay\"")]
        return problem
    }

    private static func isLoopback(_ host: String?, port: Int) -> Bool {
        guard let host, let url = URLText("http://" + host.lowercased()), url.rest.isEmpty, url.userInfo == nil else {
            return false
        }
        return url.isLoopback && (url.port ?? 80) == port
    }

    /// Whether `origin` (RFC 6454) is of `host`, whatever its scheme: a proxy in front may have ended the TLS.
    private static func isOrigin(_ origin: String, of host: String?) -> Bool {
        guard let host, let mark = origin.firstRange(of: "://") else { return false }
        return origin[mark.upperBound...].lowercased() == host.lowercased()
    }

    private static func isBearer(_ authorization: String?, _ token: Secret) -> Bool {
        guard let authorization, let space = authorization.firstIndex(of: " ") else { return false }
        guard authorization[..<space].lowercased() == "bearer" else { return false }
        return sameBytes(authorization[space...].drop { $0 == " " }, token.revealed)
    }

    /// Takes time by the length of what was given alone, and so tells nothing of the token.
    private static func sameBytes(_ given: Substring, _ token: String) -> Bool {
        let token = Array(token.utf8)
        guard !token.isEmpty else { return false }
        var difference = given.utf8.count ^ token.count
        for (index, byte) in given.utf8.enumerated() { difference |= Int(byte ^ token[index % token.count]) }
        return difference == 0
    }
}

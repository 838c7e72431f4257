import RelayModel
import Testing

@testable import AdminAPI

@Suite struct AdminAccessTests {
    private static let api = ["api", "v1", "status"]

    private func status(
        token: String? = nil, hosts: [String] = [], origins: [String] = [], authorizations: [String] = [],
        path: [String] = api
    ) -> Int? {
        AdminAccess(token: token.map { Secret($0) }, port: 8402).refusal(
            .init(hosts: hosts, origins: origins, authorizations: authorizations), path: path)?.status
    }

    @Test(
        arguments: [
            ("127.0.0.1:8402", nil), ("localhost:8402", nil), ("LOCALHOST:8402", nil), ("[::1]:8402", nil),
            ("127.9.9.9:8402", nil), ("127.0.0.1", 421), ("127.0.0.1:80", 421), ("evil.example:8402", 421),
            ("localhost.evil.example:8402", 421), ("127.0.0.1.evil.example:8402", 421), ("10.0.0.1:8402", 421),
            ("", 421),
            ("user@127.0.0.1:8402", 421), ("127.0.0.1:8402/x", 421), ("0x7f000001:8402", 421),
        ] as [(String, Int?)])
    func `without a token only loopback names with the port are answered`(host: String, expected: Int?) {
        #expect(status(hosts: [host]) == expected)
        #expect(status(hosts: [host], path: ["healthz"]) == expected)
    }

    @Test func `without a token a request without a Host is not answered`() {
        #expect(status() == 421)
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:8402", nil), ("https://127.0.0.1:8402", nil), ("http://127.0.0.1:8403", 403),
            ("http://evil.example", 403), ("null", 403), ("", 403), ("127.0.0.1:8402", 403),
            ("http://localhost:8402", 403),
        ] as [(String, Int?)])
    func `an origin that is not the Host's own is refused`(origin: String, expected: Int?) {
        let host = "127.0.0.1:8402"
        #expect(status(hosts: [host], origins: [origin]) == expected)
        #expect(
            status(token: "t", hosts: [host], origins: [origin], authorizations: ["Bearer t"]) == expected)
    }

    @Test(
        arguments: [
            (["Bearer geheim"], nil), (["bearer geheim"], nil), (["BEARER   geheim"], nil), ([], 401),
            (["Bearer"], 401),
            (["Bearer "], 401), (["Bearer geheim "], 401), (["Bearer gehei"], 401), (["Bearer geheimgeheim"], 401),
            (["Bearer Geheim"], 401), (["Basic geheim"], 401), (["geheim"], 401),
            (["Bearer geheim", "Bearer geheim"], 400),
        ] as [([String], Int?)])
    func `with a token the API needs it`(authorizations: [String], expected: Int?) {
        #expect(status(token: "geheim", hosts: ["relay.example"], authorizations: authorizations) == expected)
    }

    @Test func `with a token health and readiness stay open, under any Host`() {
        #expect(status(token: "geheim", hosts: ["relay.example"], path: ["healthz"]) == nil)
        #expect(status(token: "geheim", path: ["readyz"]) == nil)
        #expect(status(token: "geheim", path: ["api"]) == 401)
    }

    @Test func `two Hosts or two origins are refused`() {
        #expect(status(hosts: ["127.0.0.1:8402", "127.0.0.1:8402"]) == 400)
        #expect(status(hosts: ["127.0.0.1:8402"], origins: ["http://127.0.0.1:8402", "http://evil.example"]) == 400)
    }

    @Test func `the socket answers whoever may open it`() {
        let credentials = AdminAccess.Credentials(hosts: ["evil.example"], origins: ["null"])
        #expect(AdminAccess.socket.refusal(credentials, path: Self.api) == nil)
    }
}

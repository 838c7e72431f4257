import RelayModel
import Testing

@testable import AdminAPI

/// Without the token the API says that it is needed, and nothing else, however one asks.
@Suite(.timeLimit(.minutes(1))) struct TokenTests {
    private static let refusal =
        #"{"type":"about:blank","title":"Unauthorized","status":401,"#
        + #""detail":"the API needs the header Authorization: Bearer with the token of admin.token"}"#

    /// The answer's status and body.
    private static func parts(_ answer: String) -> (status: String, body: Substring) {
        let end = answer.firstRange(of: "\r\n\r\n")?.upperBound ?? answer.endIndex
        return (String(answer.dropFirst("HTTP/1.1 ".count).prefix(3)), answer[end...])
    }

    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
    func `every route needs it, by any method`(method: String) async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control, token: "geheim") { running in
            for path in EveryRoute.reading + EveryRoute.changing where path.hasPrefix("/api") {
                let answer = try await running.ask("\(method) \(EveryRoute.target(path))")
                let (status, body) = Self.parts(answer)
                #expect(status == "401", "\(method) \(path)")
                #expect(body == (method == "HEAD" ? "" : Self.refusal))
                #expect(answer.contains("\r\nwww-authenticate: bearer realm=\"x402-relay\"\r\n"))
            }
            #expect(control.asked.isEmpty)
            #expect(control.live?.followers == 0)
        }
    }

    @Test(arguments: [
        "/api", "/api/", "/api?", "/api/v1", "/api/v1/", "/api/v2/status", "/api//v1/status", "/%61pi/v1/status",
        "/%61%70%69/v1/status", "/api/v1/../v1/status", "/api/v1/%2e%2e/status", "/api/./v1/status", "/api/v1/status/",
        "/api/v1/status?x=1", "/api/v1/status%00", "/api/v1/nothing", "/api/v1/status;x", "/api/v1/%zz", "/api/%ff",
        "/%zz", "*", "http://127.0.0.1/api/v1/status", "api/v1/status",
    ])
    func `every spelling of the API, and what cannot be read, needs it`(target: String) async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control, token: "geheim") { running in
            for method in ["GET", "POST", "OPTIONS"] {
                let (status, body) = Self.parts(try await running.ask("\(method) \(target)"))
                // What the parser itself refuses has no body at all.
                let isRefused = status == "401" && body == Self.refusal
                let isUnread = status == "400" && body.isEmpty && !target.hasPrefix("/")
                #expect(isRefused || isUnread, "\(method) \(target): \(status) \(body)")
            }
            #expect(control.asked.isEmpty)
        }
    }

    @Test(arguments: [
        "//api/v1/status", "/./api/v1/status", "/x/../api/v1/status", "/API/v1/status", "/%2Fapi/v1/status",
        "/%2561pi/v1/status", "/api%2Fv1%2Fstatus", "/api;x/v1/status", "/page/../api/v1/status",
        "/page/..%2Fapi%2Fv1%2Fstatus", "/metrics/../api/v1/status", "/healthz/api/v1/status", "/api.json", "/apis",
    ])
    func `what only looks like the API is nothing at all`(target: String) async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control, token: "geheim") { running in
            for method in ["GET", "HEAD", "POST", "OPTIONS"] {
                let answer = try await running.ask("\(method) \(target)")
                let isPage = target.hasPrefix("/page/..%2F") && method != "GET" && method != "HEAD"
                #expect(Self.parts(answer).status == (isPage ? "405" : "404"), "\(method) \(target)")
                #expect(answer.contains("content-type: application/problem+json\r\n"))
            }
            #expect(control.asked.isEmpty)
        }
    }

    @Test func `CONNECT gets no data, whatever it names`() async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control, token: "geheim") { running in
            for target in ["/api/v1/status", "127.0.0.1:80", "api"] {
                let (status, body) = Self.parts(try await running.ask("CONNECT \(target)"))
                #expect(["400", "401", ""].contains(status), "\(target): \(status)")
                #expect(body.isEmpty || body == Self.refusal)
            }
            #expect(control.asked.isEmpty)
            #expect(try await running.isHealthy())
        }
    }

    @Test func `what needs no token tells nothing of the relay but its health and its figures`() async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control, token: "geheim") { running in
            for path in EveryRoute.reading where !path.hasPrefix("/api") {
                let answer = try await running.ask("GET \(EveryRoute.target(path))")
                #expect(Self.parts(answer).status == "200", "\(path)")
            }
            // Only the metrics look.
            #expect(control.asked == [.status])
        }
    }
}

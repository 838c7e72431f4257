import Testing

@testable import AdminAPI

/// What a browser is told about every answer.
@Suite(.timeLimit(.minutes(1))) struct AnswerHeadersTests {
    private static let always = [
        "cache-control: no-store", "x-content-type-options: nosniff", "referrer-policy: no-referrer",
        "cross-origin-resource-policy: same-origin", "x-frame-options: deny",
    ]
    private static let data = "content-security-policy: default-src 'none'; frame-ancestors 'none'"
    private static let page =
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'"

    private func expect(_ head: some StringProtocol, _ policy: String, _ what: String) {
        for field in Self.always + [policy] {
            let count = head.split(separator: "\r\n").count { $0 == field }
            #expect(count == 1, "\(what): \(field)")
        }
        #expect(head.split(separator: "\r\n").count { $0.hasPrefix("content-security-policy:") } == 1, "\(what)")
    }

    @Test(arguments: [
        ("GET /healthz", 200), ("HEAD /healthz", 200), ("GET /api/v1/status", 200), ("GET /metrics", 200),
        ("GET /api/v1/openapi.json", 200), ("GET /nothing", 404), ("GET /page/nothing", 404), ("PUT /healthz", 405),
        ("GET /api/v1/deliveries?x", 400), ("GET /%zz", 400), ("HEAD /api/v1/events", 200),
    ])
    func `an answer with data lets nothing be done with it`(line: String, status: Int) async throws {
        try await RunningServer.with { running in
            let answer = try await running.ask(line)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            expect(answer, Self.data, line)
        }
    }

    @Test(arguments: ["GET /", "HEAD /", "GET /page/app.js", "GET /page/page.css"])
    func `the page may use its own files alone, and no text can become a script`(line: String) async throws {
        try await RunningServer.with { running in
            let answer = try await running.ask(line)
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            expect(answer, Self.page, line)
        }
    }

    @Test func `so do refusals, a stream, and what is no HTTP`() async throws {
        try await RunningServer.with(token: "geheim") { running in
            expect(try await running.ask("GET /api/v1/status"), Self.data, "401")
            expect(try await running.ask("GET /healthz", headers: ["Origin: http://evil.example"]), Self.data, "403")
            expect(
                try await running.ask(
                    "POST /api/v1/replay", headers: ["Authorization: Bearer geheim", "Content-Length: 70000"]),
                Self.data, "413")
            expect(try await running.ask("GET /x\u{1}"), Self.data, "400")
            let stream = try await EventClient.open(.port(running.port), headers: ["Authorization: Bearer geheim"])
            expect(try await stream.wait { $0.head != nil }.head ?? "", Self.data, "stream")
        }
    }
}

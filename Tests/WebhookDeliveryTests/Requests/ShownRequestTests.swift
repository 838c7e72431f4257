import DeliveryPlanning
import RelayConfig
import RelayModel
import Testing
import WebhookSigning

@testable import WebhookDelivery

/// What is shown of a request, beside what a server gets.
@Suite(.timeLimit(.minutes(1))) struct ShownRequestTests {
    private static let secrets = [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + String(repeating: "QUJD", count: 11),
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
    ]

    private static func header(_ name: String, _ value: String, isSecret: Bool = false)
        -> DestinationConfiguration.Header
    {
        .init(name: name, value: Secret(value), isSecret: isSecret)
    }

    /// Sends a delivery to `url`, with the port of a server of its own for PORT, and holds what is shown against what came.
    private func compare(
        _ url: String = "http://127.0.0.1:PORT/hook", format: BodyFormat = .standard, data: String? = nil,
        hidden: [String] = [], secrets: [String] = [],
        _ change: (inout DestinationConfiguration, RawServer) -> Void = { _, _ in }
    ) async throws -> ShownRequest {
        let server = RawServer.answering(RequestComparison.ok)
        defer { server.stop() }
        let destination = destination(url.replacing("PORT", with: "\(server.port)")) { change(&$0, server) }
        let sent = delivery(1, format: format, data: data ?? #"{"type":"payment","emoji":"\u00e9 é","n":1.50}"#)
        let (shown, received) = try await RequestComparison.send(sent, to: destination, at: server)
        RequestComparison.expectSame(shown, received, hidden: hidden)
        RequestComparison.expectNone(of: secrets, in: shown)
        return shown
    }

    @Test(
        arguments: BodyFormat.allCases,
        [[], [.standard], [.stripe], [.github], SignatureScheme.allCases] as [[SignatureScheme]])
    func `every format and signature, with several secrets, is shown as it arrived`(
        format: BodyFormat, schemes: [SignatureScheme]
    ) async throws {
        let shown = try await compare(format: format, secrets: Self.secrets) { destination, _ in
            destination.signatures = schemes
            destination.secrets = Self.secrets.map { Secret($0) }
        }
        let names = shown.headers.map(\.name)
        #expect(names.contains("webhook-signature") == schemes.contains(.standard))
        #expect(names.contains("Stripe-Signature") == schemes.contains(.stripe))
        #expect(names.contains("X-Hub-Signature-256") == schemes.contains(.github))
    }

    @Test func `a secret value is not shown, wherever it comes from, and a plain one is`() async throws {
        let named = [
            "Authorization", "Proxy-Authorization", "Cookie", "x-api-key", "API-Key", "x-token", "X-Client-Secret",
            "x-passwd", "my-auth", "x-protection-bypass", "x-credentials", "x-signature",
        ]
        let hidden = ["x-from-environment"] + named
        let shown = try await compare(hidden: hidden, secrets: ["hunter2"]) { destination, _ in
            destination.headers = [
                Self.header("X-Tenant", "acme; q=\"1\", ü"),
                Self.header("x-from-environment", "hunter2 of the environment", isSecret: true),
            ]
            destination.headers += named.map { Self.header($0, "hunter2 of \($0)") }
        }
        #expect(shown.headers.contains(.init("X-Tenant", "acme; q=\"1\", ü")))
    }

    @Test func `odd values are shown as they go out: empty, blank, with blanks around them`() async throws {
        let shown = try await compare(hidden: ["x-hidden-empty"]) { destination, _ in
            destination.headers = [
                Self.header("x-empty", ""), Self.header("x-blank", "  "), Self.header("x-tab", "\t"),
                Self.header("x-padded", "  a\tb  "), Self.header("x-hidden-blank", " ", isSecret: true),
                Self.header("x-hidden-empty", "filled", isSecret: true), Self.header("x-colon", ":;"),
            ]
        }
        #expect(
            shown.headers.map(\.name).filter { $0.hasPrefix("x-") } == [
                "x-empty", "x-padded", "x-hidden-empty", "x-colon",
            ])
    }

    @Test(arguments: ["application/json", " "])
    func `a configured header takes the place of the one that every request has`(accept: String) async throws {
        let shown = try await compare { destination, _ in
            destination.headers = [Self.header("ACCEPT", accept), Self.header("x-last", "1")]
        }
        #expect(!shown.headers.contains(.init("Accept", "*/*")))
    }

    @Test(arguments: ["jane:hunter2", "jane:", "hunter2"])
    func `user and password of the URL are not shown, nor the header that they become`(user: String) async throws {
        let shown = try await compare(
            "http://\(user)@127.0.0.1:PORT/hook", hidden: ["Authorization"],
            secrets: ["jane", "hunter2", "Basic", Base64.encode(Array(user.utf8))])
        #expect(shown.url.hasPrefix("http://…@127.0.0.1:"))
        #expect(shown.url.hasSuffix("/hook"))
    }

    @Test func `a configured Authorization goes instead of the URL's user`() async throws {
        _ = try await compare(
            "http://user:hunter2@127.0.0.1:PORT/hook", hidden: ["authorization"], secrets: ["hunter2"]
        ) { destination, _ in
            destination.headers = [Self.header("authorization", "Bearer hunter2", isSecret: true)]
        }
    }

    @Test func `the query is not shown, and that there is one is`() async throws {
        let shown = try await compare("http://127.0.0.1:PORT/a/b?code=hunter2", secrets: ["hunter2", "code"])
        #expect(shown.url.hasSuffix("/a/b?…"))
    }

    @Test(arguments: ["http://127.1:PORT/", "HTTP://LocalHost:PORT", "http://localhost:0PORT/x"])
    func `the host is named as it is asked for`(url: String) async throws {
        _ = try await compare(url)
    }

    @Test func `a large body is shown whole`() async throws {
        let data = #"{"type":"payment","memo":"\#(String(repeating: "x", count: 1_500_000))"}"#
        let shown = try await compare(format: .raw, data: data)
        #expect(shown.body.count == data.utf8.count)
    }

    @Test(arguments: ["", "user:hunter2@"])
    func `a proxy that is asked for the URL gets what is shown`(user: String) async throws {
        let hidden = (user.isEmpty ? [] : ["Proxy-Authorization"]) + ["Authorization"]
        let shown = try await compare(
            "http://me:hunter3@other.example:80/hook?a=b", hidden: hidden, secrets: ["hunter2", "hunter3"]
        ) { destination, server in
            destination.proxy = Secret("http://\(user)127.0.0.1:\(server.port)")
        }
        #expect(shown.headers.first == .init("Host", "other.example"))
        #expect(shown.url == "http://…@other.example:80/hook?…")
    }

    @Test func `a configured Proxy-Connection goes instead of the one for a proxy`() async throws {
        _ = try await compare("http://other.example/") { destination, server in
            destination.proxy = Secret("http://127.0.0.1:\(server.port)")
            destination.headers = [Self.header("proxy-connection", "close")]
        }
    }

    @Test func `nothing of an https proxy or a tunnel is in what the destination gets`() throws {
        for proxy in ["http://user:word@127.0.0.1:1", "socks5://user:word@127.0.0.1:1"] {
            let url = proxy.hasPrefix("http:") ? "https://other.example:443/" : "http://other.example/"
            let shown = try ShownRequest.of(
                RequestComparison.detail(of: delivery(1)), to: destination(url) { $0.proxy = Secret(proxy) },
                signedAt: 1)
            #expect(shown.headers.prefix(2) == [.init("Host", "other.example"), .init("Accept", "*/*")])
            #expect(!shown.headers.contains { $0.name.hasPrefix("Proxy") })
        }
    }

    @Test func `a faulty secret is told, and nothing is shown`() {
        #expect(throws: SecretFault.self) {
            try ShownRequest.of(
                RequestComparison.detail(of: delivery(1)),
                to: destination("http://127.0.0.1/") {
                    $0.signatures = [.standard]
                    $0.secrets = [Secret("whsec_!")]
                }, signedAt: 1)
        }
    }

    // MARK: Without secrets

    @Test func `without secrets the same request is shown, but for its signature`() throws {
        let detail = RequestComparison.detail(of: delivery(1, format: .cloudevents))
        let destination = destination("https://other.example:8443/hook") {
            $0.signatures = [.standard]
            $0.secrets = [Secret(Self.secrets[0])]
        }
        var whole = try ShownRequest.of(detail, to: destination, signedAt: 1_697_234_567)
        let signature = try #require(whole.headers.firstIndex { $0.name == "webhook-signature" })
        #expect(whole.headers[signature].value?.hasPrefix("v1,") == true)
        whole.headers[signature].value = nil
        #expect(ShownRequest.unsigned(detail, url: destination.url.revealed, signedAt: 1_697_234_567) == whole)
    }

    @Test func `before the first attempt the time is not known`() {
        let shown = ShownRequest.unsigned(
            RequestComparison.detail(of: delivery(1)), url: "https://other.example/", signedAt: nil)
        #expect(shown.headers.filter { $0.value == nil }.map(\.name) == ["webhook-timestamp", "webhook-signature"])
    }
}

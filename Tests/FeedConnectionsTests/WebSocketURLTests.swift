import RelayModel
import Testing

@testable import FeedConnections

struct WebSocketURLTests {
    @Test(
        arguments: [
            (
                "wss://interface402.dev/api/data", "interface402.dev", 443, "/api/data", "interface402.dev",
                "interface402.dev"
            ),
            ("WSS://a.example", "a.example", 443, "/", "a.example", "a.example"),
            ("wss://a.example:8443?x=1#part", "a.example", 8443, "/?x=1", "a.example:8443", "a.example"),
            ("ws://localhost:80/", "localhost", 80, "/", "localhost", "localhost"),
            ("ws://127.0.0.1:9000/a?b=c&d", "127.0.0.1", 9000, "/a?b=c&d", "127.0.0.1:9000", nil),
            ("wss://[::1]:9000/", "::1", 9000, "/", "[::1]:9000", nil),
            ("wss://[::1]/", "::1", 443, "/", "[::1]", nil),
        ] as [(String, String, Int, String, String, String?)])
    func `a URL has its parts`(
        text: String, host: String, port: Int, target: String, hostHeader: String, serverName: String?
    ) throws {
        let url = try #require(WebSocketURL(text))
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target.revealed == target)
        #expect(url.hostHeader == hostHeader)
        #expect(url.serverName == serverName)
        #expect(url.isSecure == text.lowercased().hasPrefix("wss"))
    }

    @Test(arguments: [
        "", "a.example", "https://a.example", "ws://", "ws:///path", "ws://a:0/", "ws://a:65536/", "ws://a:b/",
        "ws://[::1",
        "ws://[::1]x/", "ws://user@a.example/", "ws://a.example/a b", "ws://a.example/\r\nX: y", "ws://a b/",
    ])
    func `what is no such URL is refused`(text: String) {
        #expect(WebSocketURL(text) == nil)
    }
}

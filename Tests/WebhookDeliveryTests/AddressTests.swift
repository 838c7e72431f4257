import RelayConfig
import RelayModel
import Testing

@testable import WebhookDelivery

/// Addresses that no request goes to.
@Suite struct AddressTests {
    /// For tests on loopback: takes it for a forbidden place.
    private static let withoutLoopback = AddressPolicy(refused: [
        .init(.v4(0x7F00_0000), 8), .init(.v6(high: 0, low: 1), 128),
    ])

    @Test(arguments: [
        "169.254.0.0", "169.254.169.254", "169.254.255.255", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "fe80::1", "febf:ffff::1", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42", "fd00:c1::a9fe:a9fe",
        "::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1",
        "::ffff:100.100.100.200",
    ])
    func `link-local and metadata addresses are refused in every form`(text: String) throws {
        #expect(AddressPolicy.standard.refuses(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.100.100.201", "169.253.255.255", "169.255.0.0",
        "8.8.8.8",
        "::1", "fc00::1", "fd00::1", "fec0::1", "fe7f::1", "2001:db8::1", "::ffff:127.0.0.1", "2002:0808:0808::1",
        "64:ff9b::8.8.8.8", "fd20:ce::253",
    ])
    func `loopback, private and public addresses are not`(text: String) throws {
        #expect(!AddressPolicy.standard.refuses(try #require(IPAddress(text))))
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "[::1]", "fe80::1%eth0", "0xa9fea9fe"])
    func `what is no address is none`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: ["169.254.169.254", "fd00:ec2::254", "::1", "::ffff:1.2.3.4"])
    func `an address is written as it is read`(text: String) throws {
        #expect(try #require(IPAddress(text)).description == text)
    }

    @Test(arguments: [
        "169.254.169.254", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "2852039166", "0251.0376.0251.0376", "169.254.43518",
        "169.16689662", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fe80::1]",
        "[fe80::1%251]",
        "[fd00:ec2::254]", "100.100.100.200", "%31%36%39.254.169.254",
    ])
    func `no spelling of a forbidden address is dialled or handed to a proxy`(host: String) throws {
        let proxied = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { proxied.stop() }
        for proxy in [nil, "http://127.0.0.1:\(proxied.port)"] {
            for scheme in ["http", "https"] {
                let outcome = try send(to: "\(scheme)://\(host)/latest/meta-data/") {
                    $0.proxy = proxy.map { Secret($0) }
                }
                let failure = try #require(outcome.failure)
                #expect(failure.stage == .address, "\(failure)")
                #expect(!failure.requestSent)
                #expect(failure.reason.contains("allowLinkLocal"))
            }
        }
        #expect(proxied.connectionCount == 0)
    }

    @Test(arguments: ["169.254.169.254.", "0xa9fea9fe.", "[fe80::1%25eth0]"])
    func `nor is one that libcurl takes for a name`(host: String) throws {
        let proxied = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { proxied.stop() }
        let outcome = try send(to: "http://\(host)/") { $0.proxy = Secret("http://127.0.0.1:\(proxied.port)") }
        #expect(outcome.failure?.requestSent == false)
        #expect(proxied.connectionCount == 0)
    }

    @Test func `a name is judged by the address that it resolves to`() throws {
        let server = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        let url = "http://localhost:\(server.port)/"
        #expect(try send(to: url, policy: Self.withoutLoopback).failure?.stage == .address)
        #expect(server.connectionCount == 0)
        #expect(try send(to: url).status == 200)
    }

    @Test func `a name's other addresses are dialled when one is refused`() throws {
        let server = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        let policy = AddressPolicy(refused: [.init(.v6(high: 0, low: 1), 128)])
        #expect(try send(to: "http://localhost:\(server.port)/", policy: policy).status == 200)
    }

    @Test func `a destination that allows it reaches such an address`() throws {
        let server = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        let outcome = try send(to: server.url, policy: Self.withoutLoopback) { $0.allowLinkLocal = true }
        #expect(outcome.status == 200)
    }

    @Test func `the connection of a destination that allows it does not serve one that does not`() throws {
        let server = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        let transport = makeTransport(
            [
                destination(server.url, name: "allowing") { $0.allowLinkLocal = true },
                destination(server.url, name: "forbidding"),
            ], policy: Self.withoutLoopback)
        #expect(try transport.send(request(to: "allowing")).status == 200)
        let failure = try #require(try transport.send(request(to: "forbidding")).failure)
        #expect(failure.stage == .address)
        #expect(!failure.requestSent)
        #expect(server.received.count == 1)
    }

    @Test func `a proxy at such an address is not dialled`() throws {
        let server = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        let outcome = try send(to: "http://192.0.2.1/", policy: Self.withoutLoopback) {
            $0.proxy = Secret("http://127.0.0.1:\(server.port)")
        }
        #expect(outcome.failure?.stage == .address)
        #expect(server.connectionCount == 0)
    }
}

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on loopback whose connections do what the test says.
final class ScriptedServer: Sendable {
    private let channel: any Channel
    private let peers = Inbox<ScriptedPeer>()
    private let count: Count
    private let scheme: String

    /// Connections that came so far.
    var accepted: Int { count.value.load(ordering: .relaxed) }

    var port: Int { channel.localAddress?.port ?? 0 }

    func url(host: String = "127.0.0.1", path: String = "/data?a=1") -> String { "\(scheme)://\(host):\(port)\(path)" }

    /// With a certificate it speaks TLS.
    init(_ certificate: TestCertificates.Server? = nil) async throws {
        let tls = try certificate.map { pem in
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(pem.certificate.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array(pem.key.utf8), format: .pem)
            return try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        }
        scheme = tls == nil ? "ws" : "wss"
        let peers = peers
        let count = Count()
        self.count = count
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    let peer = ScriptedPeer(channel)
                    try channel.pipeline.syncOperations.addHandler(PeerReader(peer))
                    count.value.wrappingAdd(1, ordering: .relaxed)
                    peers.put(peer)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private final class Count: Sendable {
        let value = Atomic(0)
    }

    /// The next connection.
    func accept() async throws -> ScriptedPeer {
        try await peers.next()
    }

    /// The next connection, with the WebSocket open.
    func open() async throws -> ScriptedPeer {
        let peer = try await accept()
        try await peer.upgrade()
        return peer
    }

    func stop() async {
        try? await channel.close()
    }
}

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTPS server on loopback that answers every request with `secure`.
final class TLSServer: Sendable {
    let port: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    private let counter: Counter

    private final class Counter: Sendable {
        let requests = Mutex(0)
    }

    /// With `certificate`; `asksForClient` refuses clients without a certificate of the test authority.
    init(certificate: String = TestCertificates.server, asksForClient: Bool = false) async throws {
        let chain = [
            NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem))
        ]
        let key = try NIOSSLPrivateKey(bytes: Array(TestCertificates.key.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(key))
        if asksForClient {
            let authority = try NIOSSLCertificate(bytes: Array(TestCertificates.authority.utf8), format: .pem)
            configuration.trustRoots = .certificates([authority])
            configuration.certificateVerification = .noHostnameVerification
        }
        let context = try NIOSSLContext(configuration: configuration)
        let counter = Counter()
        self.counter = counter
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answer(counter: counter))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// Requests that arrived.
    var requestCount: Int { counter.requests.withLock { $0 } }

    func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let counter: Counter

        init(counter: Counter) {
            self.counter = counter
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            counter.requests.withLock { $0 += 1 }
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "6"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "secure")))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}

/// The test certificates as files, as libcurl wants them; removed with this value's owner.
final class PEMFiles {
    private let folder: String
    let authority: String
    let client: String
    let key: String
    let encryptedKey: String
    let nonsense: String

    init() throws {
        var template = Array("/tmp/x402-relay-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError(number: errno) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        authority = try Self.write(TestCertificates.authority, "\(folder)/ca.pem")
        client = try Self.write(TestCertificates.client, "\(folder)/client.pem")
        key = try Self.write(TestCertificates.key, "\(folder)/client.key")
        encryptedKey = try Self.write(TestCertificates.encryptedKey, "\(folder)/encrypted.key")
        nonsense = try Self.write("nonsense\n", "\(folder)/nonsense.pem")
    }

    deinit {
        for path in [authority, client, key, encryptedKey, nonsense] { unlink(path) }
        rmdir(folder)
    }

    private static func write(_ text: String, _ path: String) throws -> String {
        guard let file = fopen(path, "w") else { throw FileError(number: errno) }
        defer { fclose(file) }
        guard fputs(text + "\n", file) >= 0 else { throw FileError(number: errno) }
        return path
    }
}

struct FileError: Error {
    let number: Int32
}

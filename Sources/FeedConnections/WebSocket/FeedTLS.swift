import NIOSSL
import RelayConfig

/// The TLS settings of a feed's connections, read once: the system's CAs take milliseconds to load.
struct FeedTLS: Sendable {
    let context: NIOSSLContext

    /// `caFile` is a PEM file that is trusted instead of the system's CAs.
    ///
    /// Throws NIOSSL's errors.
    init(caFile: String?) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = ["http/1.1"]
        // A peer that is gone does not hold up the next connection.
        configuration.shutdownTimeout = WebSocketChannel.closeTimeout
        if let caFile {
            let certificates = try NIOSSLCertificate.fromPEMFile(caFile)
            guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            configuration.trustRoots = .certificates(certificates)
        }
        context = try NIOSSLContext(configuration: configuration)
    }
    /// The settings of a feed, read from its files; nil for a URL without TLS.
    static func of(_ configuration: FeedConfiguration, for url: WebSocketURL) throws(FeedSetupError) -> FeedTLS? {
        guard url.isSecure else { return nil }
        do {
            return try FeedTLS(caFile: configuration.caFile)
        } catch {
            let source = configuration.caFile.map { "tls.caFile \($0)" } ?? "the system's CA certificates"
            throw FeedSetupError(
                feed: configuration.name,
                reason: "\(source) cannot be used: a readable PEM file with certificates is needed")
        }
    }
}

import NIOSSL

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
}

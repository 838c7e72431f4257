import NIOSSL
import RelayConfig

/// Whether the TLS files of a configuration can be used: each is loaded as a TLS library loads it.
enum TLSFileCheck {
    /// What is wrong with the first that cannot be used; nil where all can.
    ///
    /// Blocks until they are read. Whether a certificate has expired or a server would trust it is not asked.
    static func fault(of files: TLSFiles) -> TLSFiles.Fault? {
        if let caFile = files.caFile, certificates(in: caFile) == nil {
            return TLSFiles.Fault(key: .caFile, reason: "does not load, \(certificateRemedy)")
        }
        guard let certFile = files.certFile else { return nil }
        guard let chain = certificates(in: certFile), let leaf = chain.first else {
            return TLSFiles.Fault(key: .certFile, reason: "does not load, \(certificateRemedy)")
        }
        guard let keyFile = files.keyFile else { return nil }
        guard let key = try? NIOSSLPrivateKey(file: keyFile, format: .pem) else {
            return TLSFiles.Fault(
                key: .keyFile, reason: "does not load, name a file with a private key in PEM that needs no password")
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([])
        configuration.certificateChain = [.certificate(leaf)]
        configuration.privateKey = .privateKey(key)
        // The library refuses a key that does not belong to the certificate before it.
        guard (try? NIOSSLContext(configuration: configuration)) != nil else {
            return TLSFiles.Fault(
                key: .keyFile,
                reason: "is not the key of the first certificate in certFile, name the two that belong together")
        }
        return nil
    }

    private static let certificateRemedy = "name a file with whole X.509 certificates in PEM"

    private static func certificates(in path: String) -> [NIOSSLCertificate]? {
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty else { return nil }
        return certificates
    }
}

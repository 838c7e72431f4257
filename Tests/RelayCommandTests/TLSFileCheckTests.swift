import Glibc
import RelayConfig
import Testing

@testable import RelayCommand

/// `check --resolve` on TLS files, with self-signed certificates made for this test.
@Suite struct TLSFileCheckTests {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBhTCCASugAwIBAgIUdIvk3mpff0HwaQtclujy16RiOLcwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMcmVsYXkgdGVzdCBhMCAXDTI2MTEyMjAwMTQwNFoYDzIxMjYx
        MDI5MDAxNDA0WjAXMRUwEwYDVQQDDAxyZWxheSB0ZXN0IGEwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQ/dkdA2ZUU7UmsaKodcUzeWBgU3mR3/x7EG1Y2ENopVRkQ
        aGxBJoZgtaWF6LgbVjWc1CCG8Idqlh55EfGiXyiro1MwUTAdBgNVHQ4EFgQUEGCM
        Dg/mIgRJ9qJbIdgFYr3LKzkwHwYDVR0jBBgwFoAUEGCMDg/mIgRJ9qJbIdgFYr3L
        KzkwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAgf3ohhbP2WwpP
        L9jAFMc1IJe9HoKKy40jRzzGbI/fkwIhALEDXkcjJBbaWTjOE9yLDLChfA7H2rOw
        Y9qGDwxJqchQ
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvnw9P5ss0M/bZAV7
        gWRtKgPan2dVhRE9cvc5MEyIJBmhRANCAAQ/dkdA2ZUU7UmsaKodcUzeWBgU3mR3
        /x7EG1Y2ENopVRkQaGxBJoZgtaWF6LgbVjWc1CCG8Idqlh55EfGiXyir
        -----END PRIVATE KEY-----
        """

    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKELMlW8WU4nvH6Jm
        UyJ2OhpvY3t9BHoVrNSw0r3xu5GhRANCAASYyKUXWgrq7GKVKGTrsgXHjm02LjtJ
        deSBiV1HinrcI/fliiI3COSwrTIwCCBkRQYvauolyNcnCb1a4URWjiWl
        -----END PRIVATE KEY-----
        """

    /// In PEM's form, but no certificate and no key.
    static func hollow(_ label: String) -> String {
        "-----BEGIN \(label)-----\nMIIBQDCB86AD\n-----END \(label)-----\n"
    }

    private let folder: String

    init() throws {
        var template = Array("/tmp/x402-relay-tls-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
        try #require(made)
        folder = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init), as: UTF8.self) }
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let path = "\(folder)/\(name)"
        let stream = try #require(fopen(path, "w"))
        defer { fclose(stream) }
        fputs(text, stream)
        return path
    }

    private func removeFolder() {
        for name in ["ca.pem", "cert.pem", "key.pem"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    private func fault(ca: String? = nil, certificate: String? = nil, key: String? = nil) throws -> TLSFiles.Key? {
        TLSFileCheck.fault(
            of: TLSFiles(
                caFile: try ca.map { try file("ca.pem", $0) },
                certFile: try certificate.map { try file("cert.pem", $0) },
                keyFile: try key.map { try file("key.pem", $0) }))?.key
    }

    @Test func `files that load and belong together have no fault`() throws {
        defer { removeFolder() }
        #expect(try fault() == nil)
        #expect(try fault(ca: Self.certificate) == nil)
        #expect(try fault(ca: Self.certificate, certificate: Self.certificate, key: Self.key) == nil)
    }

    @Test func `a file that only looks like PEM is a fault of its key`() throws {
        defer { removeFolder() }
        let hollow = Self.hollow("CERTIFICATE")
        #expect(try fault(ca: hollow) == .caFile)
        #expect(try fault(certificate: hollow, key: Self.key) == .certFile)
        #expect(try fault(certificate: Self.certificate, key: Self.hollow("PRIVATE KEY")) == .keyFile)
    }

    @Test func `a key that belongs to another certificate is a fault`() throws {
        defer { removeFolder() }
        #expect(try fault(certificate: Self.certificate, key: Self.otherKey) == .keyFile)
    }
}

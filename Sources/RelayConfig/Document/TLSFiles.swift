/// The TLS files that one feed or destination names, as absolute paths.
package struct TLSFiles: Hashable, Sendable {
    package var caFile: String?
    package var certFile: String?
    package var keyFile: String?

    package init(caFile: String? = nil, certFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certFile = certFile
        self.keyFile = keyFile
    }

    /// Which of them something is wrong with.
    package enum Key: String, Sendable {
        case caFile, certFile, keyFile
    }

    /// Why one of them cannot be used.
    package struct Fault: Error, Hashable, Sendable {
        package let key: Key
        /// What is wrong and what to do next.
        package let reason: String

        package init(key: Key, reason: String) {
            self.key = key
            self.reason = reason
        }
    }
}

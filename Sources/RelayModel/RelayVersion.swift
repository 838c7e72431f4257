/// The relay's version, as it names itself to users, feeds and receivers.
package enum RelayVersion {
    /// Semantic version of this build.
    package static let current = "1.0.0"
    /// The `user-agent` of every request and connection.
    package static let userAgent = "x402-relay/1.0"
}

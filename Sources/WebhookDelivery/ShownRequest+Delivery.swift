package import RelayConfig
package import RelayModel

extension ShownRequest {
    /// The request of a delivery to `destination` as it is configured now, signed at `signedAt` (seconds since 1970).
    ///
    /// Exact, but for header values that are secret. Throws the first fault of the destination's secrets.
    package static func of(
        _ delivery: DeliveryDetail, to destination: DestinationConfiguration, signedAt: Int64
    ) throws -> ShownRequest { preconditionFailure("to be written") }
}

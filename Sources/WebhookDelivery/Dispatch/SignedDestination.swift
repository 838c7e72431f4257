import RelayConfig
import WebhookSigning

/// A destination with what signs for it, made together so that there is never one without the other.
struct SignedDestination: Sendable {
    let configuration: DestinationConfiguration
    let signer: WebhookSigner

    /// Throws the first fault of the destination's secrets.
    init(_ configuration: DestinationConfiguration) throws(SecretFault) {
        self.configuration = configuration
        signer = try WebhookSigner(schemes: configuration.signatures, secrets: configuration.secrets)
    }

    /// All of them, or the first fault.
    static func all(of configurations: [DestinationConfiguration]) throws(SecretFault) -> [SignedDestination] {
        var destinations: [SignedDestination] = []
        for configuration in configurations { destinations.append(try SignedDestination(configuration)) }
        return destinations
    }
}

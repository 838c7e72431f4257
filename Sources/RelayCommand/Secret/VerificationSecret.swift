import ArgumentParser
import Glibc
import RelayModel
import WebhookSigning

/// The secret that `listen` and `verify` check signatures with.
struct VerificationSecret: ParsableArguments {
    @Option(
        name: .customLong("secret"),
        help: ArgumentHelp(
            "What signatures are checked with: a whsec_, whsk_ or whpk_ secret. Without it X402_RELAY_SECRET is read, which "
                + "other users of the machine cannot see.", valueName: "secret"))
    var text: String?

    /// The verifier of that secret; throws a usage error where there is none or it is faulty.
    func verifier() throws -> WebhookVerifier {
        let place = text == nil ? Self.variable : "--secret"
        guard let secret = text ?? getenv(Self.variable).map({ String(cString: $0) }), !secret.isEmpty else {
            throw ValidationError("no secret is given; use --secret or set \(Self.variable)")
        }
        do {
            return try WebhookVerifier(Secret(secret))
        } catch {
            throw ValidationError("\(place): \(error)")
        }
    }

    private static let variable = "X402_RELAY_SECRET"
}

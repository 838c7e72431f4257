import ArgumentParser
import RelayModel
import WebhookSigning

/// `x402-relay secret new`: prints a new secret.
struct SecretNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Prints a new webhook secret.",
        discussion: """
            Without options: a whsec_ secret of 32 random bytes (HMAC-SHA256), which relay and receiver share. With --ed25519: \
            a whsk_ key for the relay and, on the next line, the whpk_ key with which receivers verify.
            """)

    @Flag(name: .customLong("ed25519"), help: "Make an Ed25519 key pair.")
    var isPair = false

    func run() {
        if isPair {
            let pair = WebhookKey.newPair()
            Console.print(pair.secret.revealed)
            Console.print(pair.publicKey)
        } else {
            Console.print(WebhookKey.newSharedSecret().revealed)
        }
    }
}

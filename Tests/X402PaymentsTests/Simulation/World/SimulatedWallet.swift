import RelayModel
import X402Payments

/// The one wallet of every history.
enum SimulatedWallet {
    /// Also what no text of the relay may hold.
    static let seed = "4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a"

    static func make() throws(Violation) -> SolanaWallet {
        do { return try SolanaWallet(Secret(seed)) } catch { throw Violation("the wallet: \(error)") }
    }

    /// An address of 32 bytes that `number` names.
    static func address(_ number: UInt8) -> String { Base58.encode((0..<32).map { $0 &* 7 &+ number | 1 }) }

    static let recipient = address(10)
    static let otherRecipient = address(20)
    static let feePayer = address(30)
    static let otherMint = address(40)
}

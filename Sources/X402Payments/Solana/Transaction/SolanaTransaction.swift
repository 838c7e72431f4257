/// A signed transaction of version 0, as it goes over the wire.
package struct SolanaTransaction: Hashable, Sendable {
    static let signatureLength = 64
    /// The largest transaction that the network takes: one IPv6 packet.
    static let maxBytes = 1232

    /// Why bytes are no transaction, as a clause.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// 64 bytes each, in the order of the message's first accounts; zeros where none is yet.
    package var signatures: [[UInt8]]
    package var message: SolanaMessage

    init(signatures: [[UInt8]], message: SolanaMessage) {
        self.signatures = signatures
        self.message = message
    }

    /// The wire form.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        CompactLength.append(signatures.count, to: &bytes)
        for signature in signatures { bytes += signature }
        return bytes + message.bytes
    }
}

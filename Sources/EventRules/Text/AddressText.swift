import RelayModel

/// Addresses in an event, in the form in which they compare, without an allocation.
enum AddressText {
    /// An EVM address: `0x` and 40 hexadecimal digits.
    static func isEVM(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        // The length first: nearly all addresses of a Solana feed end here.
        text.count == 42 && text[0] == UInt8(ascii: "0") && WalletAddress.form(of: text) == .evm
    }

    /// Hands over `text`, an EVM address, in lower case.
    static func withLowered<Outcome>(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Outcome
    ) -> Outcome {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { lowered in
            for index in 0..<text.count { lowered[index] = Bytes.lowered(text[index]) }
            return body(UnsafeBufferPointer(lowered))
        }
    }
}

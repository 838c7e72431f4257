/// A wallet, account or mint address in the form in which addresses compare: EVM ones in lower case, all others as written.
///
/// Any text is taken, since feeds may bring addresses of chains that the relay does not know; `form` says what it looks like.
package struct WalletAddress: Hashable, Sendable, CustomStringConvertible {
    /// What an address looks like; no checksum is judged.
    package enum Form: Hashable, Sendable {
        /// `0x` and 40 hexadecimal digits.
        case evm
        /// 32 to 44 characters of the base58 alphabet: a Solana public key.
        case base58
        case other
    }

    /// The text that is compared.
    package let canonical: String

    package init(_ text: String) {
        canonical = Self.form(of: text.utf8) == .evm ? text.lowercased() : text
    }

    package var description: String { canonical }

    /// What `text` looks like.
    package static func form(of text: some Collection<UInt8>) -> Form {
        if text.count == 42, text.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) {
            let isHex = text.dropFirst(2).allSatisfy { byte in
                byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") <= 5
            }
            if isHex { return .evm }
        }
        guard (32...44).contains(text.count) else { return .other }
        let isBase58 = text.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "1")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                return byte != UInt8(ascii: "I") && byte != UInt8(ascii: "O") && byte != UInt8(ascii: "l")
            default: return false
            }
        }
        return isBase58 ? .base58 : .other
    }
}

import RelayModel

/// The forms in which a wallet's key is written.
enum WalletText {
    /// A JSON array of 64 bytes with line breaks and spaces stays far below.
    private static let maxBytes = 4096
    private static let forms = "a JSON array of 64 bytes, base58 of 64 or 32 bytes, or 64 hexadecimal digits"

    /// The seed's 32 bytes, or 64 with the public key behind them.
    static func bytes(_ text: String) throws(SolanaWallet.Fault) -> [UInt8] {
        guard text.utf8.count <= maxBytes else {
            throw SolanaWallet.Fault(description: "it has \(text.utf8.count) bytes, a wallet has at most \(maxBytes)")
        }
        let text = trimmed(text)
        guard let first = text.utf8.first else { throw SolanaWallet.Fault(description: "it is empty") }
        if first == UInt8(ascii: "[") { return try array(text) }
        if let seed = hexadecimal(text) { return seed }
        guard let bytes = Base58.decode(text) else { throw SolanaWallet.Fault(description: "it is not \(forms)") }
        guard bytes.count == 32 || bytes.count == 64 else {
            throw SolanaWallet.Fault(description: "it is base58 of \(bytes.count) bytes, not of 64 or 32")
        }
        return bytes
    }

    private static func array(_ text: String) throws(SolanaWallet.Fault) -> [UInt8] {
        let document: JSONDocument
        do {
            document = try JSONParser(limits: JSONLimits(maxBytes: maxBytes, maxDepth: 2)).parse(Array(text.utf8))
        } catch {
            // The fault's own reason could show a piece of the key.
            throw SolanaWallet.Fault(description: "it begins like a JSON array, but is none from byte \(error.offset)")
        }
        var bytes: [UInt8] = []
        for element in document.elements(document.root) {
            guard document.kind(element) == .number,
                let byte = UInt8(String(decoding: document.slice(element), as: UTF8.self))
            else {
                throw SolanaWallet.Fault(description: "element \(bytes.count) of its array is no number from 0 to 255")
            }
            bytes.append(byte)
        }
        guard bytes.count == 64 else {
            throw SolanaWallet.Fault(description: "its array has \(bytes.count) bytes, a keypair has 64")
        }
        return bytes
    }

    /// The 32 bytes of 64 hexadecimal digits; nil for anything else.
    private static func hexadecimal(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in text.utf8 {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private static func trimmed(_ text: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let bytes = text.utf8.drop(while: isSpace)
        let end = bytes.lastIndex { !isSpace($0) }.map { bytes.index(after: $0) } ?? bytes.startIndex
        return String(bytes[bytes.startIndex..<end]) ?? ""
    }
}

import RelayModel

/// The text of a Solana keypair: whether it has one of the forms in which they are handed around.
///
/// It is decoded where it is used.
enum WalletKeyText {
    static let remedy =
        "is not a Solana key, give a JSON array of 64 bytes, base58 of 64 or 32 bytes, or 64 hexadecimal digits"

    /// The lengths that base58 of 64 and of 32 bytes can have; which of them decode to that many is for `isKey`.
    static let schema: SchemaNode = {
        let byte = "\\s*\(Pattern.octet)\\s*"
        return [
            "type": "string",
            "pattern": .text(
                Pattern.whole(
                    "\\s*(?:\\[\(byte)(?:,\(byte)){63}\\]|[0-9A-Fa-f]{64}|\(Pattern.base58){32,44}"
                        + "|\(Pattern.base58){64,88})\\s*")),
        ]
    }()

    static func isKey(_ text: String) -> Bool {
        let key = trimmed(text)
        if key.first == UInt8(ascii: "[") { return isByteArray(Array(key)) }
        if key.count == 64, key.allSatisfy({ isHexDigit($0) }) { return true }
        guard (32...88).contains(key.count), let length = base58Length(key) else { return false }
        return length == 64 || length == 32
    }

    private static func trimmed(_ text: String) -> ArraySlice<UInt8> {
        var bytes = Array(text.utf8)[...]
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes.drop(while: isSpace)
    }

    private static func isByteArray(_ text: [UInt8]) -> Bool {
        guard let document = try? JSONParser(limits: .configuration).parse(text) else { return false }
        let elements = Array(document.elements(document.root))
        return elements.count == 64
            && elements.allSatisfy { UInt8(String(decoding: document.slice($0), as: UTF8.self)) != nil }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") < 6
    }

    /// How many bytes the base58 text decodes to; nil where it is none.
    private static func base58Length(_ text: ArraySlice<UInt8>) -> Int? {
        let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
        var bytes: [UInt8] = []
        for digit in text {
            guard var carry = alphabet.firstIndex(of: digit) else { return nil }
            for index in bytes.indices {
                carry += Int(bytes[index]) * 58
                bytes[index] = UInt8(carry & 0xFF)
                carry >>= 8
            }
            while carry > 0 {
                bytes.append(UInt8(carry & 0xFF))
                carry >>= 8
            }
        }
        return bytes.count + text.prefix { $0 == alphabet[0] }.count
    }
}

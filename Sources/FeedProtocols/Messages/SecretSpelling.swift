/// The ways in which a peer may write a secret: as it is, or as a part of a JSON string.
struct SecretSpelling {
    /// As in `\u0041`.
    private static let longestEscape = 6
    /// Of a secret that a text ends in the middle of: a shorter beginning is that of many a word.
    private static let shortestPart = 8

    private let secret: [UInt8]

    init(_ secret: String) {
        self.secret = Array(secret.utf8)
    }

    /// In bytes: every character escaped at length; 0 for no secret.
    var maxLength: Int { secret.count * Self.longestEscape }

    /// How many of the first bytes are the secret, or the beginning of it, of 8 characters or more, that `bytes` end in; nil where
    /// they are neither.
    func length(in bytes: ArraySlice<UInt8>) -> Int? {
        if zip(bytes, secret).allSatisfy({ $0 == $1 }) {
            return bytes.count < min(secret.count, Self.shortestPart) ? nil : min(bytes.count, secret.count)
        }
        return escapedLength(in: bytes)
    }

    private func escapedLength(in bytes: ArraySlice<UInt8>) -> Int? {
        var at = bytes.startIndex
        for wanted in secret where at < bytes.endIndex {
            if bytes[at] != UInt8(ascii: "\\") {
                guard bytes[at] == wanted else { return nil }
                at += 1
                continue
            }
            let rest = bytes[at...]
            guard let escape = Self.escapes(of: wanted).first(where: { Self.agree(rest.prefix($0.count), $0) }) else {
                return nil
            }
            at += min(escape.count, rest.count)
        }
        return at - bytes.startIndex
    }

    /// How JSON may write an ASCII character other than as itself.
    private static func escapes(of byte: UInt8) -> [[UInt8]] {
        let digits = String(byte, radix: 16)
        var result = [Array("\\u00\(digits.utf8.count < 2 ? "0" : "")\(digits)".utf8)]
        if [UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "\\")].contains(byte) {
            result.append([UInt8(ascii: "\\"), byte])
        }
        return result
    }

    /// Whether they are the same as far as both go, hexadecimal digits without case.
    private static func agree(_ found: ArraySlice<UInt8>, _ escape: [UInt8]) -> Bool {
        // The first two tell `\U` from `\u`; of what follows only `A` to `F` differ from `a` to `f` by this bit.
        zip(found, escape).enumerated().allSatisfy { place, pair in
            pair.0 == pair.1 || place > 3 && pair.0 | 0x20 == pair.1 && pair.1 >= UInt8(ascii: "a")
        }
    }
}

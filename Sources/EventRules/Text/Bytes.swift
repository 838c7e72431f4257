import Glibc

/// Comparisons of UTF-8 text that allocate nothing.
enum Bytes {
    static func equal(_ text: UnsafeBufferPointer<UInt8>, _ other: [UInt8]) -> Bool {
        text.count == other.count && hasPrefix(text, other)
    }

    static func hasPrefix(_ text: UnsafeBufferPointer<UInt8>, _ prefix: [UInt8]) -> Bool {
        isEqual(text, at: 0, prefix)
    }

    static func hasSuffix(_ text: UnsafeBufferPointer<UInt8>, _ suffix: [UInt8]) -> Bool {
        isEqual(text, at: text.count - suffix.count, suffix)
    }

    /// Whether `piece` stands at `start`; a start outside of the text is no match.
    static func isEqual(_ text: UnsafeBufferPointer<UInt8>, at start: Int, _ piece: [UInt8]) -> Bool {
        guard start >= 0, start + piece.count <= text.count else { return false }
        guard let base = text.baseAddress else { return piece.isEmpty }
        return piece.withUnsafeBytes { wanted in
            guard let other = wanted.baseAddress else { return true }
            return memcmp(base + start, other, wanted.count) == 0
        }
    }

    static func lowered(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}

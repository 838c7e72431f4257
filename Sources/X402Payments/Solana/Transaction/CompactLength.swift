/// Solana's `compact-u16`: a length in one to three bytes of seven bits, least significant first.
enum CompactLength {
    static func append(_ length: Int, to bytes: inout [UInt8]) {
        var rest = UInt16(length)
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The length at `at`, which moves behind it; nil where none is, where it passes 16 bits or is longer than need be.
    static func read(_ bytes: [UInt8], at: inout Int) -> Int? {
        var length = 0
        for place in 0..<3 {
            guard at < bytes.count else { return nil }
            let byte = bytes[at]
            at += 1
            length |= Int(byte & 0x7F) << (7 * place)
            guard byte & 0x80 == 0 else { continue }
            return (place == 0 || byte != 0) && length <= Int(UInt16.max) ? length : nil
        }
        return nil
    }
}

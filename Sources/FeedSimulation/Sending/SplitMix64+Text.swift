import RelayModel

extension SplitMix64 {
    /// `count` characters of `alphabet`.
    mutating func text(_ count: Int, of alphabet: [UInt8]) -> String {
        String(decoding: (0..<count).map { _ in pick(alphabet) }, as: UTF8.self)
    }

    /// `count` bytes, of each number eight.
    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            withUnsafeBytes(of: next().littleEndian) { bytes.append(contentsOf: $0) }
        }
        return Array(bytes.prefix(count))
    }
}

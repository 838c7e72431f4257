import RelayModel

extension SplitMix64 {
    /// `count` characters of `alphabet`.
    mutating func text(_ count: Int, of alphabet: [UInt8]) -> String {
        String(decoding: (0..<count).map { _ in pick(alphabet) }, as: UTF8.self)
    }
}

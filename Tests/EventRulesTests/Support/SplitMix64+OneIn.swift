import RelayModel

extension SplitMix64 {
    /// True once in `times`.
    mutating func oneIn(_ times: Int) -> Bool { below(times) == 0 }
}

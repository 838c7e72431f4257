import RelayModel

/// Randomness that a seed repeats: the same seed gives the same history on every machine.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var source: SplitMix64

    package init(seed: UInt64) {
        source = SplitMix64(seed: seed)
    }

    package mutating func next() -> UInt64 { source.next() }

    /// True in so many of a thousand cases.
    package mutating func chance(_ thousandths: Int) -> Bool {
        Int.random(in: 0..<1000, using: &self) < thousandths
    }
}

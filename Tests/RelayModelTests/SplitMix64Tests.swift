import RelayModel
import Testing

struct SplitMix64Tests {
    @Test func `a seed gives the algorithm's own numbers`() {
        // The published reference gives these for the seed 1234567.
        var generator = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect((0..<5).map { _ in generator.next() } == expected)
    }

    @Test func `every number below the bound is drawn and no other`() {
        var generator = SplitMix64(seed: 1)
        #expect(Set((0..<1000).map { _ in generator.below(7) }) == Set(0..<7))
        #expect(Set((0..<100).map { _ in generator.pick(["a", "b"]) }) == ["a", "b"])
    }
}

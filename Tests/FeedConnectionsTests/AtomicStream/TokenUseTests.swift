import RelayModel
import Testing

@testable import FeedConnections

struct TokenUseTests {
    private let one = Secret("1")
    private let two = Secret("2")

    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    @Test func `a token that nobody was greeted with is tried by one connection`() {
        var use = TokenUse()
        #expect(use.open(0) == nil)
        #expect(use.use(one) == true)
        #expect(use.open(1) == one)
        #expect(use.open(0) == nil)
        #expect(use.open(1) == one)
        use.ended(1)
        #expect(use.open(0) == one)
        use.greeted(0, with: one, sliceSeconds: nil, now: at(0))
        #expect(use.open(1) == one)
        #expect(use.open(2) == one)
        // Another one has to prove itself.
        #expect(use.use(two) == true)
        #expect(use.open(1) == two)
        #expect(use.open(2) == nil)
    }

    @Test func `a refused token is not used before it is ordered again, and then with patience`() {
        var use = TokenUse()
        _ = use.use(one)
        _ = use.open(0)
        #expect(use.refused(one) == true)
        use.ended(0)
        #expect(use.open(0) == nil)
        #expect(use.use(one) == false)
        #expect(use.open(0) == one)
        #expect(use.refused(one) == true)
        #expect(use.use(two) == true)
        // The refusal of one that is not in use any more changes nothing.
        #expect(use.refused(one) == false)
        use.ended(0)
        #expect(use.open(0) == two)
        use.hold()
        #expect(use.open(0) == nil)
    }

    @Test func `a token has run out when the latest end that was told of is past`() {
        var use = TokenUse()
        _ = use.use(one)
        #expect(!use.hasRunOut(one, now: at(1_000_000)))
        use.greeted(0, with: one, sliceSeconds: 300, now: at(0))
        #expect(!use.hasRunOut(one, now: at(299)))
        #expect(use.hasRunOut(one, now: at(300)))
        #expect(!use.hasRunOut(two, now: at(300)))
        // Neither a later greeting nor a late reminder moves it back.
        use.greeted(1, with: one, sliceSeconds: 300, now: at(100))
        use.reminded(of: one, msUntilExpiry: 1000, now: at(100))
        #expect(!use.hasRunOut(one, now: at(299)))
        use.reminded(of: one, msUntilExpiry: 30_000, now: at(280))
        #expect(!use.hasRunOut(one, now: at(309)))
        #expect(use.hasRunOut(one, now: at(310)))
        use.renewed(with: two, now: at(300))
        #expect(!use.hasRunOut(one, now: at(400)))
        #expect(!use.hasRunOut(two, now: at(609)))
        #expect(use.hasRunOut(two, now: at(610)))
    }

    @Test(arguments: [nil, -1, 86_400_001, .max] as [Int64?])
    func `a reminder that says nothing of use moves no end`(left: Int64?) {
        var use = TokenUse()
        use.reminded(of: one, msUntilExpiry: left, now: at(0))
        #expect(!use.hasRunOut(one, now: at(10_000_000)))
    }
}

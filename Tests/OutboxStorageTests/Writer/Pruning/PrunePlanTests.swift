import RelayModel
import Testing

@testable import OutboxStorage

/// When is pruned and how much, without a clock.
struct PrunePlanTests {
    private func moment(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
    private func plan() -> PrunePlan { PrunePlan(policy: .sample, now: moment(0)) }

    private func outcome(_ hasMore: Bool, size: Int64 = 10, kept: Int64 = 0) -> PruneOutcome {
        PruneOutcome(removed: 1, hasMore: hasMore, size: size, keptSize: kept)
    }

    @Test func `the first step comes at once, and says what may go`() throws {
        let now = moment(100 * 86_400_000)
        let step = try #require(PrunePlan(policy: .sample, now: now).step(now: now))
        #expect(step.deliveredBefore == moment(93 * 86_400_000))
        #expect(step.deadBefore == moment(10 * 86_400_000))
        #expect(step.paymentsBefore == moment(99 * 86_400_000 - 60_000))
        #expect(step.recentPayments == moment(100 * 86_400_000 - 3_600_000)...now)
        #expect(step.maxSize == 1_000_000)
    }

    @Test func `a step is followed by a rest of nine times its length, half of the time above maxSize`() {
        var plan = plan()
        plan.pruned(outcome(true), took: .milliseconds(4), now: moment(4))
        #expect(plan.step(now: moment(39)) == nil)
        #expect(plan.step(now: moment(40)) != nil)
        plan.pruned(outcome(true, size: 1_000_001), took: .milliseconds(20), now: moment(100))
        #expect(plan.step(now: moment(119)) == nil)
        #expect(plan.step(now: moment(120)) != nil)
    }

    @Test func `without more to remove the next look comes after a minute, after a second in a full outbox`() {
        var plan = plan()
        plan.pruned(outcome(false), took: .milliseconds(1), now: moment(0))
        #expect(plan.dueAt == moment(60_000))
        plan.pruned(outcome(false, size: 2_000_000, kept: 1_000_000), took: .milliseconds(1), now: moment(0))
        #expect(plan.dueAt == moment(1000))
        plan.failed(now: moment(0))
        #expect(plan.dueAt == moment(10_000))
    }

    @Test func `a share of maxSize written since brings the next look forward`() {
        var plan = plan()
        plan.pruned(outcome(false), took: .milliseconds(1), now: moment(0))
        plan.wrote(15_624, now: moment(5))
        #expect(plan.step(now: moment(5)) == nil)
        plan.wrote(1, now: moment(6))
        #expect(plan.step(now: moment(6)) != nil)
        plan.pruned(outcome(false), took: .milliseconds(1), now: moment(6))
        plan.wrote(1, now: moment(7))
        #expect(plan.step(now: moment(7)) == nil)
    }

    @Test func `steps become as large as their time allows, within bounds`() throws {
        var plan = plan()
        func limit() throws -> Int { try #require(plan.step(now: moment(.max / 2))).limit }
        let first = try limit()
        plan.pruned(outcome(true), took: .milliseconds(1), now: moment(0))
        #expect(try limit() == first * 2)
        plan.pruned(outcome(true), took: .milliseconds(5), now: moment(0))
        #expect(try limit() == first * 2)
        plan.pruned(outcome(true), took: .milliseconds(11), now: moment(0))
        #expect(try limit() == first)
        for _ in 0..<20 { plan.pruned(outcome(true), took: .zero, now: moment(0)) }
        #expect(try limit() == PrunePlan.stepLimits.upperBound)
        for _ in 0..<20 { plan.pruned(outcome(true), took: .seconds(1), now: moment(0)) }
        #expect(try limit() == PrunePlan.stepLimits.lowerBound)
    }

    @Test func `payments that went before their time are told at once, then once a minute together`() {
        var plan = plan()
        func forget(_ count: Int, at now: Int64) -> Int? {
            let outcome = PruneOutcome(removed: 0, forgottenEarly: count, hasMore: true, size: 10, keptSize: 0)
            plan.pruned(outcome, took: .zero, now: moment(now))
            return plan.takeForgotten(now: moment(now))
        }
        #expect(forget(0, at: 0) == nil)
        #expect(forget(3, at: 1) == 3)
        #expect(forget(2, at: 2) == nil)
        #expect(forget(5, at: 60_000) == nil)
        #expect(forget(0, at: 60_001) == 7)
        #expect(forget(0, at: 200_000) == nil)
    }

    @Test func `levels are told when they change, and leave a margin before they change back`() {
        var plan = plan()
        var told: [OutboxFill.Level?] = []
        for kept in [799_999, 800_000, 760_000, 749_999, 900_000, 999_999, 1_000_000, 980_000, 979_999, 1_000_000, 0] {
            plan.pruned(outcome(false, size: 1_000_000, kept: Int64(kept)), took: .zero, now: moment(0))
            told.append(plan.takeFillChange()?.level)
        }
        #expect(
            told == [
                nil, .nearlyFull, nil, .roomy, .nearlyFull, nil, .full, nil, .nearlyFull, .full, .roomy,
            ])
        #expect(plan.takeFillChange() == nil)
    }

    @Test func `a larger maxSize makes room at once, and a huge one does not overflow`() {
        var plan = plan()
        plan.pruned(outcome(false, size: 1_000_000, kept: 1_000_000), took: .zero, now: moment(0))
        #expect(plan.takeFillChange()?.level == .full)
        plan.retain(RetentionPolicy(retention: .zero, deadRetention: .zero, maxSize: .max), now: moment(5))
        #expect(plan.takeFillChange()?.level == .roomy)
        #expect(plan.step(now: moment(5)) != nil)
    }
}

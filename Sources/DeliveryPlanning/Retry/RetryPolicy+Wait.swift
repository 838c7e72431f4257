import RelayModel

extension RetryPolicy {
    /// The wait after a failure that had `attempts` counted ones before it; the last entry for any beyond the schedule.
    func wait(after attempts: Int, using generator: inout SplitMix64) -> Duration {
        let entry = schedule[min(attempts, schedule.count - 1)].wholeMilliseconds
        let share = Int64(jitterThousandths)
        // In two parts, since the product of a long wait and its share may not fit.
        let longest = entry / 1000 * share + entry % 1000 * share / 1000
        return .milliseconds(entry) + .milliseconds(Int64.random(in: 0...longest, using: &generator))
    }
}

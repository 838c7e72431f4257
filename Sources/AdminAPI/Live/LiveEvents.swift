import NIOCore
import Synchronization

/// Passes events on to whoever follows them: `GET /api/v1/events`.
///
/// Whoever publishes never waits, whatever the followers do: what a follower does not take in time is left out and counted. What
/// came within a tick is rendered once, off the publisher's thread, and the same bytes go to every follower.
package final class LiveEvents: Sendable {
    private typealias Sleeper = CheckedContinuation<Void, Never>

    private struct State {
        var backlog = LiveBacklog()
        var followers: Set<Int> = []
        var nextFollower = 0
        /// Followers that know everything, and wait for more.
        var sleeping: [Int: Sleeper] = [:]
        /// A tick is on its way.
        var isTelling = false
        var isClosed = false
        /// Says something every now and then while anybody follows.
        var beating: Task<Void, Never>?

        mutating func wake() -> [Sleeper] {
            defer { sleeping = [:] }
            return Array(sleeping.values)
        }
    }

    private let interval: Duration
    private let beat: Duration
    private let state = Mutex(State())
    /// As many as `State.followers`: read without the lock.
    private let count = Atomic(0)

    package convenience init() {
        self.init(interval: LiveBounds.interval, beat: LiveBounds.beat)
    }

    init(interval: Duration, beat: Duration) {
        self.interval = interval
        self.beat = beat
    }

    /// Whether anybody follows; asked on the outbox writer's thread for each transaction.
    package var isFollowed: Bool { followers > 0 }

    /// How many follow.
    package var followers: Int { count.load(ordering: .relaxed) }

    /// Tells of events that are on disk; returns at once.
    ///
    /// `live` makes one of those that may still be told: of a larger batch only the newest.
    package func publish<Taken>(_ events: [Taken], _ live: (Taken) -> LiveEvent) {
        guard isFollowed, !events.isEmpty else { return }
        let newest = events.suffix(LiveBounds.waitingEvents).map { WaitingEvent(live($0)) }
        let isFirst = state.withLock { state in
            guard !state.followers.isEmpty else { return false }
            state.backlog.add(newest, published: events.count)
            defer { state.isTelling = true }
            return !state.isTelling
        }
        guard isFirst else { return }
        Task { [self] in
            repeat { try? await Task.sleep(for: interval) } while tell()
        }
    }

    /// Ends all followers: the relay stops.
    package func close() {
        let (sleeping, beating) = state.withLock { state -> ([Sleeper], Task<Void, Never>?) in
            state.isClosed = true
            state.followers = []
            count.store(0, ordering: .relaxed)
            state.backlog.clear()
            defer { state.beating = nil }
            return (state.wake(), state.beating)
        }
        beating?.cancel()
        for follower in sleeping { follower.resume() }
    }

    /// One that is told of what is published from now on; nil after `close`.
    func follow() -> LiveFollower? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            defer { state.nextFollower += 1 }
            state.followers.insert(state.nextFollower)
            count.store(state.followers.count, ordering: .relaxed)
            if state.beating == nil { state.beating = startBeating() }
            return LiveFollower(state.nextFollower, of: self, from: state.backlog.end)
        }
    }

    /// Ends a follower, which may have ended before; from any thread.
    func leave(_ follower: Int) {
        let (sleeping, beating) = state.withLock { state -> (Sleeper?, Task<Void, Never>?) in
            guard state.followers.remove(follower) != nil else { return (nil, nil) }
            count.store(state.followers.count, ordering: .relaxed)
            let sleeping = state.sleeping.removeValue(forKey: follower)
            guard state.followers.isEmpty else { return (sleeping, nil) }
            state.backlog.clear()
            defer { state.beating = nil }
            return (sleeping, state.beating)
        }
        beating?.cancel()
        sleeping?.resume()
    }

    /// What comes after `position`, once there is something; nil for a follower that has ended.
    func next(_ follower: Int, after position: inout LiveBacklog.Position) async -> LiveNews? {
        while true {
            let (news, isEnded) = state.withLock { state -> (LiveNews?, Bool) in
                let isEnded = !state.followers.contains(follower)
                return (isEnded ? nil : state.backlog.read(&position), isEnded)
            }
            if news != nil || isEnded { return news }
            await sleep(follower, until: position)
        }
    }

    private func sleep(_ follower: Int, until position: LiveBacklog.Position) async {
        await withCheckedContinuation { continuation in
            let isAwake = state.withLock { state in
                // Both may have come about since the last look.
                guard state.followers.contains(follower), !state.backlog.isNews(at: position) else { return true }
                state.sleeping[follower] = continuation
                return false
            }
            if isAwake { continuation.resume() }
        }
    }

    /// Renders what waits, wakes the followers, and says whether more has come meanwhile.
    func tell() -> Bool {
        let batch = state.withLock { $0.backlog.batch }
        let block = LiveFrames.block(batch.events)
        let (sleeping, isMore) = state.withLock { state -> ([Sleeper], Bool) in
            defer { state.isTelling = state.backlog.isWaiting }
            // Nobody may follow any longer.
            guard block.count > 0, !state.followers.isEmpty else { return ([], state.backlog.isWaiting) }
            state.backlog.append(block.buffer, events: batch.start..<batch.start + block.count)
            return (state.wake(), state.backlog.isWaiting)
        }
        for follower in sleeping { follower.resume() }
        return isMore
    }

    /// Tells a comment to all.
    private func say(_ comment: ByteBuffer) {
        let sleeping = state.withLock { state -> [Sleeper] in
            guard !state.followers.isEmpty else { return [] }
            state.backlog.append(comment: comment)
            return state.wake()
        }
        for follower in sleeping { follower.resume() }
    }

    private func startBeating() -> Task<Void, Never> {
        Task { [weak self, beat] in
            while true {
                do { try await Task.sleep(for: beat) } catch { return }
                self?.say(LiveFrames.comment)
            }
        }
    }
}

import OutboxStorage
import RelayModel
import Synchronization

/// What a writer told, in its order, and a way to wait for a fact in it.
final class ReportLog: Sendable {
    enum Entry: Hashable {
        case committed([Int64])
        case performed(ready: [Int64], withdrawn: [Int64])
        case loaded(String, [Int64])
        case loadFailed(String)
        case pressure(Bool)
        case trouble(OutboxError.Kind?)
        case fill(OutboxFill.Level)
        /// Of events, by the low halves of their numbers.
        case taken([UInt64])
        case wrote
    }

    private struct State {
        var entries: [Entry] = []
        var takenFor: [[String]] = []
        var writes = 0
        var waiting: [(condition: @Sendable ([Entry]) -> Bool, resume: @Sendable () -> Void)] = []
    }

    private let state = Mutex(State())
    /// Also what was taken, and that something was written.
    private let hasAll: Bool

    init(hasAll: Bool = false) {
        self.hasAll = hasAll
    }

    var entries: [Entry] { state.withLock { $0.entries } }
    /// The destinations of each event that was taken.
    var takenFor: [[String]] { state.withLock { $0.takenFor } }
    /// How many transactions wrote something.
    var writes: Int { state.withLock { $0.writes } }

    var reports: OutboxWriter.Reports {
        OutboxWriter.Reports(
            committed: { self.note(.committed($0.ready.map(\.id.number))) },
            performed: {
                self.note(.performed(ready: $0.ready.map(\.id.number), withdrawn: $0.withdrawn.map(\.number)))
            },
            loaded: { self.note(.loaded($0.destination, $0.deliveries.map(\.id.number))) },
            loadFailed: { self.note(.loadFailed($0)) }, pressure: { self.note(.pressure($0)) },
            trouble: { self.note(.trouble($0?.kind)) }, fill: { self.noteFill($0.level) },
            taken: { events in
                self.state.withLock { $0.takenFor += events.map { $0.deliveries.map(\.destination) } }
                if self.hasAll { self.note(.taken(events.map(\.event.id.low))) }
            },
            wrote: { _ in
                self.state.withLock { $0.writes += 1 }
                if self.hasAll { self.note(.wrote) }
            })
    }

    /// Only where the level is another than before.
    private func noteFill(_ level: OutboxFill.Level) {
        let before = state.withLock { state in
            state.entries.lazy.compactMap { if case .fill(let level) = $0 { level } else { nil } }.last
        }
        if level != before ?? .roomy { note(.fill(level)) }
    }

    private func note(_ entry: Entry) {
        let met = state.withLock { state in
            state.entries.append(entry)
            let entries = state.entries
            let met = state.waiting.filter { $0.condition(entries) }
            state.waiting.removeAll { $0.condition(entries) }
            return met
        }
        for waiting in met { waiting.resume() }
    }

    /// Waits until the entries are so.
    func wait(until condition: @escaping @Sendable ([Entry]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                if condition(state.entries) { return true }
                state.waiting.append((condition, { continuation.resume() }))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    func wait(for entry: Entry) async {
        await wait { $0.contains(entry) }
    }
}

import NIOCore
import Synchronization

/// The open connections of a listener: at most so many, and all of them known, so that a stop can end them.
final class Connections: Sendable {
    enum Admission: Equatable {
        case admitted
        /// Too many are open; `isFirst` where the one before was still admitted.
        case refused(isFirst: Bool)
    }

    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
        var isFull = false
        var waiting: [AsyncStream<Void>.Continuation] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    func admit(_ channel: any Channel) -> Admission {
        state.withLock { state in
            guard !state.isStopping, state.open.count < limit else {
                defer { state.isFull = true }
                return .refused(isFirst: !state.isFull && !state.isStopping)
            }
            state.isFull = false
            state.open[ObjectIdentifier(channel)] = channel
            return .admitted
        }
    }

    func leave(_ channel: any Channel) {
        let waiting = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = nil
            return state.open.isEmpty ? state.waiting : []
        }
        for one in waiting { one.finish() }
    }

    /// Admits none from now on; those that wait for a request close, the others after their answer.
    func stop() {
        for channel in stopped() {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func closeAll() {
        for channel in stopped() { channel.close(promise: nil) }
    }

    /// Returns once none is open, or `patience` is over.
    func areGone(within patience: Duration) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let isEmpty = state.withLock { state in
            state.waiting.append(continuation)
            return state.open.isEmpty
        }
        if isEmpty { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stream {} }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
    }

    private func stopped() -> [any Channel] {
        state.withLock { state in
            state.isStopping = true
            return Array(state.open.values)
        }
    }
}

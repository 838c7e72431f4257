import NIOCore
import Synchronization

/// The open connections of a listener: at most so many, and all of them known, so that a stop can end them.
///
/// Where all places are taken, the oldest connection that is not at work gives way to a new one: so whoever holds connections and
/// asks nothing, or does not read, cannot shut out those who ask.
final class Connections: Sendable {
    enum Admission: Equatable {
        case admitted
        /// In the place of one that was closed for it; `isFirst` where the one before found a free place.
        case inPlaceOfAnother(isFirst: Bool)
        /// All that are open are at work; `isFirst` where the one before was still admitted.
        case refused(isFirst: Bool)
    }

    private struct Connection {
        let channel: any Channel
        /// In the order in which they came.
        let number: Int
        /// A request came and its answer has not begun, or is a stream.
        var isAtWork = false
    }

    private struct State {
        var open: [ObjectIdentifier: Connection] = [:]
        var count = 0
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
        let (admission, yielding) = state.withLock { state -> (Admission, (any Channel)?) in
            guard !state.isStopping else { return (.refused(isFirst: false), nil) }
            let isFirst = !state.isFull
            state.isFull = state.open.count >= limit
            var yielding: (any Channel)?
            if state.isFull {
                let idle = state.open.filter { !$0.value.isAtWork }
                guard let oldest = idle.min(by: { $0.value.number < $1.value.number })
                else { return (.refused(isFirst: isFirst), nil) }
                state.open[oldest.key] = nil
                yielding = oldest.value.channel
            }
            state.count += 1
            state.open[ObjectIdentifier(channel)] = Connection(channel: channel, number: state.count)
            return (yielding == nil ? .admitted : .inPlaceOfAnother(isFirst: isFirst), yielding)
        }
        yielding?.close(promise: nil)
        return admission
    }

    /// A request of the connection came, or its answer has begun.
    func set(_ channel: any Channel, isAtWork: Bool) {
        state.withLock { $0.open[ObjectIdentifier(channel)]?.isAtWork = isAtWork }
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
            return state.open.values.map(\.channel)
        }
    }
}

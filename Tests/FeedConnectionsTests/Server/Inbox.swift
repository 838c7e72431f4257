/// Facts that a test waits for, in their order.
final class Inbox<Fact: Sendable>: Sendable {
    struct Ended: Error {}

    private let stream: AsyncStream<Fact>
    private let continuation: AsyncStream<Fact>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func put(_ fact: Fact) {
        continuation.yield(fact)
    }

    func end() {
        continuation.finish()
    }

    /// The next one; throws when there will be none, or the test's time is up.
    func next() async throws -> Fact {
        var iterator = stream.makeAsyncIterator()
        guard let fact = await iterator.next() else { throw Ended() }
        return fact
    }

    /// The next one that `isWanted`; those before it are dropped.
    func next(where isWanted: (Fact) -> Bool) async throws -> Fact {
        while true {
            let fact = try await next()
            if isWanted(fact) { return fact }
        }
    }
}

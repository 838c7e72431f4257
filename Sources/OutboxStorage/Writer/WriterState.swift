/// What the writer's thread and its callers share.
struct WriterState {
    var queue: WriterQueue
    /// What `retain` set and the thread has not yet seen.
    var newPolicy: RetentionPolicy?
    /// When to give up what could not be written; nil until `stop`.
    private(set) var deadline: ContinuousClock.Instant?
    private(set) var remainder: OutboxWriter.Remainder?
    private var waiting: [@Sendable (OutboxWriter.Remainder) -> Void] = []

    init(queue: WriterQueue) {
        self.queue = queue
    }

    /// What is answered once the thread has ended.
    static let ended = OutboxError(kind: .failed, reason: "the relay is stopping, and its outbox is closed")

    /// Asks the thread to end; `ended` is called when it has.
    mutating func stop(
        by deadline: ContinuousClock.Instant, ended: @escaping @Sendable (OutboxWriter.Remainder) -> Void
    ) {
        if let remainder { return ended(remainder) }
        self.deadline = self.deadline.map { min($0, deadline) } ?? deadline
        waiting.append(ended)
    }

    /// The thread ends.
    mutating func end() {
        let left = OutboxWriter.Remainder(events: queue.unwrittenEvents, updates: queue.unwrittenUpdates)
        remainder = left
        queue.end(Self.ended)
        for ended in waiting { ended(left) }
        waiting = []
    }
}

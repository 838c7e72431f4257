import RelayModel

/// What waits for the dispatcher's thread, and how far its life has come.
struct DispatcherInbox {
    enum Message: Sendable {
        case offer([Delivery])
        case loaded([Delivery], destination: String, next: Timestamp?)
        case loadFailed(destination: String)
    }

    /// All that came since the last turn, in its order.
    struct Batch {
        var messages: [Message]
        /// Set once nothing more is to be started: when attempts in flight are cancelled.
        var deadline: Timestamp?
    }

    private enum Life {
        /// Not started yet.
        case new
        case running
        /// The thread has ended, or never will be.
        case ended
    }

    private var life = Life.new
    private var messages: [Message] = []
    private var deadline: Timestamp?
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// Returns whether the thread is to be started.
    mutating func start() -> Bool {
        guard case .new = life else { return false }
        life = .running
        return true
    }

    /// Returns whether the thread must be woken.
    mutating func post(_ message: Message) -> Bool {
        if case .ended = life { return false }
        messages.append(message)
        return messages.count == 1
    }

    mutating func take() -> Batch {
        defer { messages = [] }
        return Batch(messages: messages, deadline: deadline)
    }

    /// Asks for the end; the earliest deadline counts.
    ///
    /// Returns whether the thread is to be woken and will resume `waiter`; else it has ended.
    mutating func stop(at deadline: Timestamp, _ waiter: CheckedContinuation<Void, Never>) -> Bool {
        guard case .running = life else {
            life = .ended
            return false
        }
        self.deadline = min(deadline, self.deadline ?? deadline)
        waiters.append(waiter)
        return true
    }

    /// Returns who waits for the end.
    mutating func end() -> [CheckedContinuation<Void, Never>] {
        life = .ended
        messages = []
        defer { waiters = [] }
        return waiters
    }
}

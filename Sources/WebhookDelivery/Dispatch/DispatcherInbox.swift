import DeliveryPlanning
import RelayConfig
import RelayModel
import WebhookSigning

/// What waits for the dispatcher's thread, and how far its life has come.
struct DispatcherInbox {
    enum Message: Sendable {
        case offer([Delivery])
        case loaded([Delivery], destination: String, next: Timestamp?)
        case loadFailed(destination: String)
        case performed(ready: [Delivery], withdrawn: [DeliveryID])
        case reconfigure([SignedDestination], standings: [String: DestinationStanding])
        case setStop(
            DestinationStanding.Stop?, reason: String?, destination: String, Reply<DestinationStanding?>)
        case activity(Reply<[String: DeliveryPlanner.Activity]>)

        typealias Reply<Answer> = CheckedContinuation<Answer, Never>

        /// Answers who waits for it, where there is no thread any longer that could.
        func refuse() {
            switch self {
            case .offer, .loaded, .loadFailed, .performed, .reconfigure: break
            case .setStop(_, _, _, let reply): reply.resume(returning: nil)
            case .activity(let reply): reply.resume(returning: [:])
            }
        }
    }

    /// What becomes of a message.
    enum Posting {
        /// The thread must be woken for it.
        case first
        /// It goes with others that the thread knows of.
        case queued
        /// The thread has ended.
        case refused
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

    mutating func post(_ message: Message) -> Posting {
        if case .ended = life { return .refused }
        messages.append(message)
        return messages.count == 1 ? .first : .queued
    }

    mutating func take() -> Batch {
        defer { messages = [] }
        return Batch(messages: messages, deadline: deadline)
    }

    /// Asks for the end; the earliest deadline counts.
    ///
    /// Returns whether the thread is to be woken and will resume `waiter`; else none runs.
    mutating func stop(at deadline: Timestamp, _ waiter: CheckedContinuation<Void, Never>) -> Bool {
        guard case .running = life else { return false }
        self.deadline = min(deadline, self.deadline ?? deadline)
        waiters.append(waiter)
        return true
    }

    /// Returns who waits for the end, and the messages that came too late.
    mutating func end() -> (waiters: [CheckedContinuation<Void, Never>], late: [Message]) {
        life = .ended
        defer { (waiters, messages) = ([], []) }
        return (waiters, messages)
    }
}

import OutboxStorage
import Synchronization

/// The rules in force now, for what is judged when its wait ends and for the relay's own events.
final class CurrentRules: Sendable {
    private let book: Mutex<RuleBook>

    init(_ book: RuleBook) {
        self.book = Mutex(book)
    }

    var now: RuleBook { book.withLock { $0 } }

    func replace(by newer: RuleBook) {
        book.withLock { $0 = newer }
    }
}

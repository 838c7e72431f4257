import FeedConnections
import RelayModel
import Synchronization

/// Orders what the test says, and keeps what a stream's connections tell.
final class ScriptedTokens: StreamTokens {
    let news = Inbox<StreamNews>()
    private let first: StreamOrder?
    private let orders = Mutex<(@Sendable (StreamOrder) -> Void)?>(nil)

    /// `first` is ordered as soon as the feed begins.
    init(first: StreamOrder?) {
        self.first = first
    }

    func start(_ orders: @escaping @Sendable (StreamOrder) -> Void) {
        self.orders.withLock { $0 = orders }
        if let first { orders(first) }
    }

    func tell(_ news: StreamNews) {
        self.news.put(news)
    }

    func order(_ order: StreamOrder) {
        orders.withLock { $0 }?(order)
    }

    /// The next refusal: the token and why.
    func refusal() async throws -> (token: String, reason: String) {
        while true {
            if case .tokenRefused(let token, let reason) = try await news.next() { return (token.revealed, reason) }
        }
    }
}

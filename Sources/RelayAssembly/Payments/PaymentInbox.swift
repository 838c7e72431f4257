import FeedConnections
import RelayConfig
import RelayModel
import Synchronization
import X402Payments

/// What happened to the payments of all feeds, in order, until it is dealt with.
///
/// Posting never blocks and may come from any thread.
final class PaymentInbox: Sendable {
    enum Message: Sendable {
        /// A source of the feed begins and takes orders from here on.
        case attach(feed: String, source: Int, orders: @Sendable (StreamOrder) -> Void)
        case news(feed: String, source: Int, StreamNews)
        /// A source is to take over from others that may hold the same token; `retire` closes those, and `alone` follows.
        case beside(feed: String, source: Int, retire: @Sendable () -> Void)
        case alone(feed: String, source: Int)
        /// The answer to something that an access asked for; `epoch` tells whether it was this one.
        case input(feed: String, epoch: Int, StreamAccess.Input)
        /// Another configuration, and what is paid from with it; what can fail of it has been tried.
        case reconfigure(Configuration, Purse?)
        case tick
    }

    /// News beyond these wait nowhere: what repeats itself is left out then.
    ///
    /// A connection brings a handful of them in a slice; only a server gone mad brings more than are dealt with at once.
    private static let newsLimit = 256

    private struct State {
        var messages: [Message] = []
        var news = 0
    }

    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() {
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func post(_ message: Message) {
        state.withLock { state in
            if case .news(_, _, let news) = message {
                guard state.news < Self.newsLimit || !news.repeatsItself else { return }
                state.news += 1
            }
            state.messages.append(message)
        }
        signal.yield()
    }

    /// Nothing more is waited for.
    func end() {
        signal.finish()
    }

    /// Waits until something may have been posted; false when it ended.
    var turns: AsyncStream<Void> { signals }

    /// All that was posted since the last time.
    func take() -> [Message] {
        state.withLock { state in
            defer { (state.messages, state.news) = ([], 0) }
            return state.messages
        }
    }
}

extension StreamNews {
    /// The server says it again, or its next refusal says the same.
    fileprivate var repeatsItself: Bool {
        switch self {
        case .notGreeted, .reminder, .paymentRequired, .failed: true
        case .tokenRefused, .hello, .renewed, .renewalLost: false
        }
    }
}

/// The way of one source of a feed to whoever buys its slices.
struct SourceTokens: StreamTokens {
    let feed: String
    let source: Int
    let inbox: PaymentInbox

    func start(_ orders: @escaping @Sendable (StreamOrder) -> Void) {
        inbox.post(.attach(feed: feed, source: source, orders: orders))
    }

    func tell(_ news: StreamNews) {
        inbox.post(.news(feed: feed, source: source, news))
    }
}

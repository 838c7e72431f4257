import AdminAPI
import DeliveryPlanning
import FeedConnections
import Logging
import OutboxStorage
import RelayModel
import Synchronization
import WebhookDelivery

/// What the writer reports to: parts that are built after it, since they need what it has read; and what it last said.
///
/// What it reports before they are linked is not lost: deliveries are read back from disk when the dispatcher begins, and how
/// the outbox stands is kept here.
final class WriterLinks: Sendable {
    /// How the outbox stands, as the writer tells it.
    struct Standing: Sendable {
        /// Why nothing can be written; nil while it can.
        var trouble: String?
        /// Since when the feeds are not to be read; nil while they are.
        var pressedSince: Timestamp?
        /// How full the outbox is of what may not be removed.
        var fill: OutboxFill?
    }

    private struct Links {
        var dispatcher: WebhookDispatcher?
        /// To be called when `pressedSince` came or went.
        var pressureChanged: (@Sendable () -> Void)?
        var standing = Standing()
    }

    let figures = OutboxFigures()
    private let links = Mutex(Links())
    private let live: LiveEvents
    private let clock: RelayClock
    private let logger: Logger

    init(live: LiveEvents, clock: RelayClock, logger: Logger) {
        self.live = live
        self.clock = clock
        self.logger = logger
    }

    /// `pressureChanged` is called whenever the feeds are to be read again, or no longer.
    func link(_ dispatcher: WebhookDispatcher, pressureChanged: @escaping @Sendable () -> Void) {
        links.withLock { links in
            links.dispatcher = dispatcher
            links.pressureChanged = pressureChanged
        }
    }

    var standing: Standing { links.withLock(\.standing) }
    private var dispatcher: WebhookDispatcher? { links.withLock(\.dispatcher) }

    var reports: OutboxWriter.Reports {
        OutboxWriter.Reports(
            committed: { [self] commit in
                figures.count(commit.turns)
                dispatcher?.offer(commit.ready)
            },
            performed: { [self] outcome in
                figures.count(outcome.turns)
                dispatcher?.performed(ready: outcome.ready, withdrawn: outcome.withdrawn)
            },
            loaded: { [self] due in dispatcher?.loaded(due.deliveries, destination: due.destination, next: due.next) },
            loadFailed: { [self] destination in dispatcher?.loadFailed(destination: destination) },
            pressure: { [self] isPressed in press(isPressed) },
            trouble: { [self] error in links.withLock { $0.standing.trouble = error?.reason } },
            fill: { [self] fill in links.withLock { $0.standing.fill = fill } },
            taken: { [live] events in
                guard live.isFollowed else { return }
                live.publish(events, LiveEvent.init)
            },
            wrote: { [figures] in figures.wrote(in: $0) })
    }

    private func press(_ isPressed: Bool) {
        let now = clock.now
        let pressureChanged = links.withLock { links in
            links.standing.pressedSince = isPressed ? links.standing.pressedSince ?? now : nil
            return links.pressureChanged
        }
        pressureChanged?()
        logger.debug(isPressed ? "The outbox falls behind: reading pauses" : "Reading goes on")
    }
}

extension LiveEvent {
    /// Each rule once, in the order of the deliveries.
    fileprivate init(_ accepted: AcceptedEvent) {
        var rules: [String] = []
        for rule in accepted.deliveries.lazy.flatMap(\.rules) where !rules.contains(rule) { rules.append(rule) }
        self.init(event: accepted.event, rules: rules, destinations: accepted.deliveries.map(\.destination))
    }
}

package import DeliveryPlanning
package import Logging
package import RelayConfig
package import RelayModel
import Synchronization
package import WebhookSigning

/// Sends deliveries on a thread of its own: the planner says what and when, the transport does it.
///
/// What comes in is queued and taken by the thread at its next turn, all at once. The queue's bound is what arrives during one
/// turn, which waits for nothing: the planner keeps a window of it, and the rest stays in the outbox.
///
/// Every function may be called from any thread. `record` and `load` are called on the dispatcher's and must not wait.
package final class WebhookDispatcher: Sendable {
    /// Takes what is to be committed: updates of deliveries, the standings that changed, and the relay's own events.
    package typealias Record = @Sendable ([DeliveryUpdate], [String: DestinationStanding], [OwnEvent]) -> Void
    /// Takes a wish for deliveries; answered by `loaded` or `loadFailed` once all that was recorded before is committed.
    package typealias Load = @Sendable (LoadRequest) -> Void

    private let inbox = Mutex(DispatcherInbox())
    private let loop: DispatchLoop
    private let transport: any HTTPTransport
    private let clock: RelayClock
    private let tally = AttemptTally()

    /// For `destinations`, each an endpoint of `transport` under its name, which stand as `standings` remembers.
    ///
    /// Throws the first fault of a destination's secrets; those of a valid configuration have none.
    package init(
        destinations: [DestinationConfiguration], standings: [String: DestinationStanding], seed: UInt64,
        limits: PlannerLimits = .standard, transport: any HTTPTransport, clock: RelayClock, logger: Logger,
        record: @escaping Record, load: @escaping Load
    ) throws(SecretFault) {
        self.transport = transport
        self.clock = clock
        loop = DispatchLoop(
            destinations: try SignedDestination.all(of: destinations),
            planner: DeliveryPlanner(
                policies: destinations.map(\.policy), standings: standings, seed: seed, limits: limits),
            transport: transport, clock: clock, logger: logger, tally: tally, record: record, load: load)
    }

    /// Starts the thread; once.
    package func start() {
        guard inbox.withLock({ $0.start() }) else { return }
        startThread(named: "webhooks") { [self] in
            var loop = loop
            while loop.turn(inbox.withLock { $0.take() }) {}
            end()
        }
    }

    private func end() {
        let (waiters, late) = inbox.withLock { $0.end() }
        for message in late { message.refuse() }
        for waiter in waiters { waiter.resume() }
    }

    /// Hands over deliveries that became ready, in the order of their acceptance.
    package func offer(_ deliveries: [Delivery]) {
        guard !deliveries.isEmpty else { return }
        post(.offer(deliveries))
    }

    /// Answers a `LoadRequest`; `next` is when the next delivery beyond these is due.
    package func loaded(_ deliveries: [Delivery], destination: String, next: Timestamp?) {
        post(.loaded(deliveries, destination: destination, next: next))
    }

    /// Answers a `LoadRequest` that could not be performed; it will come again.
    package func loadFailed(destination: String) {
        post(.loadFailed(destination: destination))
    }

    /// Hands over what an operator's action made ready, as it is on disk now, and what it gave up.
    ///
    /// In the order of the transactions, with what other commits made ready and what loads brought.
    package func performed(ready: [Delivery], withdrawn: [DeliveryID]) {
        guard !ready.isEmpty || !withdrawn.isEmpty else { return }
        post(.performed(ready: ready, withdrawn: withdrawn))
    }

    /// Takes a new list of destinations, in force as a whole from the next turn on.
    ///
    /// Attempts then use the current URL, secrets and headers. To a destination that is not among them nothing more is sent;
    /// its attempts in flight end as they would have. `standings`: what the outbox remembers of those that are new. Throws
    /// the first fault of a destination's secrets, and then nothing has changed.
    package func reconfigure(
        _ destinations: [DestinationConfiguration], standings: [String: DestinationStanding]
    ) throws(SecretFault) {
        post(.reconfigure(try SignedDestination.all(of: destinations), standings: standings))
    }

    /// Pauses a destination, or resumes it where `stop` is nil.
    ///
    /// Returns how it stands then, after that was recorded; nil where none of this name is configured, or the dispatcher has
    /// ended.
    package func setStop(
        _ stop: DestinationStanding.Stop?, reason: String?, destination: String
    ) async -> DestinationStanding? {
        await withCheckedContinuation { reply in
            post(.setStop(stop, reason: reason, destination: destination, reply))
        }
    }

    /// How each destination stands that is configured, or has attempts in flight; nothing once the dispatcher has ended.
    package func activity() async -> [String: DeliveryPlanner.Activity] {
        await withCheckedContinuation { reply in post(.activity(reply)) }
    }

    /// What was sent to each destination since the start, by name; those removed from the configuration included.
    ///
    /// None of one that no attempt was made to. Does not wait for the dispatcher's thread.
    package var measures: [String: DestinationMeasures] { tally.measures }

    /// Stops: nothing more is started, attempts in flight may end within `limit` and are cancelled then.
    ///
    /// Returns when the thread has ended and all that came of the attempts is recorded. What was cancelled stays pending in
    /// the outbox.
    package func stop(within limit: Duration) async {
        let deadline = clock.now + limit
        await withCheckedContinuation { waiter in
            if inbox.withLock({ $0.stop(at: deadline, waiter) }) {
                transport.wake()
            } else {
                end()
                waiter.resume()
            }
        }
    }

    private func post(_ message: DispatcherInbox.Message) {
        switch inbox.withLock({ $0.post(message) }) {
        case .first: transport.wake()
        case .queued: break
        case .refused: message.refuse()
        }
    }
}

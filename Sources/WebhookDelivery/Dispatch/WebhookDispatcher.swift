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
    /// Takes what is to be committed: updates of deliveries and the standings that changed.
    package typealias Record = @Sendable ([DeliveryUpdate], [String: DestinationStanding]) -> Void
    /// Takes a wish for deliveries; answered by `loaded` or `loadFailed` once all that was recorded before is committed.
    package typealias Load = @Sendable (LoadRequest) -> Void

    private let inbox = Mutex(DispatcherInbox())
    private let loop: DispatchLoop
    private let transport: any HTTPTransport
    private let clock: RelayClock

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
        loop = try DispatchLoop(
            destinations: destinations,
            planner: DeliveryPlanner(
                policies: destinations.map(\.policy), standings: standings, seed: seed, limits: limits),
            transport: transport, clock: clock, logger: logger, record: record, load: load)
    }

    /// Starts the thread; once.
    package func start() {
        guard inbox.withLock({ $0.start() }) else { return }
        startThread(named: "webhooks") { [self] in
            var loop = loop
            while loop.turn(inbox.withLock { $0.take() }) {}
            for waiter in inbox.withLock({ $0.end() }) { waiter.resume() }
        }
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
                waiter.resume()
            }
        }
    }

    private func post(_ message: DispatcherInbox.Message) {
        if inbox.withLock({ $0.post(message) }) { transport.wake() }
    }
}

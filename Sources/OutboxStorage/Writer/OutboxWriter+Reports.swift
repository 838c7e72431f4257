extension OutboxWriter {
    /// What the writer tells, on its own thread, in the order in which it happened.
    package struct Reports: Sendable {
        /// A transaction is on disk.
        package var committed: @Sendable (OutboxCommit) -> Void
        /// An operator's action is on disk: what is withdrawn is no longer sent, and what is in `ready` is to be sent anew.
        ///
        /// `committed` does not tell the same `ready`: told twice, it could be sent twice.
        package var performed: @Sendable (OperatorOutcome) -> Void
        /// A load, after all that was recorded before it was asked for is on disk and was told of.
        package var loaded: @Sendable (DueDeliveries) -> Void
        /// The load of this destination failed.
        package var loadFailed: @Sendable (String) -> Void
        /// Whether the feeds are to be left unread.
        ///
        /// Also on a thread that calls `accept`; one call at a time. It must not call the writer.
        package var pressure: @Sendable (Bool) -> Void
        /// Why nothing can be written; nil when it works again.
        package var trouble: @Sendable (OutboxError?) -> Void
        /// How much of the outbox has to be kept, whenever that was looked at.
        package var fill: @Sendable (OutboxFill) -> Void
        /// Events with the deliveries that are on disk now and were not before, in their order, the relay's own included;
        /// before `committed` tells of those.
        ///
        /// One that is decided in parts, since some rules wait for its payment, is told for each part, with the further
        /// deliveries alone.
        package var taken: @Sendable ([AcceptedEvent]) -> Void
        /// How long a transaction took that wrote something and is on disk now, the sync included: of a batch, a payment, an
        /// operator's action, or a step of pruning that removed something.
        package var wrote: @Sendable (Duration) -> Void

        package init(
            committed: @escaping @Sendable (OutboxCommit) -> Void,
            performed: @escaping @Sendable (OperatorOutcome) -> Void,
            loaded: @escaping @Sendable (DueDeliveries) -> Void,
            loadFailed: @escaping @Sendable (String) -> Void, pressure: @escaping @Sendable (Bool) -> Void,
            trouble: @escaping @Sendable (OutboxError?) -> Void, fill: @escaping @Sendable (OutboxFill) -> Void,
            taken: @escaping @Sendable ([AcceptedEvent]) -> Void = { _ in },
            wrote: @escaping @Sendable (Duration) -> Void = { _ in }
        ) {
            self.committed = committed
            self.performed = performed
            self.loaded = loaded
            self.loadFailed = loadFailed
            self.pressure = pressure
            self.trouble = trouble
            self.fill = fill
            self.taken = taken
            self.wrote = wrote
        }
    }

    /// What `stop` had to leave unwritten.
    package struct Remainder: Hashable, Sendable {
        package var events: Int
        package var updates: Int

        package init(events: Int = 0, updates: Int = 0) {
            self.events = events
            self.updates = updates
        }
    }
}

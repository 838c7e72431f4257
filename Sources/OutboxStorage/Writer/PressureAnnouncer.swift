import Synchronization

/// Tells the feeds whether to rest: each change once and in order, whichever thread sees it first.
final class PressureAnnouncer: Sendable {
    private let state: Monitor<WriterState>
    private let announce: @Sendable (Bool) -> Void
    /// What was told last.
    ///
    /// Held while it is told, so that two changes are not told in the wrong order.
    private let told = Mutex(false)

    init(state: Monitor<WriterState>, announce: @escaping @Sendable (Bool) -> Void) {
        self.state = state
        self.announce = announce
    }

    /// Tells the present state where it differs from what was told.
    func update() {
        told.withLock { told in
            let isPressed = state.withLock { $0.queue.isPressed }
            guard told != isPressed else { return }
            told = isPressed
            announce(isPressed)
        }
    }
}

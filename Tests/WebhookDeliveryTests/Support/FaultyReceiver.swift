import Synchronization

/// A receiver on loopback that is down in one way until it comes back, and takes every webhook from then on.
final class FaultyReceiver: Sendable {
    enum Fault: CaseIterable {
        case refuses, hangs, resets, isBusy, isBusyForAWhile, babbles
    }

    let server: RawServer
    private let fault: Fault
    private let state: State

    private final class State: Sendable {
        let isDown = Atomic(true)
        /// The ids of webhooks that were taken, in their order.
        let taken = Mutex<[String]>([])
    }

    init(_ fault: Fault) {
        let state = State()
        self.state = state
        self.fault = fault
        server = RawServer(isOpen: fault != .refuses) { connection, _ in
            while let request = connection.readRequest() {
                guard state.isDown.load(ordering: .acquiring) else {
                    state.taken.withLock { $0 += request.header("webhook-id") }
                    connection.write("HTTP/1.1 204 No Content\r\n\r\n")
                    continue
                }
                switch fault {
                case .refuses: return
                case .hangs: return connection.waitForClose()
                case .resets: return connection.reset()
                case .isBusy: connection.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
                case .isBusyForAWhile:
                    connection.write("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")
                case .babbles:
                    connection.write("\u{1}\u{2}\u{3} 200 fine\r\n\r\n")
                    return
                }
            }
        }
    }

    func comeBack() {
        state.isDown.store(false, ordering: .releasing)
        if fault == .refuses { server.open() }
    }

    var taken: [String] { state.taken.withLock { $0 } }
}

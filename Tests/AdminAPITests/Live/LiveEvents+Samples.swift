@testable import AdminAPI

extension LiveEvents {
    /// Tells of events that are made already.
    func publish(_ events: [LiveEvent]) {
        publish(events) { $0 }
    }
}

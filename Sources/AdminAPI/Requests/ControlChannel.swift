/// A way to the API: over the control socket of a running relay, or in this process on an outbox whose relay is down.
package protocol ControlChannel: Sendable {
    /// The answer, whatever its status; throws only where there is none.
    func request(_ request: AdminRequest) async throws(ControlChannelFault) -> AdminAnswer
}

extension AdminRoutes: ControlChannel {
    package func request(_ request: AdminRequest) async throws(ControlChannelFault) -> AdminAnswer {
        await answer(request)
    }
}

/// Why a relay that seems to run gave no answer.
package struct ControlChannelFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened on which socket, and what to do next.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

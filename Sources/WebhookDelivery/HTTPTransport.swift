package import RelayConfig
package import RelayModel

/// One POST, ready to leave.
package struct HTTPRequest: Sendable {
    /// Chosen by the sender of the request; its outcome comes back under it.
    package var token: UInt64
    /// Which of the transport's endpoints (URL, TLS, proxy, time limits) it goes to.
    package var endpoint: String
    /// Those of this request alone; the endpoint's own are added by the transport.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(token: UInt64, endpoint: String, headers: [(name: String, value: String)], body: [UInt8]) {
        self.token = token
        self.endpoint = endpoint
        self.headers = headers
        self.body = body
    }
}

/// What came of an `HTTPRequest`.
package struct HTTPResult: Sendable {
    package var token: UInt64
    package var outcome: AttemptOutcome
    package var duration: Duration

    package init(token: UInt64, outcome: AttemptOutcome, duration: Duration) {
        self.token = token
        self.outcome = outcome
        self.duration = duration
    }
}

/// Sends requests many at a time.
///
/// Used from one thread at a time, the dispatcher's; only `wake` is called from any.
package protocol HTTPTransport: AnyObject, Sendable {
    /// Begins the requests. Each gets exactly one result, from a later `wait`.
    func start(_ requests: [HTTPRequest])

    /// Drives the transfers and waits until some ended, `wake` was called or `timeout` passed; returns those that ended.
    ///
    /// May return early with nothing.
    func wait(timeout: Duration) -> [HTTPResult]

    /// Makes the present `wait`, or the next one, return at once.
    func wake()

    /// Takes these destinations in place of the ones it had, each an endpoint under its name.
    ///
    /// Requests that have begun end as they would have; connections that can still be used are kept.
    func replace(_ destinations: [DestinationConfiguration])

    /// Ends all transfers now, without results.
    func cancelAll()
}

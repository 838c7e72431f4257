/// What came of one request.
package enum AttemptOutcome: Hashable, Sendable {
    /// A status line was received, whatever followed: `retryAfter` is the header's text, `body` at most its first 1 KiB.
    case answered(status: Int, retryAfter: String?, body: [UInt8])
    case failed(TransportFailure)
}

/// Why a request got no HTTP status.
package struct TransportFailure: Error, Hashable, Sendable {
    package enum Stage: String, CaseIterable, Sendable {
        /// The address is refused by policy (link-local, cloud metadata).
        case address
        case resolve, connect, tls, proxy
        case send, receive, timeout
        /// What came is no HTTP.
        case answer
    }

    package let stage: Stage
    /// At least one byte of the request may have left, so the receiver may have seen it.
    package let requestSent: Bool
    /// For the record and the log: no secret, no payload.
    package let reason: String

    package init(stage: Stage, requestSent: Bool, reason: String) {
        self.stage = stage
        self.requestSent = requestSent
        self.reason = reason
    }
}

/// One attempt as it stays on record.
package struct AttemptRecord: Hashable, Sendable {
    /// From 1, over the delivery's whole life.
    package let number: Int
    package let startedAt: Timestamp
    package let duration: Duration
    /// The HTTP status; nil where none was received.
    package let status: Int?
    /// What went wrong, as a clause; nil for a success.
    package let error: String?
    /// The first 1 KiB of a failed answer; nil for a success or where nothing was received.
    package let answer: [UInt8]?
    /// The `webhook-timestamp` that it carried, in seconds since 1970; nil of one recorded by an older version.
    package let signedAt: Int64?

    package init(
        number: Int, startedAt: Timestamp, duration: Duration, status: Int?, error: String?, answer: [UInt8]?,
        signedAt: Int64? = nil
    ) {
        self.number = number
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.error = error
        self.answer = answer
        self.signedAt = signedAt
    }

    /// The longest `answer`.
    package static let answerLimit = 1024
}

/// What an attempt changes about its delivery; written in one transaction with the attempt's record.
package struct DeliveryUpdate: Sendable {
    package let id: DeliveryID
    package let destination: String
    package let state: DeliveryState
    /// Attempts that counted, this one included where it did.
    package let attempts: Int
    package let notBefore: Timestamp
    package let failedByOutage: Bool
    package let attempt: AttemptRecord

    package init(
        id: DeliveryID, destination: String, state: DeliveryState, attempts: Int, notBefore: Timestamp,
        failedByOutage: Bool, attempt: AttemptRecord
    ) {
        self.id = id
        self.destination = destination
        self.state = state
        self.attempts = attempts
        self.notBefore = notBefore
        self.failedByOutage = failedByOutage
        self.attempt = attempt
    }
}

import RelayModel

/// An attempt's outcome, as the planner judges it.
struct Answer {
    enum Kind {
        /// 2xx.
        case success
        /// 410: the receiver wants no more.
        case gone
        case failure
    }

    let kind: Kind
    /// Nil where none was received.
    let status: Int?
    /// Failed as a destination that is down fails: without an HTTP status, or with 502, 503 or 504.
    let isSilence: Bool
    /// The receiver may have seen the request.
    let wasRequestSent: Bool
    let retryAfter: String?
    /// What went wrong, as a clause; nil for a success.
    let error: String?
    /// The first bytes of a failed answer.
    let body: [UInt8]?

    init(_ outcome: AttemptOutcome) {
        switch outcome {
        case .answered(let status, let retryAfter, let body):
            kind = (200...299).contains(status) ? .success : status == 410 ? .gone : .failure
            self.status = status
            isSilence = [502, 503, 504].contains(status)
            wasRequestSent = true
            self.retryAfter = retryAfter
            let remark = (300...399).contains(status) ? " (a redirect, which is not followed)" : ""
            error = kind == .success ? nil : "status \(status)\(remark)"
            self.body = kind == .success ? nil : Array(body.prefix(AttemptRecord.answerLimit))
        case .failed(let failure):
            kind = .failure
            status = nil
            isSilence = true
            wasRequestSent = failure.requestSent
            retryAfter = nil
            error = failure.reason
            body = nil
        }
    }
}

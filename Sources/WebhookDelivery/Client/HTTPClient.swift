package import RelayModel

/// Asks HTTP servers one question at a time each, through libcurl: for payments and RPCs.
///
/// What holds for webhooks holds here: no redirects, HTTP/1.1, TLS 1.2 and up, no proxy of the environment, and addresses that
/// policy refuses are not dialled. Answers are bounded.
package struct HTTPClient: Sendable {
    /// The longest headers that are read, and the longest body where the question says nothing: a challenge can pass 8 KB.
    package static let maxAnswerBytes = 1 << 20

    package struct Question: Sendable {
        /// `GET`, or `POST` with the body.
        package var method: String
        /// May hold a user and password, sent as Basic.
        package var url: Secret
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]
        package var timeout: Duration
        package var connectTimeout: Duration
        /// A PEM file trusted instead of the system's.
        package var caFile: String?
        /// A longer body is a failure that says so.
        package var maxBodyBytes: Int

        package init(
            method: String, url: Secret, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
            timeout: Duration, connectTimeout: Duration, caFile: String? = nil,
            maxBodyBytes: Int = HTTPClient.maxAnswerBytes
        ) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
            self.timeout = timeout
            self.connectTimeout = connectTimeout
            self.caFile = caFile
            self.maxBodyBytes = maxBodyBytes
        }
    }

    package struct Answer: Sendable {
        package var status: Int
        /// In their order and with names as sent; one that was sent twice is there twice.
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]

        package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
            self.status = status
            self.headers = headers
            self.body = body
        }
    }

    /// Why no whole answer came.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        /// A clause without a secret and without the URL.
        package var description: String
        /// A part of the request may have left.
        package var mayHaveLeft: Bool

        package init(_ description: String, mayHaveLeft: Bool) {
            self.description = description
            self.mayHaveLeft = mayHaveLeft
        }
    }

    private let door: Door

    package init() {
        self.init(policy: .standard)
    }

    init(policy: AddressPolicy) {
        door = Door(policy: policy)
    }

    /// The answer, of whatever status.
    ///
    /// Cancelling the task ends the transfer.
    ///
    /// The time limits count from when it leaves: above a few at a time, questions wait.
    package func ask(_ question: Question) async throws(Failure) -> Answer {
        try await door.thread.ask(question).get()
    }

    /// Ends the thread with the last copy of its client.
    private final class Door: Sendable {
        let thread: AskingThread

        init(policy: AddressPolicy) {
            thread = AskingThread(policy: policy)
        }

        deinit {
            thread.end()
        }
    }
}

import NIOPosix

/// The API of a running relay, over its control socket; for the commands.
package struct AdminClient: ControlChannel {
    private let socketPath: String
    private let timeout: Duration

    /// How long a relay that is asked whether it is there may take.
    package static let answerTime = Duration.seconds(10)
    /// How long any request may take: a replay of millions goes in many small transactions, which take minutes on a slow disk.
    package static let requestTime = Duration.seconds(600)

    private init(socketPath: String, timeout: Duration) {
        self.socketPath = socketPath
        self.timeout = timeout
    }

    /// A client of the relay that listens on `socketPath`; nil where none runs.
    ///
    /// Throws where one listens but does not answer within `answerTime`, or this user may not ask.
    package static func open(
        socketPath: String, answerTime: Duration = answerTime, requestTime: Duration = requestTime
    ) async throws(ControlChannelFault) -> AdminClient? {
        switch ControlSocket.presence(socketPath) {
        case .nobody, .noFile: return nil
        case .failed(let code):
            throw ControlChannelFault(
                "the relay's control socket \(socketPath) cannot be used (\(ErrorText.of(code))): run the command as the "
                    + "relay's user")
        case .listening: break
        }
        let alive = AdminRequest(method: "GET", path: ["healthz"])
        switch await AdminClient(socketPath: socketPath, timeout: answerTime).send(alive) {
        case .answer: return AdminClient(socketPath: socketPath, timeout: requestTime)
        case .nobodyListens: return nil
        case .failed(let reason): throw noAnswer(socketPath, reason)
        }
    }

    package func request(_ request: AdminRequest) async throws(ControlChannelFault) -> AdminAnswer {
        switch await send(request) {
        case .answer(let answer): return answer
        case .nobodyListens: throw Self.noAnswer(socketPath, "it stopped")
        case .failed(let reason): throw Self.noAnswer(socketPath, reason)
        }
    }

    /// Off the cooperative threads, which libcurl would hold until the answer is there.
    private func send(_ request: AdminRequest) async -> ClientTransfer.Result {
        let transfer = ClientTransfer(socketPath: socketPath, request: request, timeout: timeout)
        return (try? await NIOThreadPool.singleton.runIfActive { transfer.perform() }) ?? .failed("it was given up")
    }

    private static func noAnswer(_ socketPath: String, _ reason: String) -> ControlChannelFault {
        ControlChannelFault("the relay at \(socketPath) does not answer: \(reason)")
    }
}

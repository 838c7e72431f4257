import RelayModel
import WebhookDelivery
import X402Payments

/// The configured Solana RPCs, asked over HTTP.
///
/// What they say is read by the pure code of `X402Payments`; faults name a server by its host, since its URL may hold a key.
struct SolanaRPC: PaymentChain {
    typealias Ask = @Sendable (HTTPClient.Question) async throws(HTTPClient.Failure) -> HTTPClient.Answer

    /// For an answer to a small question.
    static let timeout = Duration.seconds(5)
    /// For each question of a landing: a page of a history may have some megabytes.
    static let landingTimeout = Duration.seconds(20)
    /// How often each server is asked in turn before no answer is a fault.
    static let rounds = 2

    private struct Server: Sendable {
        let url: Secret
        let name: RPCServer
    }

    private let servers: [Server]
    private let ask: Ask

    init(urls: [Secret], client: HTTPClient) {
        self.init(urls: urls) { question throws(HTTPClient.Failure) in try await client.ask(question) }
    }

    init(urls: [Secret], ask: @escaping Ask) {
        servers = urls.map { Server(url: $0, name: RPCServer(url: $0.revealed)) }
        self.ask = ask
    }

    func latestBlockhash() async -> Result<StreamAccess.Blockhash, StreamAccess.ChainFault> {
        let request = RPCRequest.latestBlockhash()
        return await first(request) { server, answer throws(StreamAccess.ChainFault) in
            try server.blockhash(in: answer, to: request)
        }
    }

    func mint(_ address: SolanaAddress) async -> Result<SolanaMint, StreamAccess.ChainFault> {
        let request = RPCRequest.mint(address)
        return await first(request) { server, answer throws(StreamAccess.ChainFault) in
            try server.mint(address, in: answer, to: request)
        }
    }

    /// Asks all servers side by side.
    func landing(_ entry: LedgerEntry) async -> LandingVerdict {
        let verdicts = await withTaskGroup(of: (Int, LandingVerdict).self) { group in
            for (index, server) in servers.enumerated() {
                group.addTask { (index, await landing(entry, server)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        return LandingVerdict.combined(servers.indices.compactMap { verdicts[$0] })
    }

    private func landing(_ entry: LedgerEntry, _ server: Server) async -> LandingVerdict {
        var inquiry = LandingInquiry(entry: entry, server: server.name)
        while true {
            switch inquiry.next() {
            case .done(let verdict): return verdict
            case .ask(let request): inquiry.take(await answer(server, request, Self.landingTimeout))
            }
        }
    }

    /// The first good answer of the servers in turn, else what each of them last did.
    private func first<Value>(
        _ request: RPCRequest,
        _ read: (RPCServer, StreamAccess.HTTPAnswer) throws(StreamAccess.ChainFault) -> Value
    ) async -> Result<Value, StreamAccess.ChainFault> {
        guard !servers.isEmpty else {
            return .failure(StreamAccess.ChainFault("no RPC is configured: name one in payments.rpcUrls"))
        }
        var faults: [StreamAccess.ChainFault] = []
        for _ in 0..<Self.rounds {
            faults = []
            for server in servers {
                let answer = await answer(server, request, Self.timeout)
                do throws(StreamAccess.ChainFault) {
                    return .success(try read(server.name, answer))
                } catch {
                    faults.append(error)
                }
                guard !Task.isCancelled else { return .failure(error(faults)) }
            }
        }
        return .failure(error(faults))
    }

    private func error(_ faults: [StreamAccess.ChainFault]) -> StreamAccess.ChainFault {
        StreamAccess.ChainFault(faults.map(\.description).joined(separator: "; "))
    }

    private func answer(
        _ server: Server, _ request: RPCRequest, _ timeout: Duration
    ) async -> StreamAccess.HTTPAnswer {
        let question = HTTPClient.Question(
            method: "POST", url: server.url,
            headers: [(name: "content-type", value: "application/json"), (name: "accept", value: "application/json")],
            body: request.body, timeout: timeout, connectTimeout: timeout, maxBodyBytes: RPCRequest.maxAnswerBytes)
        do throws(HTTPClient.Failure) {
            let answer = try await ask(question)
            return .received(
                status: answer.status, headers: answer.headers.map { HTTPField($0.name, $0.value) }, body: answer.body)
        } catch {
            return .failed(reason: error.description, mayHaveLeft: error.mayHaveLeft)
        }
    }
}

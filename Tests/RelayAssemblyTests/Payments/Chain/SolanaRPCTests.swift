import RelayModel
import Synchronization
import Testing
import WebhookDelivery
import X402Payments

@testable import RelayAssembly

/// What is asked of which RPC, and what comes of answers that fail, lie or never come.
@Suite(.timeLimit(.minutes(1))) struct SolanaRPCTests {
    private static let first = "https://one.example/rpc/key111111"
    private static let second = "https://user22222:word33333@two.example:8899/?api-key=key444444"
    private static let secrets = ["key111111", "user22222", "word33333", "key444444", "/rpc", "https:"]
    private static let hash = "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"
    private static let blockhash = #"{"context":{"slot":9},"value":{"blockhash":"\#(hash)","lastValidBlockHeight":77}}"#

    private func rpc(_ http: ScriptedHTTP, urls: [String] = [first, second]) -> SolanaRPC {
        SolanaRPC(urls: urls.map { Secret($0) }, ask: http.ask)
    }

    private func fault<Value>(_ result: Result<Value, StreamAccess.ChainFault>) throws -> String {
        guard case .failure(let fault) = result else {
            Issue.record("it did not fail")
            return ""
        }
        for secret in Self.secrets { #expect(!fault.description.contains(secret), "\(fault)") }
        return fault.description
    }

    @Test func `the first server that answers is enough`() async throws {
        let http = ScriptedHTTP { asked throws(HTTPClient.Failure) in .result(Self.blockhash, to: asked) }
        let blockhash = try await rpc(http).latestBlockhash().get()
        #expect(blockhash.hash == SolanaAddress(Self.hash))
        #expect(blockhash.lastValidBlockHeight == 77)
        let asked = try #require(http.asked.first)
        #expect(http.asked.count == 1)
        #expect(asked.method == "POST")
        #expect(asked.url == Self.first)
        #expect(asked.headers.contains { $0.name == "content-type" && $0.value == "application/json" })
        #expect(asked.body.contains(#""method":"getLatestBlockhash""#))
        #expect(asked.timeout == .seconds(5))
    }

    enum Ill: CaseIterable {
        case hangs, answersHTML, isBusy, lies, answersAnother
    }

    private static func ill(_ ill: Ill, _ asked: ScriptedHTTP.Asked) throws(HTTPClient.Failure) -> HTTPClient.Answer {
        switch ill {
        case .hangs: throw HTTPClient.Failure("Operation timed out after 5001 milliseconds", mayHaveLeft: true)
        case .answersHTML: return .ok("<html>\(asked.url.suffix(9))</html>")
        case .isBusy: return HTTPClient.Answer(status: 429, headers: [], body: Array("slow down".utf8))
        case .lies: return .result(#"{"value":{"blockhash":"short","lastValidBlockHeight":1}}"#, to: asked)
        case .answersAnother: return .ok(#"{"jsonrpc":"2.0","id":998,"result":\#(blockhash)}"#)
        }
    }

    @Test(arguments: Ill.allCases)
    func `after one that fails the next is asked`(ill: Ill) async throws {
        let http = ScriptedHTTP { asked throws(HTTPClient.Failure) in
            if asked.url == Self.first { return try Self.ill(ill, asked) }
            return .result(Self.blockhash, to: asked)
        }
        #expect(try await rpc(http).latestBlockhash().get().lastValidBlockHeight == 77)
        #expect(http.asked.map(\.url) == [Self.first, Self.second])
    }

    @Test(arguments: Ill.allCases)
    func `where all fail each is asked twice, and the fault names it by its host`(ill: Ill) async throws {
        let http = ScriptedHTTP { asked throws(HTTPClient.Failure) in try Self.ill(ill, asked) }
        let fault = try fault(await rpc(http).latestBlockhash())
        #expect(http.asked.map(\.url) == [Self.first, Self.second, Self.first, Self.second])
        #expect(fault.ranges(of: "one.example").count == 1, "\(fault)")
        #expect(fault.ranges(of: "two.example:8899").count == 1, "\(fault)")
        #expect(fault.contains("getLatestBlockhash"))
    }

    @Test func `a server that failed once may answer in the second round`() async throws {
        let isWell = Flag()
        let http = ScriptedHTTP { asked throws(HTTPClient.Failure) in
            if isWell.raise() { return .result(Self.blockhash, to: asked) }
            throw HTTPClient.Failure("Connection refused", mayHaveLeft: false)
        }
        _ = try await rpc(http, urls: [Self.first]).latestBlockhash().get()
        #expect(http.asked.count == 2)
    }

    /// Down until it was looked at once.
    private final class Flag: Sendable {
        private let isUp = Mutex(false)

        func raise() -> Bool {
            isUp.withLock { up in
                defer { up = true }
                return up
            }
        }
    }

    @Test func `without a server the fault says what to do`() async throws {
        let http = ScriptedHTTP { _ throws(HTTPClient.Failure) in .ok("") }
        #expect(try fault(await rpc(http, urls: []).latestBlockhash()).contains("payments.rpcUrls"))
        #expect(await rpc(http, urls: []).landing(Self.entry) == .undecided(reason: "no RPC was asked"))
    }

    @Test func `a mint is its program and its decimals, from the first server that knows it`() async throws {
        var data = [UInt8](repeating: 0, count: 82)
        (data[44], data[45]) = (9, 1)
        let account =
            #"{"value":{"owner":"TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA","#
            + #""data":["\#(Base64.encode(data))","base64"]}}"#
        let http = ScriptedHTTP { asked throws(HTTPClient.Failure) in
            .result(asked.url == Self.first ? #"{"value":null}"# : account, to: asked)
        }
        let address = try #require(SolanaAddress(Self.hash))
        let mint = try await rpc(http).mint(address).get()
        #expect(mint.decimals == 9)
        #expect(mint.address == address)
        #expect(http.asked.count == 2)
    }

    @Test func `a task that is cancelled asks no further server`() async throws {
        let http = ScriptedHTTP { _ throws(HTTPClient.Failure) in
            withUnsafeCurrentTask { $0?.cancel() }
            throw HTTPClient.Failure("it was cancelled", mayHaveLeft: true)
        }
        let asked = Task { await rpc(http).latestBlockhash() }
        #expect(try fault(await asked.value).contains("it was cancelled"))
        #expect(http.asked.count == 1)
    }

    // MARK: Landing

    private static let signedAt = Timestamp(milliseconds: 1_760_000_000_000)
    private static let entry = LedgerEntry(
        id: PaymentID(1), feed: "solana",
        resource: StreamResource(origin: "https://x402.example.net", version: "v2", stream: "slot"), purpose: .purchase,
        signedAt: signedAt, network: SolanaNetwork.mainnet.caip2, asset: SolanaMint.usdc.address.description,
        decimals: 6, amount: 30000, recipient: hash, payer: hash, sourceAccount: hash, memo: "00ff", blockhash: hash,
        lastValidBlockHeight: nil, clientSignature: Base58.encode([UInt8](repeating: 7, count: 64)),
        renewedToken: nil, payload: [], requirements: [])

    /// A server for which the payment did not land, long after it was signed.
    private static func absent(_ asked: ScriptedHTTP.Asked) -> HTTPClient.Answer {
        if asked.body.contains("isBlockhashValid") {
            return .result(#"{"context":{"slot":900},"value":false}"#, to: asked)
        }
        if asked.body.contains("getBlockTime") {
            return .result("\(signedAt.milliseconds / 1000 + 600)", to: asked)
        }
        return .result("[]", to: asked)
    }

    @Test func `all servers are asked side by side, and only together say that it did not land`() async throws {
        let door = Door(2)
        let http = ScriptedHTTP { asked throws(HTTPClient.Failure) in
            if asked.body.contains("isBlockhashValid") { await door.pass() }
            return Self.absent(asked)
        }
        #expect(await rpc(http).landing(Self.entry) == .notLanded)
        #expect(Set(http.asked.map(\.url)) == [Self.first, Self.second])
    }

    /// Lets nobody through before so many have come.
    private actor Door {
        private let count: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private var come = 0

        init(_ count: Int) {
            self.count = count
        }

        func pass() async {
            come += 1
            guard come < count else {
                for one in waiting { one.resume() }
                return
            }
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    @Test(arguments: [Ill.hangs, .answersHTML, .isBusy])
    func `one that gives no good answer leaves it undecided, by its host`(ill: Ill) async throws {
        let http = ScriptedHTTP { asked throws(HTTPClient.Failure) in
            asked.url == Self.second ? try Self.ill(ill, asked) : Self.absent(asked)
        }
        guard case .undecided(let reason) = await rpc(http).landing(Self.entry) else {
            Issue.record("it was decided")
            return
        }
        #expect(reason.contains("two.example:8899"))
        #expect(!reason.contains("one.example"))
        for secret in Self.secrets { #expect(!reason.contains(secret)) }
    }
}

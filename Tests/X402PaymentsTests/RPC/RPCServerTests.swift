import RelayModel
import Testing

@testable import X402Payments

@Suite struct RPCServerTests {
    private static let server = RPCServer(
        url: "https://user:sesame99@rpc.example:8443/v2/0123456789abcdef/?api-key=fedcba98-7654#x")
    private static let hash = PaymentVector.blockhash

    private static func answer(_ json: String, status: Int = 200) -> StreamAccess.HTTPAnswer {
        .received(status: status, headers: [], body: Array(json.utf8))
    }

    private static func result(_ json: String) -> StreamAccess.HTTPAnswer {
        answer(#"{"jsonrpc":"2.0","result":\#(json),"id":1}"#)
    }

    @Test(arguments: [
        ("https://api.mainnet-beta.solana.com", "api.mainnet-beta.solana.com"),
        ("http://127.0.0.1:8899/", "127.0.0.1:8899"),
        ("https://a:b@c.example/x?y", "c.example"), ("https://c.example?api-key=1", "c.example"),
        ("[::1]:80", "[::1]:80"),
        ("", ""),
    ])
    func `a server is named by its host`(url: String, name: String) {
        #expect(RPCServer(url: url).name == name)
    }

    @Test func `what is secret in a URL is in no text`() throws {
        let request = RPCRequest.latestBlockhash()
        let texts = [
            "user:sesame99", "0123456789abcdef", "fedcba98-7654", "/v2/0123456789abcdef/?api-key=fedcba98-7654",
        ]
        let padding = String(repeating: "x", count: 110)
        let bodies = texts + texts.map { padding + $0 } + [String(repeating: "0123456789abcdef", count: 40)]
        let answers =
            bodies.map { Self.answer($0) } + bodies.map { Self.answer($0, status: 401) }
            + bodies.map { Self.answer(#"{"jsonrpc":"2.0","error":{"code":1,"message":"\#($0)"},"id":1}"#) }
            + bodies.map { .failed(reason: $0, mayHaveLeft: false) } + bodies.map { Self.result("\"\($0)\"") }
        for answer in answers {
            do {
                _ = try Self.server.blockhash(in: answer, to: request)
                Issue.record("it was read")
            } catch {
                for secret in ["sesame", "012345", "fedcba"] {
                    #expect(!error.description.contains(secret), "\(error)")
                }
                #expect(error.description.hasPrefix("rpc.example:8443, asked getLatestBlockhash"))
            }
        }
        var dumped = ""
        dump(Self.server, to: &dumped)
        #expect(!dumped.contains("sesame99") && !dumped.contains("0123456789"))
    }

    @Test func `a blockhash is asked for and read`() throws {
        let request = RPCRequest.latestBlockhash()
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":1,"method":"getLatestBlockhash","params":[{"commitment":"confirmed"}]}"#)
        let value = #"{"blockhash":"\#(Self.hash)","lastValidBlockHeight":18446744073709551615}"#
        let blockhash = try Self.server.blockhash(
            in: Self.result(#"{"context":{"slot":1},"value":\#(value)}"#), to: request)
        #expect(blockhash.hash.description == Self.hash)
        #expect(blockhash.lastValidBlockHeight == .max)
    }

    /// An answer to the request with id 1, and a piece of what is said of it.
    @Test(arguments: [
        (answer("<html><body>429</body></html>", status: 429), "answered with status 429: <html><body>429"),
        (answer("<html>hello</html>"), "answered 18 bytes that are not JSON of at most 4194304 bytes: <html>hello"),
        (answer(""), "answered 0 bytes that are not JSON"), (answer("[]"), "answered no JSON-RPC 2.0: []"),
        (answer(#"{"jsonrpc":"1.0","result":{},"id":1}"#), "answered no JSON-RPC 2.0"),
        (answer(#"{"jsonrpc":"2.0","result":{},"id":2}"#), "answered another request than the one with id 1"),
        (answer(#"{"jsonrpc":"2.0","result":{},"id":"1"}"#), "answered another request"),
        (answer(#"{"jsonrpc":"2.0","result":{}}"#), "answered another request"),
        (answer(#"{"jsonrpc":"2.0","id":1}"#), "answered without a result"),
        (
            answer(#"{"jsonrpc":"2.0","error":{"code":-32005,"message":"Node is behind by 42 slots"},"id":1}"#),
            "answered error -32005: Node is behind by 42 slots"
        ),
        (answer(#"{"jsonrpc":"2.0","error":"no","id":1}"#), "answered error without a code: "),
        (answer(#"{"jsonrpc":"2.0","error":{"code":1},"id":null}"#), "answered error 1: "),
        (.failed(reason: "timed out after 10 s", mayHaveLeft: true), "gave no answer: timed out after 10 s"),
        (result("null"), "without a blockhash of 32 bytes"), (result("7"), "without a blockhash"),
        (result(#"{"value":{"blockhash":"abc","lastValidBlockHeight":1}}"#), "without a blockhash of 32 bytes"),
        (result(#"{"value":{"blockhash":7,"lastValidBlockHeight":1}}"#), "without a blockhash"),
        (result(#"{"value":{"blockhash":"\#(hash)"}}"#), "without a lastValidBlockHeight"),
        (result(#"{"value":{"blockhash":"\#(hash)","lastValidBlockHeight":-1}}"#), "without a lastValidBlockHeight"),
        (result(#"{"value":{"blockhash":"\#(hash)","lastValidBlockHeight":1.5}}"#), "without a lastValidBlockHeight"),
        (result(#"{"value":{"blockhash":"\#(hash)","lastValidBlockHeight":"9"}}"#), "without a lastValidBlockHeight"),
    ])
    func `an answer without a blockhash says what it is`(answer: StreamAccess.HTTPAnswer, part: String) {
        do {
            _ = try Self.server.blockhash(in: answer, to: .latestBlockhash())
            Issue.record("it was read, where \(part) was expected")
        } catch {
            #expect(error.description.contains(part), "\(error)")
        }
    }

    @Test func `an answer past 4 MiB is not read`() {
        let body = Array(#"{"jsonrpc":"2.0","result":null,"id":1}"#.utf8) + [UInt8](repeating: 0x20, count: 4 << 20)
        #expect(throws: StreamAccess.ChainFault.self) {
            try Self.server.blockhash(in: .received(status: 200, headers: [], body: body), to: .latestBlockhash())
        }
    }

    // MARK: Mints

    private static let mint = SolanaMint.usdc.address

    private static func account(_ data: [UInt8], owner: SolanaAddress = SolanaProgram.token) -> StreamAccess.HTTPAnswer
    {
        result(
            #"{"context":{"slot":1},"value":{"owner":"\#(owner)","data":["\#(Base64.encode(data))","base64"],"lamports":1}}"#
        )
    }

    /// The data of a mint with 9 decimals, filled up to `count`.
    private static func mintData(_ count: Int = 82, isInitialized: UInt8 = 1, kind: UInt8 = 1) -> [UInt8] {
        var data = [UInt8](repeating: 0, count: count)
        if count > 45 { (data[44], data[45]) = (9, isInitialized) }
        if count > 165 { data[165] = kind }
        return data
    }

    @Test func `a mint is asked for and read`() throws {
        let request = RPCRequest.mint(mint, id: 7)
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":7,"method":"getAccountInfo","params":["#
                + #""\#(Self.mint)",{"encoding":"base64","commitment":"confirmed"}]}"#)
        let read = try Self.server.mint(Self.mint, in: Self.account(Self.mintData()), to: .mint(Self.mint))
        #expect(read == SolanaMint(address: Self.mint, program: SolanaProgram.token, decimals: 9))
        for count in [82, 166, 300, 1000] {
            let account = Self.account(Self.mintData(count), owner: SolanaProgram.token2022)
            let read = try Self.server.mint(Self.mint, in: account, to: .mint(Self.mint))
            #expect(read == SolanaMint(address: Self.mint, program: SolanaProgram.token2022, decimals: 9))
        }
    }

    private var mint: SolanaAddress { Self.mint }

    @Test(arguments: [
        (result(#"{"context":{"slot":1},"value":null}"#), "says that there is no account EPj"),
        (result("{}"), "there is no account"), (result(#"{"value":7}"#), "without the owner and the data"),
        (result(#"{"value":{"owner":"x","data":["","base64"]}}"#), "without the owner and the data"),
        (
            result(#"{"value":{"owner":"\#(SolanaProgram.token)","data":["AA=","base64"]}}"#),
            "without the owner and the data"
        ),
        (
            result(#"{"value":{"owner":"\#(SolanaProgram.token)","data":["AAAA","base58"]}}"#),
            "without the owner and the data"
        ),
        (
            result(#"{"value":{"owner":"\#(SolanaProgram.token)","data":{"parsed":{}}}}"#),
            "without the owner and the data"
        ),
        (account(mintData(), owner: SolanaProgram.memo), "is of \(SolanaProgram.memo), which is no token program"),
        (account(mintData(81)), "is no mint"), (account([]), "is no mint"),
        (account(mintData(isInitialized: 0)), "is no mint"),
        (account(mintData(isInitialized: 2)), "is no mint"), (account(mintData(165)), "is no mint"),
        (account(mintData(166)), "is no mint"), (account(mintData(165), owner: SolanaProgram.token2022), "is no mint"),
        (account(mintData(300, kind: 2), owner: SolanaProgram.token2022), "is no mint"),
        (account(mintData(355), owner: SolanaProgram.token2022), "is no mint"),
    ])
    func `an account that is no mint is refused`(answer: StreamAccess.HTTPAnswer, part: String) {
        do {
            _ = try Self.server.mint(Self.mint, in: answer, to: .mint(Self.mint))
            Issue.record("it was read, where \(part) was expected")
        } catch {
            #expect(error.description.contains(part), "\(error)")
            #expect(error.description.hasPrefix("rpc.example:8443, asked getAccountInfo"))
        }
    }
}

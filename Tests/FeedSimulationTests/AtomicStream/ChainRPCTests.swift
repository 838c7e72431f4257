import RelayModel
import Testing
import X402Payments

@testable import FeedSimulation

@Suite struct ChainRPCTests {
    private static let schema = "/v2/schema/stream/wallet-balance"

    private func call(_ world: VendorWorld, _ method: String, _ parameters: String = "[]") throws -> JSONFacts {
        let body = #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":\#(parameters)}"#
        let answer = ChainRPC(chain: world.vendor.chain, now: world.now).answer(Array(body.utf8))
        let facts = JSONFacts(try JSONParser(limits: .message).parse(answer))
        #expect(facts.string("jsonrpc") == "2.0")
        #expect(facts.integer("id") == 7)
        return facts
    }

    @Test func `health, slots and heights`() throws {
        let world = try VendorWorld()
        #expect(try call(world, "getHealth").string("result") == "ok")
        let head = try #require(call(world, "getSlot", #"[{"commitment":"processed"}]"#).integer("result"))
        #expect(try call(world, "getSlot").integer("result") == head - 32)
        let height = try #require(call(world, "getBlockHeight", #"[{"commitment":"processed"}]"#).integer("result"))
        #expect(height < head)
        let epoch = try #require(call(world, "getEpochInfo", #"[{"commitment":"processed"}]"#)["result"])
        #expect(epoch.integer("absoluteSlot") == head)
        #expect(epoch.integer("blockHeight") == height)
        let time = try #require(call(world, "getBlockTime", "[\(head)]").integer("result"))
        #expect(try call(world, "getBlockTime", "[\(head - 25)]").integer("result") == time - 10)
        #expect(try call(world, "getBlockTime", "[\(head + 1)]")["result"] == nil)
        #expect(try call(world, "getBlockTime", "[]")["error"]?.integer("code") == -32602)
    }

    @Test func `a latest blockhash is valid where it is known, until it is too old everywhere`() throws {
        var world = try VendorWorld()
        let latest = try #require(
            call(world, "getLatestBlockhash", #"[{"commitment":"confirmed"}]"#)["result"]?["value"])
        let hash = try #require(latest.string("blockhash"))
        let lastHeight = try #require(latest.integer("lastValidBlockHeight"))
        func isValid(_ commitment: String) throws -> Bool? {
            try call(world, "isBlockhashValid", #"["\#(hash)",{"commitment":"\#(commitment)"}]"#)["result"]?
                .boolean("value")
        }
        func height(_ commitment: String) throws -> Int {
            try #require(call(world, "getBlockHeight", #"[{"commitment":"\#(commitment)"}]"#).integer("result"))
        }
        #expect(try isValid("confirmed") == true)
        // The finalized block is older than it.
        #expect(try isValid("finalized") == false)
        world.pass(.milliseconds(400 * 40))
        #expect(try isValid("finalized") == true)
        world.pass(.milliseconds(400 * 110))
        #expect(try isValid("processed") == false)
        #expect(try height("processed") > lastHeight)
        #expect(try isValid("finalized") == true)
        world.pass(.milliseconds(400 * 40))
        #expect(try isValid("finalized") == false)
        #expect(try height("finalized") > lastHeight)
    }

    @Test func `the mint's account has its program and decimals, others are null`() throws {
        let world = try VendorWorld()
        let usdc = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
        let value = try #require(
            call(world, "getAccountInfo", #"["\#(usdc)",{"encoding":"base64"}]"#)["result"]?["value"])
        #expect(value.string("owner") == "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
        let data = try #require(value["data"]?.elements.first?.text.flatMap { Base64.decode($0.utf8, .canonical) })
        #expect(data.count == 82)
        #expect(data[44] == 6)
        let other = try call(world, "getAccountInfo", #"["\#(SimulatedWallets.solana[0])"]"#)
        #expect(other["result"]?["context"]?.integer("slot") != nil)
        #expect(other["result"]?["value"] == nil)
    }

    @Test func `a payment is found by its source account, its memo and its id, once it is final enough`() throws {
        var world = try VendorWorld()
        let answer = world.get(Self.schema)
        let offer = try #require(PaymentChallenge(headers: answer.headers, body: answer.body).offers.first)
        let payload = try world.payload(for: answer)
        _ = world.get(Self.schema, [PaymentPayload.header(payload, version: .v2)])
        let source = SolanaAddress.associatedTokenAccount(of: world.wallet.address, mint: .usdc)
        func history(_ options: String) throws -> [JSONFacts] {
            try call(world, "getSignaturesForAddress", #"["\#(source)",{\#(options)}]"#)["result"]?.elements ?? []
        }
        let confirmed = try history(#""commitment":"processed""#)
        #expect(confirmed.count == 1)
        #expect(try history("").isEmpty)
        world.pass(.milliseconds(400 * 33))
        let entry = try #require(history("").first)
        let memo = try #require(offer.memo)
        #expect(entry.string("memo") == "[\(memo.utf8.count)] \(memo)")
        #expect(entry["err"] == nil)
        #expect(entry.integer("blockTime") == Int(VendorWorld.start.seconds))
        #expect(entry.string("confirmationStatus") == "finalized")

        let signature = try #require(entry.string("signature"))
        let found = try call(
            world, "getTransaction",
            #"["\#(signature)",{"encoding":"base64","maxSupportedTransactionVersion":0}]"#)
        let wire = try #require(
            found["result"]?["transaction"]?.elements.first?.text.flatMap { Base64.decode($0.utf8, .canonical) })
        let transaction = try SolanaTransaction(bytes: wire)
        #expect(transaction.id == signature)
        #expect(transaction.isSigned(by: world.wallet.address))
        #expect(transaction.isSigned(by: world.vendor.feePayer.address))
        #expect(try call(world, "getTransaction", #"["\#(signature)"]"#)["error"]?.integer("code") == -32015)
        #expect(try call(world, "getTransaction", #"["nobody"]"#)["result"] == nil)
    }

    @Test func `a history is newest first, and is cut by before, until and limit`() throws {
        var world = try VendorWorld()
        for _ in 0..<3 {
            _ = try world.token()
            world.pass(.seconds(300))
        }
        let source = SolanaAddress.associatedTokenAccount(of: world.wallet.address, mint: .usdc)
        func history(_ options: String) throws -> [String] {
            try call(world, "getSignaturesForAddress", #"["\#(source)",{\#(options)}]"#)["result"]?.elements.map {
                $0.string("signature") ?? ""
            } ?? []
        }
        let all = try history("")
        #expect(all == world.vendor.chain.landed.map(\.signature).reversed())
        #expect(try history(#""limit":1"#) == [all[0]])
        #expect(try history(#""before":"\#(all[0])""#) == Array(all.dropFirst()))
        #expect(try history(#""until":"\#(all[2])""#) == Array(all.prefix(2)))
    }

    @Test(arguments: [
        ("nonsense", -32700), ("[]", -32600), ("{}", -32600), (#"{"method":"getPizza"}"#, -32601),
        (#"{"method":"getSlot","params":[{"commitment":"maybe"}]}"#, -32602),
        (#"{"method":"isBlockhashValid"}"#, -32602), (#"{"method":"getAccountInfo","params":["x"]}"#, -32602),
        (#"{"method":"getSignaturesForAddress","params":["11111111111111111111111111111111",{"limit":0}]}"#, -32602),
        (#"{"method":"getTransaction","params":["x",{"encoding":"json"}]}"#, -32602),
    ])
    func `wrong calls get JSON-RPC's errors`(_ body: String, _ code: Int) throws {
        let world = try VendorWorld()
        let answer = ChainRPC(chain: world.vendor.chain, now: world.now).answer(Array(body.utf8))
        #expect(JSONFacts(try JSONParser(limits: .message).parse(answer))["error"]?.integer("code") == code)
    }
}

import RelayModel
import Testing
import X402Payments

@testable import FeedSimulation

@Suite struct StreamVendorTests {
    private static let schema = "/v2/schema/stream/wallet-balance"
    private static let renew = "/v2/renew/stream/wallet-balance"

    @Test(arguments: ["v1", "v2"])
    func `a paid schema request gives the stream's endpoint with a token, and a receipt`(_ version: String) throws {
        var world = try VendorWorld()
        let path = "/\(version)/schema/stream/wallet-balance"
        let unpaid = world.get(path)
        #expect(unpaid.status == 402)
        let challenge = try PaymentChallenge(headers: unpaid.headers, body: unpaid.body)
        #expect(challenge.version == (version == "v1" ? .v1 : .v2))
        let offer = try #require(challenge.offers.first)
        #expect(offer.amount == "30000")
        #expect(offer.network == (version == "v1" ? "solana" : "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"))
        #expect(offer.asset == "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v")
        #expect(offer.feePayer != world.wallet.address.description)

        let paid = try world.buy(path)
        #expect(paid.status == 200)
        let receipt = try #require(paid.receipt)
        #expect(receipt.isSuccess == true)
        #expect(receipt.transaction == world.vendor.chain.landed.first?.signature)
        let facts = try paid.facts
        #expect(facts.string("protocol") == "ws402")
        #expect(facts.string("version") == "1")
        let token = try paid.token
        #expect(
            facts.string("websocketEndpoint")
                == "ws://127.0.0.1:9403/\(version)/stream/wallet-balance?t=\(token)")
        #expect(facts["pricing"]?["pricePerSecond"].map { String(decoding: $0.json, as: UTF8.self) } == "0.0001")
        #expect(facts["paymentDetails"]?.string("maxAmountRequired") == "30000")
        #expect(facts["stream"]?.string("id") == "wallet-balance")
        #expect(world.totals.settled == 1)
        #expect(world.totals.income.description == "0.03")
        #expect(world.connect("/\(version)/stream/wallet-balance?t=\(token)") == nil)
    }

    @Test func `each challenge has a memo of its own, or none when asked, and so with the blockhash`() throws {
        var world = try VendorWorld()
        func offer(_ world: inout VendorWorld) throws -> PaymentOffer {
            let answer = world.get(Self.schema)
            return try #require(PaymentChallenge(headers: answer.headers, body: answer.body).offers.first)
        }
        let (first, second) = (try offer(&world), try offer(&world))
        #expect(first.memo != nil)
        #expect(first.memo != second.memo)
        #expect(first.recentBlockhash != nil)
        var bare = try VendorWorld {
            $0.namesMemo = false
            $0.namesBlockhash = false
        }
        let third = try offer(&bare)
        #expect(third.memo == nil)
        #expect(third.recentBlockhash == nil)
        #expect(try bare.buy(Self.schema).status == 200)
    }

    /// What is wrong with a payment, and a word of the reason that it is refused for.
    private static let wrong: [(String, @Sendable (inout SolanaTransfer) -> Void, String)] = [
        ("too little", { $0.amount -= 1 }, "no offer"),
        ("too much", { $0.amount += 1 }, "no offer"),
        ("another memo", { $0.memo = "somebody else's" }, "no offer"),
        ("another recipient", { $0.recipient = $0.feePayer }, "token account"),
        ("another token", { $0.mint = .devnetUSDC }, "moves"),
        ("other decimals", { $0.mint.decimals = 9 }, "decimals"),
        (
            "another fee payer",
            { transfer in
                transfer.feePayer = SolanaAddress(bytes: [UInt8](repeating: 9, count: 32)) ?? transfer.feePayer
            }, "fee payer"
        ),
        (
            "a blockhash that never was",
            { transfer in
                transfer.blockhash = SolanaAddress(bytes: [UInt8](repeating: 9, count: 32)) ?? transfer.blockhash
            }, "Blockhash not found"
        ),
    ]

    @Test(arguments: Self.wrong.indices)
    func `a wrong payment is refused with a reason and a new challenge, and nothing lands`(_ index: Int) throws {
        let (name, change, reason) = Self.wrong[index]
        var world = try VendorWorld()
        let payment = try world.payment(Self.schema, nil, change)
        let answer = world.get(Self.schema, [payment])
        #expect(answer.status == 402, "\(name)")
        let receipt = try #require(answer.receipt)
        #expect(receipt.isSuccess == false)
        #expect(receipt.errorReason?.contains(reason) == true, "\(name): \(receipt.errorReason ?? "")")
        #expect(answer.isChallenge)
        #expect(world.vendor.chain.landed.isEmpty)
        #expect(world.totals.settled == 0)
        #expect(world.totals.refused == 1)
    }

    @Test func `a payment whose signature does not fit its message is refused`() throws {
        var world = try VendorWorld()
        let challenge = world.get(Self.schema)
        let read = try PaymentChallenge(headers: challenge.headers, body: challenge.body)
        let other = try VendorWorld.wallet(8)
        let offer = try #require(read.offers.first)
        // The other wallet's message under this wallet's signature.
        let payload = try world.payload(of: read, other)
        let wire = try #require(
            JSONFacts(try JSONParser(limits: .message).parse(payload))["payload"]?.string("transaction"))
        var forged = try #require(Base64.decode(wire.utf8, .canonical))
        forged[70] ^= 1
        let body = PaymentPayload.json(for: offer, of: read, transaction: forged, identifier: "pay_0123456789abcdef")
        let answer = world.get(Self.schema, [PaymentPayload.header(body, version: .v2)])
        #expect(answer.receipt?.errorReason?.contains("signature") == true)
        #expect(world.totals.settled == 0)
    }

    @Test func `nonsense in the payment's header is refused and named`() throws {
        var world = try VendorWorld()
        for value in ["", "%%%", Base64.encode(Array("[]".utf8)), Base64.encode(Array(#"{"payload":{}}"#.utf8))] {
            let answer = world.get(Self.schema, [HTTPField("PAYMENT-SIGNATURE", value)])
            #expect(answer.status == 402)
            #expect(answer.receipt?.errorReason?.hasPrefix("invalid_payload") == true, "\(value)")
            #expect(answer.isChallenge)
        }
    }

    @Test func `a blockhash is good for its slots and no longer`() throws {
        // It is that of the confirmed slot, one behind the head.
        for (slots, status) in [(149, 200), (150, 402)] {
            var world = try VendorWorld()
            let payment = try world.payment(Self.schema)
            world.pass(.milliseconds(400 * slots))
            #expect(world.get(Self.schema, [payment]).status == status, "\(slots)")
        }
    }

    @Test func `the same payment again is told that it settled, with no new challenge`() throws {
        var world = try VendorWorld()
        let payment = try world.payment(Self.schema)
        #expect(world.get(Self.schema, [payment]).status == 200)
        let again = world.get(Self.schema, [payment])
        #expect(again.status == 402)
        #expect(again.receipt?.errorReason == "duplicate_settlement")
        #expect(!again.isChallenge)
        #expect(world.totals.duplicates == 1)
        #expect(world.totals.settled == 1)
        #expect(world.totals.paidTwice == 0)
    }

    @Test
    func
        `with payment-identifier the same payment again is answered as at first, another one under its id is not`()
        throws
    {
        var world = try VendorWorld { $0.remembersPayments = true }
        let payment = try world.payment(Self.schema)
        let first = world.get(Self.schema, [payment])
        #expect(world.get(Self.schema, [payment]) == first)
        let challenge = world.get(Self.schema)
        let read = try PaymentChallenge(headers: challenge.headers, body: challenge.body)
        let other = try world.payload(of: read, world.wallet)
        let id = try #require(
            JSONFacts(JSONParser(limits: .message).parse(Base64.decode(payment.value.utf8, .canonical) ?? []))[
                "extensions"]?["payment-identifier"]?["info"]?.string("id"))
        let otherID = try #require(
            JSONFacts(JSONParser(limits: .message).parse(other))["extensions"]?["payment-identifier"]?["info"]?
                .string("id"))
        let stolen = Array(
            String(decoding: other, as: UTF8.self).replacing(otherID, with: id).utf8)
        #expect(world.get(Self.schema, [PaymentPayload.header(stolen, version: .v2)]).status == 409)
        #expect(world.totals.settled == 1)
    }

    // MARK: Renewals

    @Test func `a renewal gives another token that begins where the first ends`() throws {
        var world = try VendorWorld()
        let first = try world.token()
        world.pass(.seconds(275))
        let answer = try world.buy(Self.renew, #"{"token":"\#(first)"}"#)
        #expect(answer.status == 200)
        let facts = try answer.facts
        #expect(facts.integer("sliceSeconds") == 300)
        #expect(facts.string("expiresAt") == (VendorWorld.start + .seconds(600)).description)
        let second = try answer.token
        #expect(second != first)
        #expect(world.totals.slices == 2)
        #expect(world.totals.paidTwice == 0)
    }

    @Test func `a renewal after the end begins now`() throws {
        var world = try VendorWorld()
        let first = try world.token()
        world.pass(.seconds(400))
        let answer = try world.buy(Self.renew, #"{"token":"\#(first)"}"#)
        #expect(try answer.facts.string("expiresAt") == (VendorWorld.start + .seconds(700)).description)
    }

    @Test(arguments: [
        (#"{"token":"tok_nobody"}"#, 404), ("{}", 400), ("", 400), ("[", 400), (#"{"token":1}"#, 400),
    ])
    func `a renewal of no known token is refused unpaid`(_ body: String, _ status: Int) throws {
        var world = try VendorWorld()
        #expect(world.post(Self.renew, body).status == status)
        #expect(world.totals.challenges == 0)
    }

    @Test func `a token is of one stream and one version`() throws {
        var world = try VendorWorld()
        let token = try world.token()
        for path in ["/v1/renew/stream/wallet-balance", "/v2/renew/stream/whale-alert"] {
            #expect(world.post(path, #"{"token":"\#(token)"}"#).status == 404)
        }
        for path in ["/v1/stream/wallet-balance", "/v2/stream/whale-alert", "/v2/stream/wallet-balance"] {
            #expect((world.connect("\(path)?t=\(token)") == nil) == (path == "/v2/stream/wallet-balance"))
        }
    }

    @Test func `an expired token lets nobody in, and other forms than the known ones do neither`() throws {
        var world = try VendorWorld()
        let token = try world.token()
        let uri = "/v2/stream/wallet-balance?t=\(token)"
        #expect(world.connect(uri + "&format=raw&encoding=hex") == nil)
        #expect(world.connect(uri + "&format=xml")?.status == 400)
        #expect(world.connect(uri + "&encoding=rot13")?.status == 400)
        #expect(world.connect("/v2/stream/wallet-balance")?.status == 401)
        world.pass(.seconds(300))
        #expect(world.connect(uri)?.status == 401)
    }

    @Test(arguments: [
        ("GET", "/nothing", 404), ("GET", "/v3/schema/stream/a", 404), ("GET", "/v2/schema/stream/", 404),
        ("GET", "/v2/schema/stream/a%20b", 404), ("POST", Self.schema, 405), ("GET", Self.renew, 405),
        ("GET", "/rpc", 405), ("GET", "/v2/schema/x/stream/a", 404), ("GET", "", 404),
    ])
    func `what is not there is told so`(_ method: String, _ uri: String, _ status: Int) throws {
        var world = try VendorWorld()
        #expect(world.vendor.answer(VendorRequest(method: method, uri: uri), at: world.now).status == status)
    }
}

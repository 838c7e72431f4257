import RelayConfig
import RelayModel
import Testing
import WebhookDelivery
import X402Payments

@testable import RelayAssembly

/// How a price is asked for: by one request without a payment.
@Suite struct PriceInquiryTests {
    private static let recipient = "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"
    private static let otherMint = "So11111111111111111111111111111111111111112"

    private static func offer(
        amount: String = "\"30000\"", asset: String = SolanaMint.usdc.address.description,
        network: String = SolanaNetwork.mainnet.caip2, scheme: String = "exact"
    ) -> String {
        #"{"scheme":"\#(scheme)","network":"\#(network)","amount":\#(amount),"asset":"\#(asset)","#
            + #""payTo":"\#(recipient)","maxTimeoutSeconds":60,"extra":{"feePayer":"\#(otherMint)"}}"#
    }

    private static func challenge(_ offers: String...) -> HTTPClient.Answer {
        let json =
            #"{"x402Version":2,"error":"pay","resource":{"url":"https://x402.example.net/v2/stream/slot"},"accepts":["#
            + offers.joined(separator: ",") + "]}"
        return HTTPClient.Answer(
            status: 402, headers: [("Payment-Required", Base64.encode(Array(json.utf8)))], body: Array("{}".utf8))
    }

    private static func feed(_ name: String = "solana", version: String = "v2") -> FeedConfiguration {
        FeedConfiguration(
            name: name,
            kind: .atomicStream(
                .init(
                    stream: "slot", version: version, options: nil, accounts: [], programs: [], mints: [],
                    encoding: nil, token: nil, renew: "http")), url: "https://X402.example.net/")
    }

    private struct Chain: PaymentChain {
        var decimals: UInt8?

        func latestBlockhash() async -> Result<StreamAccess.Blockhash, StreamAccess.ChainFault> {
            .failure(StreamAccess.ChainFault("not asked for"))
        }

        func mint(_ address: SolanaAddress) async -> Result<SolanaMint, StreamAccess.ChainFault> {
            guard let decimals else { return .failure(StreamAccess.ChainFault("rpc.example is down")) }
            return .success(SolanaMint(address: address, program: address, decimals: decimals))
        }

        func landing(_ entry: LedgerEntry) async -> LandingVerdict { .notLanded }
    }

    private func preview(
        _ feeds: [FeedConfiguration] = [feed()], policy: Purse.Policy? = nil, chain: Chain = Chain(),
        _ script: @escaping ScriptedHTTP.Script
    ) async -> (PricePreview, [ScriptedHTTP.Asked]) {
        let http = ScriptedHTTP(script)
        let inquiry = PriceInquiry(feeds: feeds, policy: policy, ask: http.ask, chain: chain)
        return (await inquiry.preview(sliceSeconds: ["solana": 60]), http.asked)
    }

    private func fault(_ answer: HTTPClient.Answer, version: String = "v2") async throws -> String {
        let (preview, _) = await preview([Self.feed(version: version)]) { _ throws(HTTPClient.Failure) in answer }
        guard case .failure(let fault) = try #require(preview.feeds.first).price else {
            Issue.record("there is a price")
            return ""
        }
        return fault.description
    }

    @Test func `the schema is asked for once, without a payment`() async throws {
        let (preview, asked) = await preview { _ throws(HTTPClient.Failure) in Self.challenge(Self.offer()) }
        let feed = try #require(preview.feeds.first)
        let price = try feed.price.get()
        #expect(price.units.description == "0.03")
        #expect(price.asset == SolanaMint.usdc.address.description)
        #expect(price.recipient == Self.recipient)
        #expect(feed.stream == "https://x402.example.net/v2/stream/slot")
        #expect(feed.knownSliceSeconds == 60)
        let question = try #require(asked.first)
        #expect(asked.count == 1)
        #expect(question.method == "GET")
        #expect(question.url == "https://x402.example.net/v2/schema/stream/slot")
        #expect(question.body.isEmpty)
        #expect(!question.headers.contains { $0.name.lowercased().contains("payment") })
    }

    @Test func `the offer that would be paid is the price`() async throws {
        let (preview, _) = await preview { _ throws(HTTPClient.Failure) in
            Self.challenge(
                Self.offer(amount: "\"1\"", scheme: "upto"), Self.offer(amount: "\"2\"", network: "eip155:8453"),
                Self.offer(amount: "\"3\"", asset: Self.otherMint), Self.offer(amount: "4.5"),
                Self.offer(amount: "\"40000\""), Self.offer(amount: "\"5\""))
        }
        #expect(try preview.feeds.first?.price.get().units.description == "0.04")
    }

    @Test func `where no offer would be paid, the reasons are told`() async throws {
        let fault = try await fault(Self.challenge(Self.offer(scheme: "upto"), Self.offer(asset: Self.otherMint)))
        #expect(fault.hasPrefix("it would not be paid: "))
        #expect(fault.contains("upto") && fault.contains("payments.allow.assets"))
    }

    @Test func `what is no challenge is told by what it is`() async throws {
        let ok = HTTPClient.Answer(status: 200, headers: [], body: [])
        #expect(try await fault(ok) == "it asks for no payment: it answered with 200")
        let moved = HTTPClient.Answer(status: 302, headers: [], body: [])
        #expect(try await fault(moved) == "it answered with 302, not with a price (402)")
        let html = HTTPClient.Answer(status: 402, headers: [], body: Array("<html>".utf8))
        #expect(try await fault(html).hasPrefix("its 402 cannot be read: "))
        #expect(try await fault(Self.challenge(Self.offer()), version: "v1").contains("v2"))
    }

    @Test func `a feed that does not answer leaves the others their price`() async throws {
        var other = Self.feed("other")
        other.url = "https://other.example"
        let (preview, _) = await preview([other, Self.feed()]) { asked throws(HTTPClient.Failure) in
            guard asked.url.contains("x402.example") else {
                throw HTTPClient.Failure("Connection refused", mayHaveLeft: false)
            }
            return Self.challenge(Self.offer())
        }
        #expect(preview.feeds.map(\.name) == ["other", "solana"])
        #expect(preview.feeds[0].price == .failure(PricePreview.Fault("it gave no answer: Connection refused")))
        #expect(try preview.feeds[1].price.get().units.description == "0.03")
    }

    @Test func `feeds that are not paid are not asked`() async throws {
        let free = FeedConfiguration(
            name: "free", kind: .interface402(.init(apiKey: nil, keys: ["payments"])), url: "wss://free.example")
        let (preview, asked) = await preview([free]) { _ throws(HTTPClient.Failure) in Self.challenge(Self.offer()) }
        #expect(preview.feeds.isEmpty && asked.isEmpty)
    }

    @Test func `the decimals of a token that is not known are asked of the chain`() async throws {
        let policy = Purse.Policy(
            perPayment: try #require(TokenAmount("1")), perHour: nil, perDay: try #require(TokenAmount("2")),
            total: nil, priceJump: .standard, networks: nil, assets: [Self.otherMint], recipients: nil)
        let script: ScriptedHTTP.Script = { _ throws(HTTPClient.Failure) in
            Self.challenge(Self.offer(asset: Self.otherMint))
        }
        let (known, _) = await preview(policy: policy, chain: Chain(decimals: 9), script)
        #expect(try known.feeds.first?.price.get().units.description == "0.00003")
        #expect(known.limits?.perDay.description == "2")
        let (unknown, _) = await preview(policy: policy, chain: Chain(), script)
        #expect(
            unknown.feeds.first?.price
                == .failure(
                    PricePreview.Fault(
                        "the decimals of the token \(Self.otherMint) are not known: rpc.example is down")))
        let (absurd, _) = await preview(policy: policy, chain: Chain(decimals: 19), script)
        #expect(absurd.feeds.first?.price != known.feeds.first?.price)
    }
}

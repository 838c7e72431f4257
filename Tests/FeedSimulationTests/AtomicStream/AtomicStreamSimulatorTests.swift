import RelayModel
import Synchronization
import Testing
import X402Payments

@testable import FeedSimulation

@Suite struct AtomicStreamSimulatorTests {
    private static let account = SimulatedWallets.solana[0]
    private static let watch = #"{"op":"setAccounts","accounts":["\#(account)"]}"#

    /// A simulator on a free port, and a client with a wallet for it.
    private struct Shop {
        let simulator: AtomicStreamSimulator
        let wallet: SolanaWallet

        /// Buys a slice over the network; returns the answer to the payment.
        func buy(_ path: String, _ body: String? = nil) async throws -> RawHTTP.Answer {
            let method = body == nil ? "GET" : "POST"
            let answer = try await RawHTTP.request(method, path, body ?? "", to: simulator.port)
            try #require(answer.status == 402)
            let payment = try payload(for: answer)
            let version: X402Version = path.hasPrefix("/v1") ? .v1 : .v2
            return try await RawHTTP.request(
                method, path, body ?? "", [PaymentPayload.header(payment, version: version)], to: simulator.port)
        }

        func payload(for answer: RawHTTP.Answer) throws -> [UInt8] {
            let challenge = try PaymentChallenge(headers: answer.headers, body: Array(answer.body.utf8))
            let offer = try #require(challenge.offers.first)
            let transfer = SolanaTransfer(
                feePayer: try #require(offer.feePayer.flatMap { SolanaAddress($0) }),
                recipient: try #require(SolanaAddress(offer.recipient)), mint: .usdc,
                amount: try #require(offer.amount.flatMap { UInt64($0) }), memo: try #require(offer.memo),
                blockhash: try #require(offer.recentBlockhash.flatMap { SolanaAddress($0) }))
            return PaymentPayload.json(
                for: offer, of: challenge, transaction: wallet.sign(transfer).transaction,
                identifier: "pay_0123456789abcdef")
        }

        /// The place of a fresh stream, with its token.
        func uri(_ stream: String = "wallet-balance", _ version: String = "v2") async throws -> String {
            let token = try await buy("/\(version)/schema/stream/\(stream)").vendor.token
            return "/\(version)/stream/\(stream)?t=\(token)"
        }
    }

    private func withShop(
        _ change: (inout AtomicStreamOptions) -> Void = { _ in },
        observer: AtomicStreamObserver = AtomicStreamObserver(), _ body: (Shop) async throws -> Void
    ) async throws {
        var options = AtomicStreamOptions(rate: nil, seed: 11, timestamps: .fixed(VendorWorld.start))
        change(&options)
        let simulator = try await AtomicStreamSimulator.start(options, observer: observer)
        do {
            try await body(Shop(simulator: simulator, wallet: try VendorWorld.wallet(7)))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    private static func facts(_ text: String?) throws -> JSONFacts {
        JSONFacts(try JSONParser(limits: .message).parse(Array(try #require(text).utf8)))
    }

    @Test(arguments: ["v1", "v2"])
    func `a client pays, connects, watches, renews over HTTP and goes on`(_ version: String) async throws {
        try await withShop { shop in
            let uri = try await shop.uri("wallet-balance", version)
            try await SocketClient.connect(to: shop.simulator.port, uri) { client in
                #expect(try Self.facts(try await client.next()).string("op") == "hello")
                #expect(try Self.facts(try await client.next()).string("type") == "status")
                try await client.say(#"{"op":"setOptions","eventFormat":"enhanced","includeAccounts":true}"#)
                try await client.say(Self.watch)
                try await client.say(#"{"op":"getState"}"#)
                try await shop.simulator.pass(.seconds(271))
                var reminder: String?
                while reminder == nil, let text = try await client.next() {
                    if text.contains(#""op":"renewal_reminder""#) { reminder = text }
                }
                #expect((1...29_000).contains(try #require(Self.facts(reminder).integer("msUntilExpiry"))))
                let old = try #require(VendorRequest(method: "GET", uri: uri).query["t"])
                let answer = try await shop.buy(
                    "/\(version)/renew/stream/wallet-balance", #"{"token":"\#(old)"}"#)
                let token = try answer.vendor.token
                try await client.say(#"{"op":"renew_token","token":"\#(token)"}"#)
                var events = 0
                var isRenewed = false
                while events < 10, let text = try await client.next() {
                    if text.hasPrefix(#"{"op":"renewed""#) { isRenewed = true }
                    if isRenewed, text.hasPrefix(#"{"type":"transaction""#) { events += 1 }
                }
                #expect(isRenewed)
                #expect(events == 10)
            }
            let totals = try await shop.simulator.totals()
            #expect(totals.settled == 2)
            #expect(totals.slices == 2)
            #expect(totals.paidTwice == 0)
            #expect(totals.settlements.map(\.wasAnswered) == [true, true])
        }
    }

    @Test func `an unpaid slice ends with a demand and the connection with 4402`() async throws {
        try await withShop { shop in
            try await SocketClient.connect(to: shop.simulator.port, try await shop.uri()) { client in
                for seconds in [271, 30, 5] { try await shop.simulator.pass(.seconds(seconds)) }
                let texts = try await client.rest()
                #expect(texts.last == "close 4402")
                #expect(texts.dropLast().last?.hasPrefix(#"{"op":"payment_required","reason":"expired""#) == true)
                #expect(texts.contains { $0.hasPrefix(#"{"op":"renewal_reminder""#) })
            }
        }
    }

    @Test func `several clients get the same events, and the seed's`() async throws {
        var texts: [[String]] = []
        for _ in 0..<2 {
            try await withShop {
                $0.count = 40
            } _: { shop in
                let uri = try await shop.uri()
                try await SocketClient.connect(to: shop.simulator.port, uri) { first in
                    _ = try await first.next(2)
                    try await SocketClient.connect(to: shop.simulator.port, uri) { second in
                        _ = try await second.next(2)
                        // Nobody takes events yet: neither has a list.
                        try await second.say(#"{"op":"setAccounts","accounts":[]}"#)
                        try await second.say(#"{"op":"ping"}"#)
                        _ = try await second.next()
                    }
                    try await first.say(Self.watch)
                    texts.append(try await first.next(40))
                }
            }
        }
        #expect(texts[0].count == 40)
        #expect(texts[0] == texts[1])
    }

    @Test func `a second connection gets the events that the first one gets`() async throws {
        try await withShop {
            $0.rate = EventRate(200)
        } _: { shop in
            let (port, uri) = (shop.simulator.port, try await shop.uri())
            let wanted = Mutex<String?>(nil)
            let isReading = AsyncStream.makeStream(of: Void.self)
            async let first = SocketClient.connect(to: port, uri) { client in
                _ = try await client.next(2)
                try await client.say(Self.watch)
                var seen: Set<String> = []
                // It goes on reading while the other one joins: the stream waits for whoever does not.
                while let text = try await client.next() {
                    seen.insert(text)
                    isReading.continuation.yield()
                    if let last = wanted.withLock({ $0 }), seen.contains(last) { break }
                }
                return seen
            }
            for await _ in isReading.stream { break }
            let second = try await SocketClient.connect(to: port, uri) { client in
                _ = try await client.next(2)
                try await client.say(Self.watch)
                let texts = try await client.next(20)
                wanted.withLock { $0 = texts.last }
                return texts
            }
            #expect(second.count == 20)
            let all = try await first
            #expect(second.allSatisfy(all.contains))
        }
    }

    @Test func `a refused token is refused before the upgrade`() async throws {
        try await withShop { shop in
            let answer = try await RawHTTP.request(
                "GET", "/v2/stream/wallet-balance?t=nobody", "",
                [
                    HTTPField("upgrade", "websocket"), HTTPField("sec-websocket-version", "13"),
                    HTTPField("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ], to: shop.simulator.port)
            #expect(answer.status == 401)
            await #expect(throws: SocketClient.Refused.self) {
                try await SocketClient.connect(to: shop.simulator.port, "/v2/stream/wallet-balance?t=nobody") { _ in }
            }
            let unupgraded = try await RawHTTP.request("GET", try await shop.uri(), to: shop.simulator.port)
            #expect(unupgraded.status == 426)
        }
    }

    @Test func `a lost answer ends the connection without a byte`() async throws {
        try await withShop {
            $0.faults.loseAnswerEvery = 1
        } _: { shop in
            let answer = try await shop.buy("/v2/schema/stream/wallet-balance")
            #expect(answer.status == nil)
            #expect(try await shop.simulator.totals().settled == 1)
            #expect(try await shop.simulator.totals().answersLost == 1)
        }
    }

    @Test func `drops, duplicates and malformed frames come among a stream's events`() async throws {
        let faults = SimulatorFaults(drop: .every(4), duplicate: .every(2), malform: .every(3), malformed: [.untyped])
        try await withShop {
            $0.faults.sending = faults
        } _: { shop in
            try await SocketClient.connect(to: shop.simulator.port, try await shop.uri()) { client in
                _ = try await client.next(2)
                try await client.say(Self.watch)
                let texts = try await client.rest()
                #expect(texts.count == 7)
                #expect(texts[1] == texts[2])
                #expect(texts[3] == String(decoding: MalformedFrame.untyped.bytes, as: UTF8.self))
                #expect(texts[5] == texts[6])
            }
            #expect(try await shop.simulator.totals().events == 6)
        }
    }

    @Test func `a node comes to stand still after its events`() async throws {
        try await withShop { options in
            options.faults.unhealthyAfter = 5
            options.count = 5
        } _: { shop in
            try await SocketClient.connect(to: shop.simulator.port, try await shop.uri()) { client in
                #expect(try Self.facts(try await client.next(2).last).boolean("nodeHealthy") == true)
                try await client.say(Self.watch)
                _ = try await client.next(5)
                try await client.say(#"{"op":"getState"}"#)
                #expect(try Self.facts(try await client.next()).boolean("nodeHealthy") == false)
            }
        }
    }

    @Test func `every event is accounted for, and changes name no whole token`() async throws {
        let sent = Mutex<[String]>([])
        let changes = Mutex<[String]>([])
        let observer = AtomicStreamObserver(
            onChange: { change in changes.withLock { $0.append(change.description) } },
            onEvent: { event in sent.withLock { $0.append(String(decoding: event.bytes, as: UTF8.self)) } })
        try await withShop({ $0.count = 500 }, observer: observer) { shop in
            let uri = try await shop.uri()
            let token = try #require(VendorRequest(method: "GET", uri: uri).query["t"])
            try await SocketClient.connect(to: shop.simulator.port, uri) { client in
                _ = try await client.next(2)
                try await client.say(Self.watch)
                let received = try await client.next(500)
                try await client.say(#"{"op":"ping"}"#)
                #expect(try await client.next() == #"{"op":"pong"}"#)
                #expect(sent.withLock { $0 } == received)
            }
            _ = try await RawHTTP.request("GET", uri + "x", to: shop.simulator.port)
            let lines = changes.withLock { $0 }
            #expect(lines.contains { $0.contains("settled 0.03 USDC") })
            #expect(lines.contains { $0.contains("all 500 events") })
            #expect(!lines.contains { $0.contains(token) })
        }
    }

    @Test func `the RPC is on the same port`() async throws {
        try await withShop { shop in
            let answer = try await RawHTTP.request(
                "POST", "/rpc", #"{"jsonrpc":"2.0","id":1,"method":"getHealth"}"#, to: shop.simulator.port)
            #expect(answer.status == 200)
            #expect(answer.body == #"{"jsonrpc":"2.0","result":"ok","id":1}"#)
        }
    }

    // MARK: Bounds

    @Test func `oversized requests are refused and their connection ends`() async throws {
        try await withShop { shop in
            let port = shop.simulator.port
            let body = String(repeating: "x", count: VendorRequest.maxBody + 1)
            #expect(try await RawHTTP.request("POST", "/rpc", body, to: port).status == 413)
            let header = HTTPField("x-long", String(repeating: "x", count: VendorRequest.maxHeaders))
            #expect(try await RawHTTP.request("GET", "/rpc", "", [header], to: port).status == 431)
            // Without an end to the headers at all.
            let endless =
                "GET / HTTP/1.1\r\n"
                + String(repeating: "x-more: \(String(repeating: "y", count: 1000))\r\n", count: 2000)
            let answer = try await RawHTTP.send(endless, to: port)
            #expect(answer.status == nil || answer.status == 400 || answer.status == 431)
            #expect(try await RawHTTP.request("GET", "/v2/schema/stream/a", to: port).status == 402)
        }
    }

    @Test(arguments: ["", "GET / HT", "POST /rpc HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"])
    func `a client that does not finish its request is let go`(_ beginning: String) async throws {
        try await withShop {
            $0.requestTime = .milliseconds(50)
        } _: { shop in
            let answer = try await RawHTTP.send(beginning, to: shop.simulator.port)
            #expect(answer.status == nil)
        }
    }

    @Test(arguments: [
        "\u{16}\u{3}\u{1}nonsense\r\n\r\n", "GET\r\n\r\n", "POST /rpc HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    ])
    func `what is no HTTP ends its connection`(_ bytes: String) async throws {
        try await withShop { shop in
            let answer = try await RawHTTP.send(bytes, to: shop.simulator.port)
            #expect(answer.status == nil || answer.status == 400)
            #expect(try await RawHTTP.request("GET", "/v2/schema/stream/a", to: shop.simulator.port).status == 402)
        }
    }

    @Test func `a connection takes one request after another`() async throws {
        try await withShop { shop in
            let get = "GET /v2/schema/stream/a HTTP/1.1\r\nhost: x\r\n\r\n"
            let last = "GET /v2/schema/stream/b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
            let answer = try await RawHTTP.send(get + get + last, to: shop.simulator.port)
            #expect(answer.status == 402)
            #expect(try await shop.simulator.totals().challenges == 3)
        }
    }

    @Test func `stopping closes the connections with 1001 and frees the port`() async throws {
        let simulator = try await AtomicStreamSimulator.start()
        let shop = Shop(simulator: simulator, wallet: try VendorWorld.wallet(7))
        try await SocketClient.connect(to: simulator.port, try await shop.uri()) { client in
            _ = try await client.next(2)
            async let stopped: Void = simulator.stop()
            #expect(try await client.next() == "close 1001")
            await stopped
        }
        await (try AtomicStreamSimulator.start(AtomicStreamOptions(port: simulator.port))).stop()
    }

    @Test func `a port in use is named in the error`() async throws {
        try await withShop { shop in
            await #expect {
                _ = try await AtomicStreamSimulator.start(AtomicStreamOptions(port: shop.simulator.port))
            } throws: { error in
                "\(error)".hasPrefix("cannot listen on 127.0.0.1:\(shop.simulator.port): ")
            }
        }
    }
}

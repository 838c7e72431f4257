import RelayModel
import Testing
import X402Payments

@testable import FeedSimulation

@Suite struct StreamSessionTests {
    private static let account = SimulatedWallets.solana[0]

    /// A connection in a world of its own.
    private struct Talk {
        var world: VendorWorld
        var session: StreamSession
        let path: VendorPath

        init(_ version: String = "v2", _ query: String = "", _ change: (inout AtomicStreamOptions) -> Void = { _ in })
            throws
        {
            world = try VendorWorld(change)
            let token = try world.token("wallet-balance", version)
            let uri = "/\(version)/stream/wallet-balance?t=\(token)\(query)"
            try #require(world.connect(uri) == nil)
            path = try #require(VendorPath("/\(version)/stream/wallet-balance"))
            session = StreamSession(client: 1, VendorRequest(method: "GET", uri: uri), path)
        }

        mutating func greet() -> [String] { texts(session.greet(&world.vendor, at: world.now)) }

        mutating func say(_ text: String) -> [String] {
            texts(session.receive(Array(text.utf8), &world.vendor, at: world.now))
        }

        /// Goes on to what is next by the clock.
        mutating func next() throws -> [String] {
            world.now = max(world.now, try #require(session.nextDeadline(world.vendor)))
            return texts(session.tick(&world.vendor, at: world.now))
        }

        private func texts(_ answers: [StreamSession.Answer]) -> [String] {
            answers.map { answer in
                switch answer {
                case .text(let bytes): String(decoding: bytes, as: UTF8.self)
                case .close(let code): "close \(code)"
                case .drop: "drop"
                }
            }
        }
    }

    private static func facts(_ text: String) throws -> JSONFacts {
        JSONFacts(try JSONParser(limits: .message).parse(Array(text.utf8)))
    }

    @Test func `a connection is greeted with hello and status`() throws {
        var talk = try Talk()
        let greeting = talk.greet()
        #expect(
            greeting.first
                == #"{"op":"hello","clientId":"client-1","expiresAt":"2025-10-09T08:58:20.000Z","sliceSeconds":300}"#)
        let status = try Self.facts(greeting[1])
        #expect(status.string("type") == "status")
        #expect(status.boolean("grpcConnected") == true)
        #expect(status.integer("watchedAccounts") == 0)
        #expect(greeting.count == 2)
    }

    @Test func `status counts what is watched and its heads move with the chain`() throws {
        var talk = try Talk()
        _ = talk.greet()
        #expect(talk.say(#"{"op":"setAccounts","accounts":["\#(Self.account)"]}"#) == [])
        let mints = ["EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263"]
        #expect(talk.say(#"{"op":"setMints","mints":["\#(mints[0])","\#(mints[1])"]}"#) == [])
        let first = try Self.facts(#require(talk.say(#"{"op":"getState"}"#).first))
        #expect(first.integer("watchedAccounts") == 1)
        #expect(first.integer("watchedMints") == 2)
        talk.world.pass(.seconds(4))
        let second = try Self.facts(#require(talk.say(#"{"op":"getState"}"#).first))
        #expect(
            try #require(second.integer("processedHeadSlot")) - #require(first.integer("processedHeadSlot")) == 10)
        #expect(
            try #require(second.integer("processedHeadSlot")) - #require(second.integer("confirmedHeadSlot")) == 1)
    }

    @Test func `a node that stands still says so and its head does not move`() throws {
        var talk = try Talk()
        _ = talk.greet()
        talk.world.vendor.stoodStillAt = talk.world.now
        let before = try Self.facts(#require(talk.say(#"{"op":"getState"}"#).first))
        talk.world.pass(.seconds(60))
        let after = try Self.facts(#require(talk.say(#"{"op":"getState"}"#).first))
        #expect(after.boolean("nodeHealthy") == false)
        #expect(after.boolean("grpcConnected") == false)
        #expect(after.integer("processedHeadSlot") == before.integer("processedHeadSlot"))
    }

    @Test(arguments: [
        (#"{"op":"ping"}"#, [#"{"op":"pong"}"#]),
        (#"{"op":"setOptions","eventFormat":"raw","includeLogs":true}"#, []),
        (
            #"{"op":"setOptions","eventFormat":"xml"}"#,
            [#"{"op":"error","message":"setOptions: eventFormat is neither raw nor enhanced"}"#]
        ),
        (
            #"{"op":"setOptions","includeLogs":1}"#,
            [#"{"op":"error","message":"setOptions: includeLogs is neither true nor false"}"#]
        ),
        (
            #"{"op":"setAccounts","accounts":["x"]}"#,
            [#"{"op":"error","message":"accounts holds what is no Solana address"}"#]
        ),
        (#"{"op":"setAccounts","accounts":[1]}"#, [#"{"op":"error","message":"accounts is no array of strings"}"#]),
        (#"{"op":"setPrograms"}"#, [#"{"op":"error","message":"programs is no array of strings"}"#]),
        (#"{"op":"dance"}"#, [#"{"op":"error","message":"unknown op: dance"}"#]),
        (#"{"type":"x"}"#, [#"{"op":"error","message":"expected a JSON object with an op"}"#]),
        ("nonsense", [#"{"op":"error","message":"expected a JSON object with an op"}"#]),
        (#"{"op":"renew_token","token":"tok_nobody"}"#, [#"{"op":"error","message":"renew_token: unknown token"}"#]),
        (
            #"{"op":"renew_inband"}"#,
            [#"{"op":"error","message":"renew_inband: paymentRequirements and paymentPayload are objects"}"#]
        ),
    ])
    func `messages are answered`(_ message: String, _ answers: [String]) throws {
        var talk = try Talk()
        _ = talk.greet()
        #expect(talk.say(message) == answers)
    }

    @Test func `a watch-list past its bound is refused and the old one stays`() throws {
        var talk = try Talk()
        _ = talk.greet()
        _ = talk.say(#"{"op":"setAccounts","accounts":["\#(Self.account)"]}"#)
        let many = (0...WatchLists.maxEntries).map { _ in "\"\(Self.account)\"" }.joined(separator: ",")
        #expect(
            try Self.facts(#require(talk.say(#"{"op":"setAccounts","accounts":[\#(many)]}"#).first)).string("op")
                == "error")
        #expect(talk.session.lists.accounts == [Self.account])
    }

    // MARK: Time

    @Test func `a slice is reminded of, then demanded, then the connection ends`() throws {
        var talk = try Talk()
        _ = talk.greet()
        _ = talk.say(#"{"op":"setAccounts","accounts":["\#(Self.account)"]}"#)
        let reminder = try talk.next()
        #expect(talk.world.now == VendorWorld.start + .seconds(270))
        #expect(reminder.count == 1)
        let facts = try Self.facts(reminder[0])
        #expect(facts.string("op") == "renewal_reminder")
        #expect(facts.integer("msUntilExpiry") == 30_000)
        let renew = try #require(facts["renew"])
        #expect(renew["http"]?.string("endpoint") == "http://127.0.0.1:9403/v2/renew/stream/wallet-balance")
        #expect(
            renew["inband"]?.string("priceHint")
                == "amount=30000 asset=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v")
        #expect(talk.session.takesEvents)
        let demand = try talk.next()
        #expect(talk.world.now == VendorWorld.start + .seconds(300))
        #expect(try Self.facts(#require(demand.first)).string("op") == "payment_required")
        #expect(!talk.session.takesEvents)
        #expect(try talk.next() == ["close 4402"])
        #expect(talk.world.now == VendorWorld.start + .seconds(305))
    }

    @Test func `a short slice is reminded of in its last third, and v1 has no in-band renewal`() throws {
        var talk = try Talk("v1") { $0.slice = .seconds(6) }
        _ = talk.greet()
        let facts = try Self.facts(#require(try talk.next().first))
        #expect(facts.integer("msUntilExpiry") == 2000)
        #expect(facts["renew"]?["inband"] == nil)
        #expect(
            talk.say(#"{"op":"renew_inband","paymentRequirements":{},"paymentPayload":{}}"#)
                == [#"{"op":"error","message":"renew_inband: only with /v2/"}"#])
    }

    @Test func `reminders and demands come twice when asked for`() throws {
        var talk = try Talk { $0.faults.doublesReminders = true }
        _ = talk.greet()
        let reminders = try talk.next()
        #expect(reminders.count == 2)
        #expect(reminders.first == reminders.last)
        #expect(try talk.next().count == 2)
    }

    @Test func `without reminders the end comes first`() throws {
        var talk = try Talk { $0.faults.omitsReminders = true }
        _ = talk.greet()
        #expect(try Self.facts(#require(try talk.next().first)).string("op") == "payment_required")
        #expect(talk.world.now == VendorWorld.start + .seconds(300))
    }

    @Test func `a connection is dropped after its time`() throws {
        var talk = try Talk { $0.faults.dropAfter = .seconds(7) }
        _ = talk.greet()
        #expect(try talk.next() == ["drop"])
        #expect(talk.world.now == VendorWorld.start + .seconds(7))
    }

    // MARK: Renewal

    @Test func `a token bought over HTTP goes on where the old one ends`() throws {
        var talk = try Talk()
        _ = talk.greet()
        _ = try talk.next()
        let body = #"{"token":"\#(talk.session.token)"}"#
        let token = try talk.world.buy("/v2/renew/stream/wallet-balance", body).token
        #expect(
            talk.say(#"{"op":"renew_token","token":"\#(token)"}"#)
                == [#"{"op":"renewed","expiresAt":"2025-10-09T09:03:20.000Z","method":"http"}"#])
        _ = try talk.next()
        #expect(talk.world.now == VendorWorld.start + .seconds(570))
    }

    @Test func `a renewal after the demand brings events back`() throws {
        var talk = try Talk { $0.faults.omitsReminders = true }
        _ = talk.greet()
        _ = talk.say(#"{"op":"setAccounts","accounts":["\#(Self.account)"]}"#)
        _ = try talk.next()
        #expect(!talk.session.takesEvents)
        let body = #"{"token":"\#(talk.session.token)"}"#
        let token = try talk.world.buy("/v2/renew/stream/wallet-balance", body).token
        _ = talk.say(#"{"op":"renew_token","token":"\#(token)"}"#)
        #expect(talk.session.takesEvents)
    }

    private func inband(_ talk: inout Talk) throws -> String {
        let body = #"{"token":"\#(talk.session.token)"}"#
        let answer = talk.world.post("/v2/renew/stream/wallet-balance", body)
        let payload = try talk.world.payload(for: answer)
        let accepted = try #require(try Self.facts(String(decoding: payload, as: UTF8.self))["accepted"]).json
        return #"{"op":"renew_inband","paymentRequirements":\#(String(decoding: accepted, as: UTF8.self)),"#
            + #""paymentPayload":\#(String(decoding: payload, as: UTF8.self))}"#
    }

    @Test func `an in-band renewal makes the same token last longer, for other connections with it too`() throws {
        var talk = try Talk()
        var other = talk.session
        _ = talk.greet()
        _ = other.greet(&talk.world.vendor, at: talk.world.now)
        _ = try talk.next()
        talk.world.now = talk.world.now + .seconds(30)
        #expect(!other.tick(&talk.world.vendor, at: talk.world.now).isEmpty)
        #expect(!other.isPaid)
        let token = talk.session.token
        let message = try inband(&talk)
        #expect(
            talk.say(message) == [#"{"op":"renewed","expiresAt":"2025-10-09T09:03:20.000Z","method":"inband"}"#])
        #expect(talk.session.token == token)
        #expect(!other.tick(&talk.world.vendor, at: talk.world.now).isEmpty)
        #expect(other.isPaid)
        #expect(talk.world.totals.settled == 2)
        #expect(talk.world.totals.paidTwice == 0)
        // The same again is told that it has settled, and gives nothing more.
        #expect(
            talk.say(message)
                == [#"{"op":"error","message":"renew_inband: payment refused: duplicate_settlement"}"#])
        #expect(talk.world.totals.settled == 2)
    }

    @Test func `an in-band renewal whose answer is lost has made the token last longer`() throws {
        var talk = try Talk { $0.faults.loseAnswerEvery = 2 }
        _ = talk.greet()
        _ = try talk.next()
        let message = try inband(&talk)
        #expect(talk.say(message) == ["drop"])
        #expect(talk.world.vendor.tokens[talk.session.token]?.expiresAt == VendorWorld.start + .seconds(600))
        // It is paid for: another payment would be one too many.
        _ = try talk.world.token()
        #expect(talk.world.totals.paidTwice == 1)
    }

    @Test func `an in-band renewal of something else than it says is refused`() throws {
        var talk = try Talk()
        _ = talk.greet()
        _ = try talk.next()
        let message = try inband(&talk).replacing(
            #""paymentRequirements":{"scheme":"exact""#, with: #""paymentRequirements":{"scheme":"upto""#)
        #expect(
            talk.say(message)
                == [#"{"op":"error","message":"renew_inband: paymentRequirements are not what the payload accepts"}"#])
        #expect(talk.world.totals.settled == 1)
    }

    @Test func `the query sets the form of events`() throws {
        let talk = try Talk("v2", "&format=raw&encoding=hex")
        #expect(talk.session.options.format == .raw)
        #expect(talk.session.options.encoding == .hex)
    }
}

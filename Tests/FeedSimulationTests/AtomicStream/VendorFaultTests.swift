import RelayModel
import Testing
import X402Payments

@testable import FeedSimulation

@Suite struct VendorFaultTests {
    private static let schema = "/v2/schema/stream/wallet-balance"
    private static let renew = "/v2/renew/stream/wallet-balance"

    @Test func `a lost answer's payment has settled, and the same again gets nothing`() throws {
        var world = try VendorWorld { $0.faults.loseAnswerEvery = 1 }
        let payment = try world.payment(Self.schema)
        #expect(world.get(Self.schema, [payment]).isLost)
        #expect(world.totals.settled == 1)
        #expect(world.totals.answersLost == 1)
        #expect(world.totals.slices == 0)
        #expect(world.vendor.chain.landed.count == 1)
        #expect(world.get(Self.schema, [payment]).receipt?.errorReason == "duplicate_settlement")
    }

    @Test func `every other answer is lost`() throws {
        var world = try VendorWorld { $0.faults.loseAnswerEvery = 2 }
        #expect(try !world.buy(Self.schema).isLost)
        world.pass(.seconds(290))
        #expect(try world.buy(Self.schema).isLost)
    }

    @Test func `with payment-identifier a lost answer comes with the same payment again`() throws {
        var world = try VendorWorld {
            $0.faults.loseAnswerEvery = 1
            $0.remembersPayments = true
        }
        let payment = try world.payment(Self.schema)
        #expect(world.get(Self.schema, [payment]).isLost)
        let token = try world.get(Self.schema, [payment]).token
        #expect(world.connect("/v2/stream/wallet-balance?t=\(token)") == nil)
        #expect(world.totals.slices == 1)
        #expect(world.totals.settled == 1)
    }

    @Test func `the price rises once, by its factor, and a price that was named before still stands`() throws {
        var world = try VendorWorld {
            $0.faults.raisePriceAfter = 1
            $0.faults.priceFactor = TokenAmount("1.5") ?? .zero
        }
        let early = try world.payment(Self.schema)
        let token = try world.token()
        let later = world.post(Self.renew, #"{"token":"\#(token)"}"#)
        let challenge = try PaymentChallenge(headers: later.headers, body: later.body)
        #expect(challenge.offers.first?.amount == "45000")
        #expect(world.get(Self.schema, [early]).status == 200)
    }

    @Test func `refused payments do not land, and the same one is taken once that is over`() throws {
        var world = try VendorWorld { $0.faults.refusePayments = 2 }
        let payment = try world.payment(Self.schema)
        for _ in 0..<2 {
            let refused = world.get(Self.schema, [payment])
            #expect(refused.status == 402)
            #expect(refused.receipt?.isSuccess == false)
            #expect(refused.isChallenge)
        }
        #expect(world.vendor.chain.landed.isEmpty)
        #expect(world.get(Self.schema, [payment]).status == 200)
        #expect(world.totals.hasty == 0)
    }

    @Test func `a refused payment can land all the same`() throws {
        var world = try VendorWorld {
            $0.faults.refusePayments = 1
            $0.faults.settlesRefused = true
        }
        let payment = try world.payment(Self.schema)
        let refused = world.get(Self.schema, [payment])
        #expect(refused.receipt?.isSuccess == false)
        #expect(world.vendor.chain.landed.count == 1)
        #expect(world.get(Self.schema, [payment]).receipt?.errorReason == "duplicate_settlement")
    }

    @Test func `dead tokens let nobody in, those after them do`() throws {
        var world = try VendorWorld { $0.faults.deadTokens = 1 }
        let dead = try world.token()
        #expect(world.connect("/v2/stream/wallet-balance?t=\(dead)")?.status == 401)
        let alive = try world.token()
        #expect(world.connect("/v2/stream/wallet-balance?t=\(alive)") == nil)
        #expect(world.totals.paidTwice == 0)
    }

    @Test func `a token is forgotten after its connections, for renewals too`() throws {
        var world = try VendorWorld { $0.faults.forgetTokensAfter = 2 }
        let token = try world.token()
        let uri = "/v2/stream/wallet-balance?t=\(token)"
        #expect(world.connect(uri) == nil)
        #expect(world.connect(uri) == nil)
        #expect(world.connect(uri)?.status == 401)
        #expect(world.post(Self.renew, #"{"token":"\#(token)"}"#).status == 404)
        // What was paid for was taken away: another payment is none too many.
        _ = try world.token()
        #expect(world.totals.paidTwice == 0)
    }

    // MARK: The referee

    @Test func `two payments for one slice are counted`() throws {
        var world = try VendorWorld()
        let first = try world.token()
        world.pass(.seconds(275))
        _ = try world.buy(Self.renew, #"{"token":"\#(first)"}"#)
        #expect(world.totals.paidTwice == 0)
        _ = try world.buy(Self.renew, #"{"token":"\#(first)"}"#)
        #expect(world.totals.paidTwice == 1)
    }

    @Test func `a payment long before the end is counted, one at the reminder is not`() throws {
        for (seconds, count) in [(100, 1), (269, 1), (270, 0), (300, 0), (1000, 0)] {
            var world = try VendorWorld()
            _ = try world.token()
            world.pass(.seconds(seconds))
            _ = try world.token()
            #expect(world.totals.paidTwice == count, "\(seconds)")
        }
    }

    @Test func `two streams, and two wallets, are paid for by themselves`() throws {
        var world = try VendorWorld()
        _ = try world.token()
        _ = try world.token("whale-alert")
        let challenge = world.get(Self.schema)
        let read = try PaymentChallenge(headers: challenge.headers, body: challenge.body)
        let payload = try world.payload(of: read, VendorWorld.wallet(8))
        #expect(world.get(Self.schema, [PaymentPayload.header(payload, version: .v2)]).status == 200)
        #expect(world.totals.settled == 3)
        #expect(world.totals.paidTwice == 0)
    }

    /// What a client does after a lost answer, and whether paying again was too soon.
    private enum Patience: CaseIterable {
        case none, asked, waited
    }

    @Test(arguments: Patience.allCases)
    private func `after a lost answer a second payment is one too many unless the first is known to be of no use`(
        _ patience: Patience
    ) throws {
        var world = try VendorWorld { $0.faults.loseAnswerEvery = 1 }
        let payment = try world.payment(Self.schema)
        _ = world.get(Self.schema, [payment])
        switch patience {
        case .none: break
        case .asked: _ = world.get(Self.schema, [payment])
        case .waited: world.pass(.milliseconds(400 * (150 + 32 + 2)))
        }
        _ = try world.buy(Self.schema)
        #expect(world.totals.paidTwice == (patience == .none ? 1 : 0))
    }

    @Test func `a new payment while a refused one can still land is hasty`() throws {
        var world = try VendorWorld { $0.faults.refusePayments = 1 }
        _ = try world.buy(Self.schema)
        _ = try world.buy(Self.schema)
        #expect(world.totals.hasty == 1)
        #expect(world.totals.paidTwice == 0)
        var patient = try VendorWorld { $0.faults.refusePayments = 1 }
        _ = try patient.buy(Self.schema)
        patient.pass(.milliseconds(400 * (150 + 32 + 2)))
        _ = try patient.buy(Self.schema)
        #expect(patient.totals.hasty == 0)
    }
}

import DeliveryPlanning
import RelayModel
import Testing

/// What the relay tells of destinations and deliveries through its rules.
@Suite struct OwnEventTests {
    private static let policy = DestinationPolicy(name: "billing", retry: .seconds(1, giveUpOn: [404]))

    @Test func `410 brings relay.destination.disabled with the delivery that met it, once`() throws {
        var talk = PlannerConversation(Self.policy)
        talk.offer(1...2)
        talk.advance()
        let own = try #require(talk.answer(1, 410).own.first)
        #expect(own.kind == .destinationDisabled)
        #expect(own.at == talk.now)
        #expect(own.destination == "billing")
        #expect(own.delivery == DeliveryID(1))
        #expect(own.reason?.contains("410") == true)
        #expect(own.feed == nil)
        #expect(talk.answer(2, 410).own.isEmpty)
    }

    @Test func `failures for disableAfter bring relay.destination.disabled`() {
        var policy = Self.policy
        policy.disableAfter = .seconds(5)
        var talk = PlannerConversation(policy)
        var kinds: [OwnEvent.Kind] = []
        for number in Int64(1)...12 {
            talk.offer(number)
            for number in talk.advance(by: .seconds(1)) where number < 20 {
                kinds += talk.answer(number, 500).own.map(\.kind).filter { $0 == .destinationDisabled }
            }
        }
        #expect(kinds == [.destinationDisabled])
    }

    @Test func `a delivery's end brings relay.delivery.dead with the event's id`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(7)
        talk.advance()
        let verdict = talk.answer(7, 404)
        let event = PlannerConversation.delivery(7).event.id.description
        #expect(
            verdict.own == [
                OwnEvent(
                    .deliveryDead, at: talk.now, destination: "billing", delivery: DeliveryID(7),
                    reason: "status 404, which giveUpOn names", details: [.init("event", event)])
            ])
    }

    @Test func `a schedule that is used up brings relay.delivery.dead, and a failure before it nothing`() {
        var talk = PlannerConversation(Self.policy)
        talk.offer(7)
        talk.advance()
        #expect(talk.answer(7, 500).own.isEmpty)
        talk.advance(by: .seconds(1))
        #expect(talk.answer(7, 500).own.map(\.kind) == [.deliveryDead])
    }

    @Test(arguments: [404, 410]) func `the delivery of an own event raises no other`(status: Int) {
        for (type, count) in [("relay.delivery.dead", 0), ("relay.test", 0), ("relayed", 1)] {
            var talk = PlannerConversation(Self.policy)
            talk.planner.offer([PlannerConversation.delivery(1, type: type)], now: talk.now)
            talk.advance()
            let verdict = talk.answer(1, status)
            #expect(verdict.own.count == count)
            #expect(verdict.notices.count == 1)
        }
    }

    @Test func `going down and coming back raise none`() {
        var talk = PlannerConversation(DestinationPolicy(name: "billing", retry: .seconds(300, 3600)))
        for number in Int64(1)...10 {
            talk.offer(number)
            talk.advance()
            #expect(talk.refuse(number).own.isEmpty)
        }
        talk.offer(11)
        talk.advance(by: .seconds(1))
        #expect(talk.answer(11, 200).own.isEmpty)
    }
}

import DeliveryPlanning
import OutboxStorage
import RelayAssembly
import RelayModel
import Testing

/// The relay's own events and the rules that name them.
struct OwnEventTests {
    private let at = Timestamp(milliseconds: 1_697_234_567_890)

    private func judge(
        _ own: OwnEvent, _ rules: [IntakeRule], order: DeliveryOrder = .payment
    ) throws -> AcceptedEvent? {
        try RuleBook.sample(rules, order: order).judge(own, data: own.data(number: 42))
    }

    private static let all = IntakeRule("own", #"{"type":[{"prefix":"relay."}]}"#, to: ["billing"])

    @Test func `an own event goes to rules that name its type, with its data, time and feed`() throws {
        let own = OwnEvent(.feedGap, at: at, feed: "payments", reason: "stopped")
        let rules = [Self.all, IntakeRule("every", "{}", to: ["archive"])]
        let accepted = try #require(try judge(own, rules))
        #expect(accepted.deliveries.map(\.destination) == ["billing"])
        #expect(accepted.deliveries.map(\.rules) == [["own"]])
        #expect(accepted.event.type == "relay.feed.gap")
        #expect(accepted.event.feed == "payments")
        #expect(accepted.event.timestamp == at && accepted.event.receivedAt == at)
        #expect(
            accepted.event.data
                == Array(
                    #"{"type":"relay.feed.gap","at":1697234567890,"n":42,"feed":"payments","reason":"stopped"}"#.utf8))
    }

    @Test func `two own events that differ in their number alone have two ids`() throws {
        let own = OwnEvent(.feedConnected, at: at, feed: "payments")
        let rules = try RuleBook.sample([Self.all])
        let ids = [1, 2].map { rules.judge(own, data: own.data(number: $0))?.event.id }
        #expect(ids[0] != nil && ids[0] != ids[1])
    }

    @Test(
        arguments: [
            (feed: "payments", feeds: nil, isTaken: true), (feed: "payments", feeds: ["payments"], isTaken: true),
            (feed: "payments", feeds: ["other"], isTaken: false), (feed: nil, feeds: nil, isTaken: true),
            (feed: nil, feeds: ["payments"], isTaken: false),
        ] as [(feed: String?, feeds: [String]?, isTaken: Bool)])
    func `a rule's feeds keep other feeds' own events away, and those of none`(
        _ sample: (feed: String?, feeds: [String]?, isTaken: Bool)
    ) throws {
        let own = OwnEvent(.deliveryDead, at: at, feed: sample.feed, destination: "billing", delivery: DeliveryID(7))
        let rule = IntakeRule("own", #"{"type":["relay.delivery.dead"]}"#, to: ["billing"], feeds: sample.feeds)
        let accepted = try judge(own, [rule])
        #expect((accepted != nil) == sample.isTaken)
        #expect(accepted?.event.feed == (sample.isTaken ? sample.feed : nil))
    }

    @Test func `a rule sees what an own event concerns, and no feed where there is none`() throws {
        let own = OwnEvent(.destinationDisabled, at: at, destination: "billing")
        let type = #""type":["relay.destination.disabled"]"#
        #expect(try judge(own, [IntakeRule("r", #"{\#(type),"destination":["billing"]}"#, to: ["archive"])]) != nil)
        #expect(try judge(own, [IntakeRule("r", #"{\#(type),"destination":["archive"]}"#, to: ["archive"])]) == nil)
        #expect(try judge(own, [IntakeRule("r", #"{\#(type),"feed":[{"exists":false}]}"#, to: ["archive"])]) != nil)
    }

    @Test func `a test goes to its destination alone, whatever the rules, with none named`() throws {
        let own = OwnEvent(.test, at: at, destination: "archive")
        let accepted = try #require(try judge(own, [Self.all]))
        #expect(accepted.deliveries == [NewDelivery(destination: "archive", rules: [], format: .standard, lanes: [])])
        #expect(accepted.event.type == "relay.test" && accepted.event.feed == nil)
        #expect(try judge(OwnEvent(.test, at: at, destination: "gone"), [Self.all]) == nil)
    }

    @Test func `an own event queues only where everything does`() throws {
        let own = OwnEvent(.feedConnected, at: at, feed: "payments")
        #expect(try judge(own, [Self.all], order: .all)?.deliveries.first?.lanes == [.all])
        #expect(try judge(own, [Self.all], order: .wallet)?.deliveries.first?.lanes == [])
    }
}

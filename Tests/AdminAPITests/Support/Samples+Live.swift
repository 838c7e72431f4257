import RelayModel

@testable import AdminAPI

extension Samples {
    /// One that was taken: its id has `number` in it, and its bytes are `data`.
    static func live(_ number: Int, data: String = "{}", payment: String? = nil, type: String = "payment") -> LiveEvent
    {
        LiveEvent(
            event: Event(
                id: EventID(high: 0, low: UInt64(number)), feed: "payments", type: type, timestamp: now,
                receivedAt: now, sender: "alice", recipient: nil, amount: "0.10",
                payment: payment.map { Array($0.utf8) },
                data: Array(data.utf8)),
            rules: ["paid", "large"], destinations: ["billing"])
    }

    /// JSON of so many bytes.
    static func json(bytes: Int) -> String {
        #"{"x":""# + String(repeating: "x", count: bytes - 8) + #""}"#
    }
}

/// Something that the relay itself has to tell, before it is numbered; the contract's section 2.
package struct OwnEvent: Hashable, Sendable {
    /// The `type` of its data.
    package enum Kind: String, CaseIterable, Sendable {
        case feedConnected = "relay.feed.connected"
        case feedDisconnected = "relay.feed.disconnected"
        case feedGap = "relay.feed.gap"
        case feedUnhealthy = "relay.feed.unhealthy"
        case feedPaymentRequired = "relay.feed.payment_required"
        case paymentSettled = "relay.payment.settled"
        case paymentRefused = "relay.payment.refused"
        case paymentLimitReached = "relay.payment.limit_reached"
        case destinationDisabled = "relay.destination.disabled"
        case deliveryDead = "relay.delivery.dead"
        /// Goes to one destination whatever the rules.
        case test = "relay.test"
    }

    /// The beginning of every own event's type; no feed may send one.
    package static let typePrefix = "relay."

    package var kind: Kind
    package var at: Timestamp
    package var feed: String?
    package var destination: String?
    package var delivery: DeliveryID?
    package var reason: String?
    /// Further members of the data, in their order.
    package var details: [Detail]

    package struct Detail: Hashable, Sendable {
        package enum Value: Hashable, Sendable, CustomStringConvertible {
            case text(String)
            case flag(Bool)

            package var description: String {
                switch self {
                case .text(let text): text
                case .flag(let flag): "\(flag)"
                }
            }
        }

        package let name: String
        package let value: Value

        package init(_ name: String, _ text: String) {
            self.name = name
            value = .text(text)
        }

        package init(_ name: String, _ flag: Bool) {
            self.name = name
            value = .flag(flag)
        }
    }

    package init(
        _ kind: Kind, at: Timestamp, feed: String? = nil, destination: String? = nil, delivery: DeliveryID? = nil,
        reason: String? = nil, details: [Detail] = []
    ) {
        self.kind = kind
        self.at = at
        self.feed = feed
        self.destination = destination
        self.delivery = delivery
        self.reason = reason
        self.details = details
    }

    /// The event's JSON with `number` as its `n`.
    package func data(number: Int64) -> [UInt8] {
        var data: [UInt8] = Array("{\"type\":".utf8)
        JSONEscapes.append(kind.rawValue, to: &data)
        data.append(contentsOf: ",\"at\":\(at.milliseconds),\"n\":\(number)".utf8)
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            data.append(UInt8(ascii: ","))
            JSONEscapes.append(name, to: &data)
            data.append(UInt8(ascii: ":"))
            JSONEscapes.append(value, to: &data)
        }
        add("feed", feed)
        add("destination", destination)
        add("delivery", delivery?.description)
        add("reason", reason)
        for detail in details {
            switch detail.value {
            case .text(let text): add(detail.name, text)
            case .flag(let flag):
                data.append(UInt8(ascii: ","))
                JSONEscapes.append(detail.name, to: &data)
                data.append(contentsOf: flag ? ":true".utf8 : ":false".utf8)
            }
        }
        data.append(UInt8(ascii: "}"))
        return data
    }
}

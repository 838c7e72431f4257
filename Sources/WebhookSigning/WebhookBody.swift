package import RelayModel

/// The bodies of webhooks; the contract's section 3.
package enum WebhookBody {
    /// The body of `event` for a destination where `rules` matched.
    ///
    /// The event's bytes, and its payment's, stand in it as the feed sent them. The same arguments give the same bytes.
    package static func render(_ event: Event, rules: [String], format: BodyFormat) -> [UInt8] {
        switch format {
        case .raw: return event.data
        case .standard: return standard(event, rules)
        case .cloudevents: return cloudEvent(event, rules)
        }
    }

    /// The `content-type` of a format.
    package static func contentType(of format: BodyFormat) -> String {
        switch format {
        case .standard, .raw: "application/json"
        case .cloudevents: "application/cloudevents+json"
        }
    }

    /// Where a CloudEvent of the relay's own that concerns no feed comes from; that of a feed is `/feeds/NAME` below it.
    private static let source = "/x402-relay"

    private static func standard(_ event: Event, _ rules: [String]) -> [UInt8] {
        var body = JSONLine(capacity: capacity(event, rules))
        body.plainMember("id", event.id.description)
        body.member("type", event.type)
        body.timeMember("timestamp", event.timestamp)
        body.member("feed", event.feed)
        body.member("rules", rules)
        body.member("sender", event.sender)
        body.member("recipient", event.recipient)
        body.member("amount", event.amount)
        body.rawMember("payment", event.payment)
        body.rawMember("data", event.data)
        return body.closed()
    }

    /// CloudEvents 1.0, JSON format, section 3.
    ///
    /// Without `datacontenttype` the data is JSON (section 3.1.1). An attribute without a value is left out.
    private static func cloudEvent(_ event: Event, _ rules: [String]) -> [UInt8] {
        var body = JSONLine(capacity: capacity(event, rules))
        body.plainMember("specversion", "1.0")
        body.plainMember("id", event.id.description)
        body.member("source", event.feed.map { "\(source)/feeds/\($0)" } ?? source)
        body.member("type", event.type)
        body.timeMember("time", event.timestamp)
        body.member("rules", rules.isEmpty ? nil : rules.joined(separator: ","))
        body.member("sender", event.sender)
        body.member("recipient", event.recipient)
        body.member("amount", event.amount)
        body.rawMember("data", event.data)
        return body.closed()
    }

    /// Enough for any body without escapes, so that it is laid out in one allocation.
    private static func capacity(_ event: Event, _ rules: [String]) -> Int {
        var capacity = 256 + event.type.utf8.count + (event.feed?.utf8.count ?? 0)
        for text in [event.sender, event.recipient, event.amount] { capacity += text?.utf8.count ?? 0 }
        for rule in rules { capacity += rule.utf8.count + 3 }
        return capacity + (event.payment?.count ?? 0) + event.data.count
    }
}

/// A JSON object that is written member by member, without spaces.
struct JSONLine {
    private var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
    }

    /// A member whose value needs no escapes.
    mutating func plainMember(_ key: StaticString, _ text: String) {
        begin(key)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A string; nothing where it is nil.
    mutating func member(_ key: StaticString, _ text: String?) {
        guard let text else { return }
        begin(key)
        JSONEscapes.append(text, to: &bytes)
    }

    mutating func member(_ key: StaticString, _ texts: [String]) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONEscapes.append(text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func timeMember(_ key: StaticString, _ time: Timestamp) {
        plainMember(key, time.description)
    }

    /// A value that is JSON already; nothing where it is nil.
    mutating func rawMember(_ key: StaticString, _ json: [UInt8]?) {
        guard let json else { return }
        begin(key)
        bytes.append(contentsOf: json)
    }

    /// The object, closed.
    consuming func closed() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func begin(_ key: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }
}

import RelayModel

/// What the key `protocol` can be, and what follows for the feed's URL.
enum ProtocolChoice: String, CaseIterable, Sendable {
    case interface402
    case atomicStream = "atomicstream"

    /// The vendor's.
    var url: String {
        switch self {
        case .interface402: "wss://interface402.dev/api/data"
        case .atomicStream: "https://x402.atomicstream.net"
        }
    }

    /// Without TLS to loopback only.
    var urlRule: URLRule {
        switch self {
        case .interface402: URLRule(schemes: ["wss", "ws"], loopbackOnly: ["ws"])
        case .atomicStream: URLRule(schemes: ["https", "http"], loopbackOnly: ["http"], allowsPath: false)
        }
    }

    var other: ProtocolChoice { self == .interface402 ? .atomicStream : .interface402 }
}

/// `feeds.*`.
struct FeedKeys: ObjectKeys {
    let kind = Key("protocol", required: Form<ProtocolChoice>.choice(), "The protocol that the feed speaks.")
    let url = Key(
        "url",
        optional: .url(
            URLRule(schemes: ["wss", "ws", "https", "http"], loopbackOnly: ["ws", "http"]),
            example: ProtocolChoice.interface402.url),
        otherwise: "the vendor's",
        "The WebSocket URL, or AtomicStream's base URL; ws:// and http:// to loopback only.")
    let connections = Key(
        "connections", .integer(1...1000), default: 1,
        "Connections held at once; an event counts once however many bring it.")
    let interface402 = Interface402Keys()
    let atomicStream = AtomicStreamKeys()
    let connectTimeout = Key(
        "connectTimeout", .timeLimit, default: "10s", "For DNS, TCP, TLS and the upgrade together.")
    let pingInterval = Key("pingInterval", .duration, default: "30s", "The time between the relay's own pings.")
    let pongTimeout = Key(
        "pongTimeout", .duration, default: "10s", "Silence for this long after a ping ends the connection.")
    let idleTimeout = Key(
        "idleTimeout", .duration, default: "2m", "Nothing received for this long, pongs included, ends the connection.")
    let reconnect = Key("reconnect", object: ReconnectKeys(), "The waits before a lost connection is opened again.")
    let tls = Key("tls", object: FeedTLSKeys(), "How the feed's certificate is judged.")

    /// The feed, still without its name, and without `keys` where they follow from the rules.
    func value(of object: ObjectReader) -> FeedConfiguration? {
        let kind = object[kind]
        let url = object[url]
        let ownKeys = interface402.value(of: object)
        let streamKeys = atomicStream.value(of: object, isRequired: kind == .atomicStream)
        let waits = object[reconnect]
        let (pings, idle) = (object[pingInterval], object[idleTimeout])
        var feed = FeedConfiguration(
            name: "", kind: .interface402(.init(apiKey: nil, keys: [])), url: "", connections: object[connections],
            connectTimeout: object[connectTimeout], pingInterval: pings, pongTimeout: object[pongTimeout],
            idleTimeout: idle, reconnectInitial: waits.initial, reconnectMax: waits.max, caFile: object[tls])
        if idle <= pings {
            object.site.warn(
                "idleTimeout is not longer than pingInterval, so a quiet feed is dropped again and again")
        }
        guard let kind else { return nil }
        for key in (kind == .interface402 ? atomicStream : interface402 as any KeyGroup).descriptions {
            object.unwanted(
                key.name,
                "is a key of the protocol \"\(kind.other.rawValue)\" and this feed is \"\(kind.rawValue)\", remove it")
        }
        if let url, let fault = kind.urlRule.fault(of: url) { object.site(self.url.name)?.fault(fault) }
        feed.url = url?.text.revealed ?? kind.url
        if url == nil, let vendor = URLText(kind.url) {
            object.site.reading.hosts.append(Located(value: vendor.host, site: object.site))
        }
        switch kind {
        case .interface402:
            feed.kind = .interface402(ownKeys)
            // The most that a plan allows; the feed's own limit is known only once it is connected.
            if feed.connections > 20 {
                object.site(connections.name)?.warn("\(feed.connections) are more than the 20 of the largest plan")
            }
        case .atomicStream:
            guard let streamKeys else { return nil }
            feed.kind = .atomicStream(streamKeys)
        }
        return feed
    }

    var conditions: [SchemaNode] {
        ProtocolChoice.allCases.map { kind in
            let foreign = (kind == .interface402 ? atomicStream : interface402 as any KeyGroup).descriptions
            var properties: [(key: String, value: SchemaNode)] = [("url", ["pattern": .text(kind.urlRule.pattern)])]
            properties += foreign.map { ($0.name, false) }
            var then: [(key: String, value: SchemaNode)] = [("properties", .object(properties))]
            if kind == .atomicStream { then.append(("required", ["stream"])) }
            return [
                "if": ["properties": ["protocol": ["const": .text(kind.rawValue)]], "required": ["protocol"]],
                "then": .object(then),
            ]
        }
    }
}

/// The keys of an interface402 feed alone.
struct Interface402Keys: KeyGroup {
    let apiKey = Key("apiKey", optional: .secret, "interface402: the key to authenticate with.")
    let keys = Key(
        "keys", optional: .list("channels and wallet addresses", of: .subscriptionKey, atLeast: 1),
        otherwise: "follow from the rules",
        "interface402: what to subscribe to, channels (payments, verifications, settlements) and wallet addresses.")

    func value(of object: ObjectReader) -> FeedConfiguration.Interface402 {
        var keys: [String] = []
        var seen: Set<WalletAddress> = []
        for key in object[self.keys] ?? [] where seen.insert(WalletAddress(key)).inserted { keys.append(key) }
        return FeedConfiguration.Interface402(apiKey: object[apiKey]?.value.orUnread, keys: keys)
    }
}

extension Form<String> {
    fileprivate static let subscriptionKey = Form.text(
        "\"payments\", \"verifications\", \"settlements\" or a wallet address (base58, or 0x and 40 hex digits)",
        pattern: Pattern.whole(
            "\(Interface402Channel.allCases.map(\.rawValue).joined(separator: "|"))"
                + "|\(Pattern.evmAddress)|\(Pattern.solanaAddress)"), showsValue: false
    ) { text in
        Interface402Channel(rawValue: text) != nil || WalletAddress.form(of: text.utf8) != .other ? text : nil
    }
}

/// `feeds.*.reconnect`.
struct ReconnectKeys: ObjectKeys {
    let initial = Key("initial", .duration, default: "1s", "The first wait; each further one is twice as long.")
    let max = Key("max", .duration, default: "30s", "The longest wait, before jitter adds up to as much again.")

    func value(of object: ObjectReader) -> (initial: Duration, max: Duration)? {
        let waits = (initial: object[initial], max: object[max])
        if waits.max < waits.initial {
            (object.site(max.name) ?? object.site(initial.name))?
                .fault("reconnect.max must not be less than reconnect.initial, raise it or lower the other")
        }
        return waits
    }
}

/// `feeds.*.tls`.
struct FeedTLSKeys: ObjectKeys {
    let caFile = Key(
        "caFile", optional: .certificates, otherwise: "the system's",
        "A PEM file of authorities to trust instead of the system's.")

    /// `.some(nil)`: an object that is there need not have the key.
    func value(of object: ObjectReader) -> String?? {
        let path = object[caFile]
        if path != nil {
            object.site.reading.tlsFiles.append(Located(value: TLSFiles(caFile: path), site: object.site))
        }
        return .some(path)
    }
}

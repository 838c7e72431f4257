import Crypto
import RelayModel

/// The identity of a feed's events: the first 128 bits of a SHA-256 over protocol, feed name and what identifies the event.
///
/// The keys of payments, by which later events find theirs, are made in the same way. Webhook ids and the de-duplication across
/// relays stand on it, so it never changes: each part is one byte for its type,
/// its length in eight bytes, most significant first, and its bytes as the feed sent them.
struct EventIdentity: Sendable {
    private let feedProtocol: FeedProtocol
    /// The parts that all events of the feed share.
    private let prefix: [UInt8]

    private enum PartType: UInt8 {
        case string = 0x73
        case number = 0x6E
        case `true` = 0x74
        case `false` = 0x66
        /// The SHA-256 of a string's bytes, in place of a string that can be long.
        case digest = 0x64
        /// The whole message, of an event that has no identity of its own.
        case message = 0x6D
    }

    init(protocol feedProtocol: FeedProtocol, feed: String) {
        var prefix: [UInt8] = []
        Self.append(.string, feedProtocol.rawValue.utf8, to: &prefix)
        Self.append(.string, feed.utf8, to: &prefix)
        self.feedProtocol = feedProtocol
        self.prefix = prefix
    }

    func id(of document: JSONDocument, type: String) -> EventID {
        var input = prefix
        if !appendFields(fields(of: document, type: type), of: document, to: &input) {
            Self.append(.message, document.bytes, to: &input)
        }
        let words = Self.digest(of: input)
        return EventID(high: words.high, low: words.low)
    }

    /// The key of a payment by its decoded `paymentId`: a digest of a label, protocol, feed name and this.
    func paymentKey(of paymentId: String) -> PaymentKey {
        var input: [UInt8] = []
        // What is digested for an event's id begins with the protocol: so the two never meet.
        Self.append(.string, "x402-relay payment key".utf8, to: &input)
        input += prefix
        Self.append(.string, paymentId.utf8, to: &input)
        let words = Self.digest(of: input)
        return PaymentKey(high: words.high, low: words.low)
    }

    /// The first 128 bits of a SHA-256.
    private static func digest(of input: [UInt8]) -> (high: UInt64, low: UInt64) {
        var words = (high: UInt64(0), low: UInt64(0))
        SHA256.hash(data: input).withUnsafeBytes { digest in
            for index in 0..<8 {
                words.high = words.high << 8 | UInt64(digest[index])
                words.low = words.low << 8 | UInt64(digest[index + 8])
            }
        }
        return words
    }

    /// A field and the JSON type that it is documented to have.
    private enum Field {
        case string(String)
        case number(String)
        case flag(String)
        /// A string, or, where the event has none of the name, the digest of another that can be long.
        case stringOrDigest(String, of: String)
    }

    private static let payment: [Field] = [.string("type"), .string("paymentId"), .string("status")]
    private static let verification: [Field] = [
        .string("type"), .string("paymentId"), .string("verifiedBy"), .flag("verified"),
    ]
    private static let settlement: [Field] = [
        .string("type"), .string("paymentId"), .string("signature"), .string("status"), .number("confirmations"),
    ]
    private static let transaction: [Field] = [.string("type"), .string("signature"), .string("commitment")]
    private static let account: [Field] = [
        .string("type"), .string("stream"), .string("pubkey"), .number("slot"),
        .stringOrDigest("writeVersion", of: "data"),
    ]
    private static let slot: [Field] = [.string("type"), .number("slot"), .number("parent"), .string("status")]
    private static let ticker: [Field] = [
        .string("type"), .string("signature"), .string("baseMint"), .string("quoteMint"), .string("dex"),
        .number("price"), .number("slot"),
    ]
    private static let leaderboard: [Field] = [
        .string("type"), .string("stream"), .string("asOf"), .number("windowSeconds"),
    ]

    /// What identifies an event; empty where only the whole message does.
    private func fields(of document: JSONDocument, type: String) -> [Field] {
        switch feedProtocol {
        case .interface402:
            switch type {
            case "payment": Self.payment
            case "verification": Self.verification
            case "settlement": Self.settlement
            default: []
            }
        case .atomicstream:
            switch type {
            case "account": Self.account
            case "slot": Self.slot
            case "ticker": Self.ticker
            case "leaderboard": Self.leaderboard
            case "status": []
            default: Self.isTransaction(document, type: type) ? Self.transaction : []
            }
        }
    }

    /// Whether an AtomicStream event is a transaction as a whole, of which there is one for each signature and commitment.
    ///
    /// The vendor does not say what `type` transactions have, and some streams may call theirs otherwise. So one is known by what
    /// only a transaction as a whole has: `isVote`, which both formats have, or the enhanced one's `nativeTransfers` with
    /// `feePayer`. A signature and a list of accounts would not do: a stream may tell several things of one transaction.
    private static func isTransaction(_ document: JSONDocument, type: String) -> Bool {
        if type == "transaction" { return true }
        func kind(_ key: String) -> JSONKind? { document.member(document.root, key).map(document.kind) }
        if let flag = kind("isVote"), flag == .true || flag == .false { return true }
        return kind("nativeTransfers") == .array && kind("feePayer") == .string
    }

    /// Appends the fields; leaves `input` as it was and returns false when there are none, or one is missing or of another type.
    private func appendFields(_ fields: [Field], of document: JSONDocument, to input: inout [UInt8]) -> Bool {
        let before = input.count
        for field in fields where !Self.append(field, of: document, to: &input) {
            input.removeLast(input.count - before)
            return false
        }
        return !fields.isEmpty
    }

    /// Appends the field; returns false where it is missing or of another type.
    private static func append(_ field: Field, of document: JSONDocument, to input: inout [UInt8]) -> Bool {
        func append(_ key: String, _ type: (JSONKind) -> PartType?) -> Bool {
            guard let node = document.member(document.root, key), let type = type(document.kind(node)) else {
                return false
            }
            if type == .digest {
                SHA256.hash(data: document.slice(node)).withUnsafeBytes { Self.append(type, $0, to: &input) }
            } else {
                Self.append(type, document.slice(node), to: &input)
            }
            return true
        }
        switch field {
        case .string(let key): return append(key) { $0 == .string ? .string : nil }
        case .number(let key): return append(key) { $0 == .number ? .number : nil }
        case .flag(let key): return append(key) { $0 == .true ? .true : $0 == .false ? .false : nil }
        case .stringOrDigest(let key, let other):
            // One that is there, but no string, tells states apart in a way that is not known: the digest would not.
            if document.member(document.root, key) != nil { return append(key) { $0 == .string ? .string : nil } }
            return append(other) { $0 == .string ? .digest : nil }
        }
    }

    private static func append(_ type: PartType, _ bytes: some Collection<UInt8>, to input: inout [UInt8]) {
        input.append(type.rawValue)
        let length = UInt64(bytes.count)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            input.append(UInt8(truncatingIfNeeded: length >> shift))
        }
        input.append(contentsOf: bytes)
    }
}

import Crypto
import RelayModel

/// The identity of a feed's events: the first 128 bits of a SHA-256 over protocol, feed name and what identifies the event.
///
/// The keys of payments, by which later events find theirs, are made in the same way. Webhook ids and the de-duplication across
/// relays stand on it, so it never changes: each part is one byte for its type,
/// its length in eight bytes, most significant first, and its bytes as the feed sent them.
struct EventIdentity: Sendable {
    /// The parts that all events of the feed share.
    private let prefix: [UInt8]

    private enum PartType: UInt8 {
        case string = 0x73
        case number = 0x6E
        case `true` = 0x74
        case `false` = 0x66
        /// The whole message, of an event that has no identity of its own.
        case message = 0x6D
    }

    init(protocol feedProtocol: FeedProtocol, feed: String) {
        var prefix: [UInt8] = []
        Self.append(.string, feedProtocol.rawValue.utf8, to: &prefix)
        Self.append(.string, feed.utf8, to: &prefix)
        self.prefix = prefix
    }

    func id(of document: JSONDocument, type: String) -> EventID {
        var input = prefix
        if !appendFields(Self.fields(ofType: type), of: document, to: &input) {
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

        /// The value and its type, when it is there and of the documented type.
        func find(in document: JSONDocument) -> (PartType, JSONNode)? {
            switch self {
            case .string(let name): find(name, in: document) { $0 == .string ? .string : nil }
            case .number(let name): find(name, in: document) { $0 == .number ? .number : nil }
            case .flag(let name): find(name, in: document) { $0 == .true ? .true : $0 == .false ? .false : nil }
            }
        }

        private func find(
            _ name: String, in document: JSONDocument, type: (JSONKind) -> PartType?
        ) -> (PartType, JSONNode)? {
            guard let node = document.member(document.root, name), let type = type(document.kind(node)) else {
                return nil
            }
            return (type, node)
        }
    }

    private static let payment: [Field] = [.string("type"), .string("paymentId"), .string("status")]
    private static let verification: [Field] = [
        .string("type"), .string("paymentId"), .string("verifiedBy"), .flag("verified"),
    ]
    private static let settlement: [Field] = [
        .string("type"), .string("paymentId"), .string("signature"), .string("status"), .number("confirmations"),
    ]

    /// What identifies an interface402 event; empty where only the whole message does.
    private static func fields(ofType type: String) -> [Field] {
        switch type {
        case "payment": payment
        case "verification": verification
        case "settlement": settlement
        default: []
        }
    }

    /// Appends the fields; leaves `input` as it was and returns false when there are none, or one is missing or of another type.
    private func appendFields(_ fields: [Field], of document: JSONDocument, to input: inout [UInt8]) -> Bool {
        let before = input.count
        for field in fields {
            guard let (type, node) = field.find(in: document) else {
                input.removeLast(input.count - before)
                return false
            }
            Self.append(type, document.slice(node), to: &input)
        }
        return !fields.isEmpty
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

import RelayModel

/// What a server gives for a payment, or without one.
struct Grant: Hashable, Sendable {
    /// Nil where the token in use goes on.
    var token: Secret?
    /// As the server says, plausible or not.
    var sliceSeconds: Int?
    /// The end of the slice in the server's words.
    var expiresAt: String?

    /// The bounds of an answer of a few hundred bytes, and of a token that goes into a URL.
    private static let limits = JSONLimits(maxBytes: 1 << 20, maxDepth: 64)
    private static let maxTokenBytes = 4096

    init(token: Secret?, sliceSeconds: Int? = nil, expiresAt: String? = nil) {
        self.token = token
        self.sliceSeconds = sliceSeconds
        self.expiresAt = expiresAt
    }

    /// The token of an answer: `token`, or the `t` of `websocketEndpoint` for the schema; nil where it has none that can be used.
    init?(_ body: [UInt8], for purpose: LedgerEntry.Purpose) {
        guard let document = try? JSONParser(limits: Self.limits).parse(body) else { return nil }
        func text(_ key: String) -> String? { document.member(document.root, key).flatMap(document.string) }
        let found = purpose == .purchase ? text("websocketEndpoint").flatMap(Self.token(inURL:)) : text("token")
        guard let found, (1...Self.maxTokenBytes).contains(found.utf8.count),
            found.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        token = Secret(found)
        sliceSeconds = document.member(document.root, "sliceSeconds").flatMap { node in
            Int(String(decoding: document.slice(node), as: UTF8.self))
        }
        expiresAt = text("expiresAt")
    }

    /// The query parameter `t`, percent-decoded.
    private static func token(inURL url: String) -> String? {
        let bytes = url.utf8.prefix { $0 != UInt8(ascii: "#") }
        guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        for pair in bytes[bytes.index(after: mark)...].split(separator: UInt8(ascii: "&")) {
            guard pair.starts(with: "t=".utf8) else { continue }
            return decoded(Array(pair.dropFirst(2)))
        }
        return nil
    }

    private static func decoded(_ bytes: [UInt8]) -> String? {
        var result: [UInt8] = []
        var at = 0
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "%") else {
                result.append(bytes[at])
                at += 1
                continue
            }
            guard at + 2 < bytes.count else { return nil }
            let digits = String(decoding: bytes[at + 1...at + 2], as: UTF8.self)
            guard let value = UInt8(digits, radix: 16) else { return nil }
            result.append(value)
            at += 3
        }
        return String(validating: result, as: UTF8.self)
    }
}

/// What the answer to a signed payment says came of it; whatever it says, only a token or the chain ends the payment.
enum PaidAnswer: Hashable, Sendable {
    case served(Grant, transaction: String?)
    /// The server says no; it may land all the same.
    case refused(reason: String)
    /// It may have landed, or may land yet.
    case unclear(reason: String)

    init(_ answer: StreamAccess.HTTPAnswer, for purpose: LedgerEntry.Purpose) {
        guard case .received(let status, let headers, let body) = answer else {
            if case .failed(let reason, _) = answer {
                self = .unclear(reason: "no answer came: \(Redaction.foreign(reason))")
            } else {
                self = .unclear(reason: "no answer came")
            }
            return
        }
        let receipt = PaymentReceipt(headers: headers)
        let isSuccess = (200..<300).contains(status)
        if isSuccess, let grant = Grant(body, for: purpose) {
            self = .served(grant, transaction: receipt?.transaction)
        } else if let receipt, receipt.isSuccess == false {
            self.init(code: receipt.errorReason, from: "the server")
        } else if receipt?.isSuccess == true {
            self = .unclear(reason: "the server answered \(status) with a receipt of success and no token")
        } else if isSuccess {
            self = .unclear(reason: "the server answered \(status) without a token that can be used")
        } else if (400..<500).contains(status) {
            let said = (try? PaymentChallenge(headers: headers, body: body))?.error ?? ""
            let words = said.isEmpty ? "" : ": \(Redaction.foreign(said))"
            self = .refused(reason: "the server answered \(status)\(words)")
        } else {
            self = .unclear(reason: "the server answered \(status)")
        }
    }

    /// What a receipt that says no, or an error of the stream, means by its words.
    init(code: String?, from who: String) {
        switch code {
        case let words? where Self.word("duplicate_settlement", isIn: words):
            self = .unclear(reason: "\(who) says that it has settled before, and gives nothing")
        case let words? where Self.word("settlement_pending", isIn: words):
            self = .unclear(reason: "\(who) says that its settlement is pending")
        case let words?: self = .refused(reason: "\(who) says no: \(Redaction.foreign(words))")
        case nil: self = .refused(reason: "\(who) says no")
        }
    }

    /// Whether a server's text names a code, by itself or among other words.
    private static func word(_ code: String, isIn text: String) -> Bool {
        text.split { !($0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_") }.contains { $0 == code }
    }
}

import RelayModel
import X402Payments

/// One client's connection to a stream: the vendor's side of its conversation.
///
/// A value: it takes what the client says and the time, and returns what to send. The vendor that it talks of is
/// passed in.
struct StreamSession: Sendable {
    enum Answer: Equatable, Sendable {
        case text([UInt8])
        /// The connection ends with this status code.
        case close(UInt16)
        /// It ends without one.
        case drop
    }

    /// The longest message taken from a client: its watch-lists fit, and a payment.
    static let messageLimits = JSONLimits(maxBytes: 1 << 20, maxDepth: 64)
    /// The code of a connection that is not paid for any more; the vendor's own is not known.
    static let unpaid: UInt16 = 4402

    let client: Int
    let path: VendorPath
    /// The token in use.
    private(set) var token: String
    private(set) var options = EventOptions()
    private(set) var lists = WatchLists()
    /// The end that was last reminded of.
    private var remindedOf: Timestamp?
    /// When `payment_required` was sent; nil while it is paid for.
    private var unpaidSince: Timestamp?
    private var dropAt: Timestamp?

    /// `request` is one that the vendor had nothing against.
    init(client: Int, _ request: VendorRequest, _ path: VendorPath) {
        self.client = client
        self.path = path
        token = request.query["t"] ?? ""
        if let format = request.query["format"].flatMap({ EventOptions.Format(rawValue: $0) }) {
            options.format = format
        }
        if let encoding = request.query["encoding"].flatMap({ EventOptions.Encoding(rawValue: $0) }) {
            options.encoding = encoding
        }
    }

    /// Whether events are due to this client.
    var isPaid: Bool { unpaidSince == nil }
    var takesEvents: Bool { isPaid && StreamCatalog.isServed(path.stream, by: lists) }

    /// The first words: `hello`, then `status`.
    mutating func greet(_ vendor: inout StreamVendor, at now: Timestamp) -> [Answer] {
        if let after = vendor.options.faults.dropAfter { dropAt = now + after }
        var hello = JSONObjectWriter()
        hello.string("op", "hello")
        hello.string("clientId", clientID)
        hello.string("expiresAt", end(vendor).description)
        hello.value("sliceSeconds", vendor.sliceSeconds)
        return [.text(hello.bytes), .text(status(vendor, at: now))]
    }

    private var clientID: String { "client-\(client)" }

    /// The end of what the token is good for.
    private func end(_ vendor: StreamVendor) -> Timestamp {
        vendor.tokens[token]?.expiresAt ?? Timestamp(milliseconds: 0)
    }

    // MARK: Time

    /// When `tick` has something to do next.
    func nextDeadline(_ vendor: StreamVendor) -> Timestamp? {
        let next: Timestamp
        if let unpaidSince {
            next = unpaidSince + vendor.options.grace
        } else {
            let end = end(vendor)
            let reminds = !vendor.options.faults.omitsReminders && remindedOf != end
            next = reminds ? end - vendor.options.reminderLead : end
        }
        return dropAt.map { min($0, next) } ?? next
    }

    mutating func tick(_ vendor: inout StreamVendor, at now: Timestamp) -> [Answer] {
        if let dropAt, now >= dropAt { return [.drop] }
        if let unpaidSince {
            // Over another connection that uses the same token it was paid for.
            if end(vendor) > now { return renewed("inband", vendor) }
            return now >= unpaidSince + vendor.options.grace ? [.close(Self.unpaid)] : []
        }
        let end = end(vendor)
        let copies = vendor.options.faults.doublesReminders ? 2 : 1
        if now >= end {
            unpaidSince = now
            vendor.changes.append(.expired(client: client))
            return Array(repeating: .text(demand(vendor)), count: copies)
        }
        guard !vendor.options.faults.omitsReminders, remindedOf != end, now >= end - vendor.options.reminderLead else {
            return []
        }
        remindedOf = end
        let left = (end - now).wholeMilliseconds
        vendor.changes.append(.reminded(client: client, milliseconds: left))
        var object = JSONObjectWriter()
        object.string("op", "renewal_reminder")
        object.string("expiresAt", end.description)
        object.value("msUntilExpiry", left)
        object.raw("renew", vendor.renewHints(path))
        return Array(repeating: .text(object.bytes), count: copies)
    }

    private func demand(_ vendor: StreamVendor) -> [UInt8] {
        var object = JSONObjectWriter()
        object.string("op", "payment_required")
        object.string("reason", "expired")
        object.raw("renew", vendor.renewHints(path))
        return object.bytes
    }

    // MARK: Messages

    /// Takes one text message of the client.
    mutating func receive(_ text: [UInt8], _ vendor: inout StreamVendor, at now: Timestamp) -> [Answer] {
        guard let document = try? JSONParser(limits: Self.messageLimits).parse(text),
            let op = JSONFacts(document).string("op")
        else { return complain("expected a JSON object with an op", &vendor) }
        let message = JSONFacts(document)
        switch op {
        case "ping":
            // The vendor's page does not say what it answers.
            return [.text(Array(#"{"op":"pong"}"#.utf8))]
        case "getState":
            return [.text(status(vendor, at: now))]
        case "setOptions":
            if let fault = options.take(message) { return complain("setOptions: \(fault)", &vendor) }
            return []
        case "setAccounts": return watch(message, "accounts", \.accounts, &vendor)
        case "setPrograms": return watch(message, "programs", \.programs, &vendor)
        case "setMints": return watch(message, "mints", \.mints, &vendor)
        case "renew_token": return useToken(message.string("token"), &vendor, at: now)
        case "renew_inband": return renew(message, &vendor, at: now)
        default: return complain("unknown op: \(op.prefix(32))", &vendor)
        }
    }

    private func complain(_ about: String, _ vendor: inout StreamVendor) -> [Answer] {
        vendor.changes.append(.complained(client: client, about: about))
        var object = JSONObjectWriter()
        object.string("op", "error")
        object.string("message", about)
        return [.text(object.bytes)]
    }

    private mutating func watch(
        _ message: JSONFacts, _ name: String, _ list: WritableKeyPath<WatchLists, Set<String>>,
        _ vendor: inout StreamVendor
    ) -> [Answer] {
        guard let given = message.strings(name) else { return complain("\(name) is no array of strings", &vendor) }
        guard given.count <= WatchLists.maxEntries else {
            return complain("\(name) has \(given.count) entries, at most \(WatchLists.maxEntries) are taken", &vendor)
        }
        guard given.allSatisfy({ SolanaAddress($0) != nil }) else {
            return complain("\(name) holds what is no Solana address", &vendor)
        }
        lists[keyPath: list] = Set(given)
        vendor.changes.append(
            .watching(
                client: client, accounts: lists.accounts.count, programs: lists.programs.count, mints: lists.mints.count
            ))
        return []
    }

    /// How the stream stands: heads move with the chain's slots, unless the node is to stand still.
    private func status(_ vendor: StreamVendor, at now: Timestamp) -> [UInt8] {
        let stoodStillAt = vendor.stoodStillAt
        let seen = stoodStillAt ?? now
        var object = JSONObjectWriter()
        object.string("type", "status")
        object.string("clientId", clientID)
        object.string("now", now.description)
        object.value("grpcConnected", stoodStillAt == nil)
        object.value("nodeHealthy", stoodStillAt == nil)
        object.value("processedHeadSlot", vendor.chain.slot(.processed, at: seen))
        object.value("confirmedHeadSlot", vendor.chain.slot(.confirmed, at: seen))
        object.value("watchedAccounts", lists.accounts.count)
        object.value("watchedMints", lists.mints.count)
        return object.bytes
    }

    // MARK: Renewal

    private mutating func useToken(_ text: String?, _ vendor: inout StreamVendor, at now: Timestamp) -> [Answer] {
        guard let text, let given = vendor.known(text, path), !given.isDead, given.expiresAt > now else {
            return complain("renew_token: unknown token", &vendor)
        }
        token = text
        return renewed("http", vendor)
    }

    private mutating func renew(_ message: JSONFacts, _ vendor: inout StreamVendor, at now: Timestamp) -> [Answer] {
        guard path.version == .v2 else { return complain("renew_inband: only with /v2/", &vendor) }
        guard let payload = message["paymentPayload"], payload.isObject,
            let requirements = message["paymentRequirements"], requirements.isObject
        else { return complain("renew_inband: paymentRequirements and paymentPayload are objects", &vendor) }
        guard payload["accepted"]?.json == requirements.json else {
            return complain("renew_inband: paymentRequirements are not what the payload accepts", &vendor)
        }
        switch vendor.renewInband(token, path, payload.json, at: now) {
        case .renewed: return renewed("inband", vendor)
        case .refused(let reason): return complain("renew_inband: \(reason)", &vendor)
        case .lost: return [.drop]
        }
    }

    private mutating func renewed(_ method: String, _ vendor: StreamVendor) -> [Answer] {
        unpaidSince = nil
        var object = JSONObjectWriter()
        object.string("op", "renewed")
        object.string("expiresAt", end(vendor).description)
        object.string("method", method)
        return [.text(object.bytes)]
    }
}

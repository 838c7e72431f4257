import RelayModel
import X402Payments

/// Solana's JSON-RPC as far as who pays asks it, over a simulated chain; one call a request.
struct ChainRPC {
    let chain: SimulatedChain
    let now: Timestamp

    private static let limits = JSONLimits(maxBytes: VendorRequest.maxBody, maxDepth: 16)
    /// As the real one: no page of a history is longer.
    private static let maxHistory = 1000
    /// Two days of slots.
    private static let slotsInEpoch: UInt64 = 432_000

    /// What is wrong with a call, with JSON-RPC's and Solana's numbers.
    private enum Fault: Error {
        case noJSON, noCall
        case unknownMethod(String)
        case wrongParameters(String)
        case versionNotAsked

        var code: Int {
            switch self {
            case .noJSON: -32700
            case .noCall: -32600
            case .unknownMethod: -32601
            case .wrongParameters: -32602
            case .versionNotAsked: -32015
            }
        }

        var message: String {
            switch self {
            case .noJSON: "Parse error"
            case .noCall: "Invalid request: one object with jsonrpc, id and method is taken"
            case .unknownMethod(let name): "Method not found: \(name)"
            case .wrongParameters(let what): "Invalid params: \(what)"
            case .versionNotAsked:
                "Transaction version (0) is not supported by the requesting client. Please try the request again with the "
                    + "following configuration parameter: \"maxSupportedTransactionVersion\": 0"
            }
        }
    }

    /// The answer to a call's body; always with status 200, as the real one does.
    func answer(_ body: [UInt8]) -> [UInt8] {
        var answer = JSONObjectWriter()
        answer.string("jsonrpc", "2.0")
        var id = Array("null".utf8)
        do throws(Fault) {
            guard let document = try? JSONParser(limits: Self.limits).parse(body) else { throw .noJSON }
            let call = JSONFacts(document)
            guard let method = call.string("method") else { throw .noCall }
            if let given = call["id"], given.isString || given.isNumber { id = given.json }
            answer.raw("result", try result(of: method, call["params"]?.elements ?? []))
        } catch {
            answer.object("error") { object in
                object.value("code", error.code)
                object.string("message", error.message)
            }
        }
        answer.raw("id", id)
        return answer.bytes
    }

    private func result(of method: String, _ parameters: [JSONFacts]) throws(Fault) -> [UInt8] {
        let options = parameters.last
        let commitment = try self.commitment(options)
        switch method {
        case "getHealth": return Array(#""ok""#.utf8)
        case "getSlot": return Array("\(chain.slot(commitment, at: now))".utf8)
        case "getBlockHeight": return Array("\(chain.blockHeight(of: chain.slot(commitment, at: now)))".utf8)
        case "getEpochInfo":
            let slot = chain.slot(commitment, at: now)
            var object = JSONObjectWriter()
            object.value("absoluteSlot", slot)
            object.value("blockHeight", chain.blockHeight(of: slot))
            object.value("epoch", slot / Self.slotsInEpoch)
            object.value("slotIndex", slot % Self.slotsInEpoch)
            object.value("slotsInEpoch", Self.slotsInEpoch)
            return object.bytes
        case "getLatestBlockhash": return latestBlockhash(commitment)
        case "isBlockhashValid":
            let hash = try text(parameters, "a blockhash")
            return inContext(commitment, chain.isValid(hash, commitment, at: now) ? "true" : "false")
        case "getBlockTime":
            guard let slot = parameters.first?.json, let number = UInt64(String(decoding: slot, as: UTF8.self)) else {
                throw .wrongParameters("a slot is missing")
            }
            return Array((chain.time(of: number, at: now).map { "\($0.seconds)" } ?? "null").utf8)
        case "getAccountInfo":
            return inContext(commitment, account(try address(parameters)))
        case "getSignaturesForAddress":
            let limit = options?.integer("limit") ?? Self.maxHistory
            guard (1...Self.maxHistory).contains(limit) else { throw .wrongParameters("limit is not in 1 to 1000") }
            return history(
                of: try address(parameters), commitment, limit: limit, before: options?.string("before"),
                until: options?.string("until"))
        case "getTransaction":
            return try transaction(try text(parameters, "a signature"), commitment, options)
        default: throw .unknownMethod(String(method.prefix(64)))
        }
    }

    // MARK: Parameters

    /// `finalized` where none is named, as the real one.
    private func commitment(_ options: JSONFacts?) throws(Fault) -> SimulatedChain.Commitment {
        guard let name = options?.string("commitment") else { return .finalized }
        guard let commitment = SimulatedChain.Commitment(rawValue: name) else {
            throw .wrongParameters("commitment is none of processed, confirmed, finalized")
        }
        return commitment
    }

    private func text(_ parameters: [JSONFacts], _ what: String) throws(Fault) -> String {
        guard let text = parameters.first?.text else { throw .wrongParameters("\(what) is missing") }
        return text
    }

    private func address(_ parameters: [JSONFacts]) throws(Fault) -> String {
        let text = try text(parameters, "an address")
        guard SolanaAddress(text) != nil else { throw .wrongParameters("an address is 32 bytes in base58") }
        return text
    }

    // MARK: Answers

    private func inContext(_ commitment: SimulatedChain.Commitment, _ value: String) -> [UInt8] {
        var object = JSONObjectWriter()
        object.object("context") { context in
            context.string("apiVersion", "2.3.6")
            context.value("slot", chain.slot(commitment, at: now))
        }
        object.value("value", value)
        return object.bytes
    }

    private func latestBlockhash(_ commitment: SimulatedChain.Commitment) -> [UInt8] {
        let slot = chain.slot(commitment, at: now)
        var value = JSONObjectWriter()
        value.string("blockhash", chain.blockhash(of: slot))
        value.value("lastValidBlockHeight", chain.lastValidBlockHeight(of: slot))
        return inContext(commitment, value.text)
    }

    /// The one mint that there is; null for any other account.
    private func account(_ address: String) -> String {
        guard let known = SolanaAddress(address), let mint = SolanaMint.known(known) else { return "null" }
        // A mint's account: authority, supply, decimals, initialised, freeze authority (SPL Token, `Mint`).
        var data = [UInt8](repeating: 0, count: 82)
        data[44] = mint.decimals
        data[45] = 1
        var value = JSONObjectWriter()
        value.value("data", "[\(JSONEscapes.quoted(Base64.encode(data))),\"base64\"]")
        value.value("executable", false)
        value.value("lamports", 1_461_600)
        value.string("owner", mint.program.description)
        value.value("rentEpoch", UInt64.max)
        value.value("space", data.count)
        return value.text
    }

    private func history(
        of account: String, _ commitment: SimulatedChain.Commitment, limit: Int, before: String?, until: String?
    ) -> [UInt8] {
        var found = chain.history(of: account, commitment, at: now)[...]
        if let before {
            found = found.drop { $0.signature != before }.dropFirst()
        }
        if let until { found = found.prefix { $0.signature != until } }
        let entries = found.prefix(limit).map { landed in
            var entry = JSONObjectWriter()
            entry.string("signature", landed.signature)
            entry.value("slot", landed.slot)
            entry.value("err", "null")
            entry.string("memo", "[\(landed.memo.utf8.count)] \(landed.memo)")
            entry.value("blockTime", landed.at.seconds)
            entry.string("confirmationStatus", confirmationStatus(of: landed.slot).rawValue)
            return entry.text
        }
        return Array("[\(entries.joined(separator: ","))]".utf8)
    }

    private func confirmationStatus(of slot: UInt64) -> SimulatedChain.Commitment {
        for commitment in [SimulatedChain.Commitment.finalized, .confirmed]
        where slot <= chain.slot(commitment, at: now) {
            return commitment
        }
        return .processed
    }

    private func transaction(
        _ signature: String, _ commitment: SimulatedChain.Commitment, _ options: JSONFacts?
    ) throws(Fault) -> [UInt8] {
        if let encoding = options?.string("encoding"), encoding != "base64" {
            throw .wrongParameters("only the encoding base64 is simulated")
        }
        guard let landed = chain.transaction(signature, commitment, at: now) else { return Array("null".utf8) }
        guard options?.integer("maxSupportedTransactionVersion") != nil else { throw .versionNotAsked }
        var object = JSONObjectWriter()
        object.value("slot", landed.slot)
        object.value("transaction", "[\(JSONEscapes.quoted(Base64.encode(landed.wire))),\"base64\"]")
        object.object("meta") { meta in
            meta.value("err", "null")
            meta.value("fee", 10_000)
        }
        object.value("version", 0)
        object.value("blockTime", landed.at.seconds)
        return object.bytes
    }
}

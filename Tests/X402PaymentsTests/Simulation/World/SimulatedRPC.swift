import RelayModel
import X402Payments

/// A Solana RPC server over the simulated chain: what it answers to the relay's real requests.
struct SimulatedRPC {
    /// How far behind the chain it is.
    var lag = Duration.zero
    /// It denies every payment.
    var isLiar = false
    /// It takes every blockhash for one that has run out; a planted bug.
    var forgetsBlockhashes = false

    /// Slots that had no block: so far a slot is ahead of its block's height.
    private static let emptySlots: Int64 = 5000

    func answer(_ request: RPCRequest, from chain: SimulatedChain, _ now: Timestamp) -> StreamAccess.HTTPAnswer {
        let seen = now - lag
        guard let document = try? JSONParser(limits: .message).parse(request.body),
            let parameters = document.member(document.root, "params")
        else { return .received(status: 400, headers: [], body: Array("<html>".utf8)) }
        let arguments = Array(document.elements(parameters))
        func text(_ node: JSONNode?) -> String { node.flatMap { document.string($0) } ?? "" }
        func number(_ node: JSONNode?) -> Int64 {
            node.flatMap { Int64(String(decoding: document.slice($0), as: UTF8.self)) } ?? 0
        }
        let height = chain.finalHeight(seen)
        let slot = height + Self.emptySlots
        func isRefused(_ options: JSONNode?) -> Bool {
            number(options.flatMap { document.member($0, "minContextSlot") }) > slot
        }
        switch request.method {
        case "getEpochInfo":
            let told = forgetsBlockhashes ? slot : height
            return result("{\"absoluteSlot\":\(slot),\"blockHeight\":\(told),\"epoch\":1}", request)
        case "isBlockhashValid":
            if isRefused(arguments.last) {
                return refusal(-32016, "Minimum context slot has not been reached", request)
            }
            let isValid = !isLiar && !forgetsBlockhashes && chain.isValidAtFinalized(text(arguments.first), seen)
            return result("{\"context\":{\"slot\":\(slot)},\"value\":\(isValid)}", request)
        case "getBlockTime":
            return result("\(chain.time(ofHeight: number(arguments.first) - Self.emptySlots).seconds)", request)
        case "getSignaturesForAddress":
            let options = arguments.last
            if isRefused(options) { return refusal(-32016, "Minimum context slot has not been reached", request) }
            let before = options.flatMap { document.member($0, "before") }.map { text($0) }
            return result(history(of: text(arguments.first), before: before, chain, height), request)
        case "getTransaction":
            let found = chain.landings.values.first { $0.transaction == text(arguments.first) }
            guard let found, found.height <= height, !isLiar else { return result("null", request) }
            return result(transaction(found), request)
        default: return refusal(-32601, "Method not found", request)
        }
    }

    private func history(of account: String, before: String?, _ chain: SimulatedChain, _ height: Int64) -> String {
        if isLiar { return "[]" }
        var found = chain.landings.values.filter { $0.transfer.source == account && $0.height <= height }
        found.sort { ($0.at, $0.transaction) > ($1.at, $1.transaction) }
        if let before, let place = found.firstIndex(where: { $0.transaction == before }) {
            found.removeSubrange(0...place)
        }
        let entries = found.prefix(20).map { landing in
            var json = JSONObjectWriter()
            json.string("signature", landing.transaction)
            json.value("slot", landing.height + Self.emptySlots)
            json.value("blockTime", landing.at.seconds)
            json.value("err", landing.hasFailed ? "{\"InstructionError\":[2,\"Custom\"]}" : "null")
            json.string("memo", "[\(landing.transfer.memo.utf8.count)] \(landing.transfer.memo)")
            return json.text
        }
        return "[\(entries.joined(separator: ","))]"
    }

    private func transaction(_ landing: SimulatedChain.Landing) -> String {
        var bytes = landing.transfer.transaction
        bytes.replaceSubrange(1..<65, with: Base58.decode(landing.transaction) ?? [])
        let error = landing.hasFailed ? "{\"InstructionError\":[2,\"Custom\"]}" : "null"
        let slot = landing.height + Self.emptySlots
        return """
            {"slot":\(slot),"transaction":["\(Base64Text.encode(bytes))","base64"],"meta":{"err":\(error)}}
            """
    }

    private func result(_ json: String, _ request: RPCRequest) -> StreamAccess.HTTPAnswer {
        .received(
            status: 200, headers: [], body: Array("{\"jsonrpc\":\"2.0\",\"id\":\(request.id),\"result\":\(json)}".utf8))
    }

    private func refusal(_ code: Int, _ message: String, _ request: RPCRequest) -> StreamAccess.HTTPAnswer {
        let error = "{\"code\":\(code),\"message\":\"\(message)\"}"
        return .received(
            status: 200, headers: [], body: Array("{\"jsonrpc\":\"2.0\",\"id\":\(request.id),\"error\":\(error)}".utf8))
    }
}

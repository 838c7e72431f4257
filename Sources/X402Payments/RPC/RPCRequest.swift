import RelayModel

/// A JSON-RPC 2.0 request to a Solana RPC, sent as `POST` with `content-type: application/json`.
package struct RPCRequest: Hashable, Sendable {
    package let method: String
    package let id: Int
    package let body: [UInt8]

    /// The longest answer that is read: a page of the history has 1,000 entries of some 300 bytes, and of 900 with the longest
    /// memos.
    package static let maxAnswerBytes = 4 << 20
    /// How many entries a page of an account's history has; the RPC's own maximum.
    static let pageSize = 1000

    private init(_ method: String, id: Int, parameters: [String]) {
        self.method = method
        self.id = id
        var request = JSONObjectWriter()
        request.string("jsonrpc", "2.0")
        request.value("id", id)
        request.string("method", method)
        request.value("params", "[\(parameters.joined(separator: ","))]")
        body = request.bytes
    }

    private static func options(_ fill: (inout JSONObjectWriter) -> Void) -> String {
        var options = JSONObjectWriter()
        fill(&options)
        return options.text
    }

    /// The blockhash to sign with.
    package static func latestBlockhash(id: Int = 1) -> RPCRequest {
        RPCRequest("getLatestBlockhash", id: id, parameters: [options { $0.string("commitment", "confirmed") }])
    }

    /// A mint's account.
    package static func mint(_ address: SolanaAddress, id: Int = 1) -> RPCRequest {
        let options = options {
            $0.string("encoding", "base64")
            $0.string("commitment", "confirmed")
        }
        return RPCRequest("getAccountInfo", id: id, parameters: [JSONEscapes.quoted("\(address)"), options])
    }

    /// Whether a transaction with this blockhash could still be taken, by a server that is at least as far as `slot`.
    static func isBlockhashValid(_ blockhash: SolanaAddress, minContextSlot slot: UInt64?, id: Int) -> RPCRequest {
        let options = options {
            $0.string("commitment", "finalized")
            if let slot { $0.value("minContextSlot", slot) }
        }
        return RPCRequest("isBlockhashValid", id: id, parameters: [JSONEscapes.quoted("\(blockhash)"), options])
    }

    /// How far the chain is: the slot and the height of its newest block, which `getBlockHeight` would give without the slot.
    static func epoch(id: Int) -> RPCRequest {
        RPCRequest("getEpochInfo", id: id, parameters: [options { $0.string("commitment", "finalized") }])
    }

    /// When the block of a slot was made.
    static func blockTime(_ slot: UInt64, id: Int) -> RPCRequest {
        RPCRequest("getBlockTime", id: id, parameters: ["\(slot)"])
    }

    /// A page of an account's history, newest first, by a server that is at least as far as `slot`.
    static func history(
        of account: SolanaAddress, before signature: String?, minContextSlot slot: UInt64, id: Int
    ) -> RPCRequest {
        let options = options {
            $0.value("limit", pageSize)
            if let signature { $0.string("before", signature) }
            $0.string("commitment", "finalized")
            $0.value("minContextSlot", slot)
        }
        return RPCRequest("getSignaturesForAddress", id: id, parameters: [JSONEscapes.quoted("\(account)"), options])
    }

    /// A transaction by its id.
    static func transaction(_ signature: String, id: Int) -> RPCRequest {
        let options = options {
            $0.string("encoding", "base64")
            $0.string("commitment", "finalized")
            $0.value("maxSupportedTransactionVersion", 0)
        }
        return RPCRequest("getTransaction", id: id, parameters: [JSONEscapes.quoted(signature), options])
    }
}

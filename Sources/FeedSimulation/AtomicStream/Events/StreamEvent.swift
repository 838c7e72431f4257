import RelayModel

/// One event of a simulated stream, before a client's options give it its form.
struct StreamEvent: Equatable, Sendable {
    enum Content: Equatable, Sendable {
        case transaction(SimulatedTransaction, commitment: String)
        case account(Account)
        /// A message that is the same for every client.
        case fixed([UInt8])
    }

    struct Account: Equatable, Sendable {
        var address: String
        var owner: String
        var lamports: UInt64
        var data: [UInt8]
        var slot: UInt64
        var writeVersion: UInt64
        var signature: String
    }

    var stream: String
    var content: Content

    /// The message for a client; nil where it does not watch what the event is about.
    func bytes(_ options: EventOptions, _ lists: WatchLists) -> [UInt8]? {
        switch content {
        case .transaction(let transaction, let commitment):
            guard lists.touch(transaction.touched) else { return nil }
            return transaction.bytes(commitment, options, lists)
        case .account(let account):
            guard lists.accounts.contains(account.address) else { return nil }
            return bytes(of: account, options.encoding)
        case .fixed(let bytes):
            return bytes
        }
    }

    private func bytes(of account: Account, _ encoding: EventOptions.Encoding) -> [UInt8] {
        var object = JSONObjectWriter()
        object.string("type", "account")
        object.string("stream", stream)
        object.string("pubkey", account.address)
        object.string("owner", account.owner)
        object.string("lamports", "\(account.lamports)")
        object.string("data", encoding == .base64 ? Base64.encode(account.data) : Self.hex(account.data))
        object.string("dataEncoding", encoding.rawValue)
        object.value("executable", false)
        // Past what Int64 holds, as on the real chain.
        object.string("rentEpoch", "\(UInt64.max)")
        object.string("writeVersion", "\(account.writeVersion)")
        object.value("slot", account.slot)
        object.string("txnSignature", account.signature)
        return object.bytes
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

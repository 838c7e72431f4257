import RelayModel

/// What rules see of an AtomicStream event beside its own fields: the contract's section 2.
///
/// Raw and enhanced transactions are told by the arrays that they have, not by their `type`, which the vendor does not document:
/// so events of unknown types that have the same arrays are read alike. Each part is made in one pass over the event.
struct AtomicStreamEvent {
    let document: JSONDocument

    init(_ document: JSONDocument) {
        self.document = document
    }

    // MARK: Wallets

    /// Every account, owner, user account, pubkey and fee payer, wherever it stands in the event, each once.
    func wallets() -> [DerivedFields.Value] {
        var found = AddressNumbers(document)
        document.forEachMember { key, value in
            switch document.kind(value) {
            case .string:
                if isWallet(key) { _ = found.insert(value) }
            case .array:
                guard equals(key, "accounts") else { return }
                for element in document.elements(value) where document.kind(element) == .string {
                    _ = found.insert(element)
                }
            default: break
            }
        }
        return found.first.map { .event($0) }
    }

    private func isWallet(_ key: JSONNode) -> Bool {
        let length = document.plainString(key)?.count ?? document.string(key)?.utf8.count ?? 0
        return Self.walletKey(ofLength: length).map { equals(key, $0) } ?? false
    }

    /// The keys that name wallets; no two are of one length, and most keys of an event are of none of these.
    private static func walletKey(ofLength length: Int) -> StaticString? {
        switch length {
        case 5: "owner"
        case 6: "pubkey"
        case 7: "account"
        case 8: "feePayer"
        case 11: "userAccount"
        case 12: "tokenAccount"
        case 13: "toUserAccount"
        case 14: "toTokenAccount"
        case 15: "fromUserAccount"
        case 16: "fromTokenAccount"
        default: nil
        }
    }

    private func equals(_ key: JSONNode, _ text: StaticString) -> Bool {
        document.stringEquals(key, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    // MARK: Mints

    /// The mints of the balance changes, each once, of an event without lists of transfers: a raw transaction.
    func looseMints() -> [DerivedFields.Value] {
        guard list("nativeTransfers") == nil, list("tokenTransfers") == nil, let changes = list("tokenBalanceChanges")
        else { return [] }
        var found = AddressNumbers(document)
        for change in changes {
            if let mint = document.member(change, "mint") { _ = found.insert(mint) }
        }
        return found.first.map { .event($0) }
    }

    /// The elements of an array at the top level; nil where there is none.
    private func list(_ key: String) -> JSONElements? {
        guard let node = document.member(document.root, key), document.kind(node) == .array else { return nil }
        return document.elements(node)
    }

    // MARK: Transfers

    /// Lamports are 10⁻⁹ of a native unit.
    private static let nativeDecimals = 9

    /// The native transfers, then those of tokens, each in the event's order.
    func transfers() -> [DerivedFields.Transfer] {
        var result: [DerivedFields.Transfer] = []
        if let native = list("nativeTransfers") {
            for transfer in native { append(transfer, amount: lamports(of: transfer), mint: .absent, to: &result) }
        }
        if let tokens = list("tokenTransfers") {
            let received = ReceivedAmounts(document, transfers: tokens, accountData: list("accountData"))
            for transfer in tokens {
                append(
                    transfer, amount: received.amount(of: transfer) ?? text(of: transfer),
                    // One whose mint is missing is still no native transfer, which rules tell by the absence of a mint.
                    mint: string("mint", of: transfer) ?? .text(""), to: &result)
            }
        }
        return result
    }

    private func append(
        _ transfer: JSONNode, amount: DerivedFields.Value, mint: DerivedFields.Value,
        to result: inout [DerivedFields.Transfer]
    ) {
        let sender = string("fromUserAccount", of: transfer) ?? .absent
        let recipient = string("toUserAccount", of: transfer) ?? .absent
        // What says nothing is no transfer: a list of millions of those must not become as many here.
        if sender == .absent, recipient == .absent, amount == .absent, mint == .absent || mint == .text("") { return }
        result.append(DerivedFields.Transfer(sender: sender, recipient: recipient, amount: amount, mint: mint))
    }

    /// A string; of anything else a rule sees nothing, since what is asked of one value must not be met by one of a list.
    private func string(_ key: String, of object: JSONNode) -> DerivedFields.Value? {
        guard let node = document.member(object, key), document.kind(node) == .string else { return nil }
        return .event(node)
    }

    /// The amount in token units as the event writes it.
    private func text(of transfer: JSONNode) -> DerivedFields.Value {
        guard let node = document.member(transfer, "tokenAmount") else { return .absent }
        switch document.kind(node) {
        case .number, .string: return .event(node)
        default: return .absent
        }
    }

    /// The amount of a native transfer, which is documented as a number of lamports; digits in a string are taken too.
    private func lamports(of transfer: JSONNode) -> DerivedFields.Value {
        guard let node = document.member(transfer, "amount") else { return .absent }
        return DecimalShift.units(document, node, places: Self.nativeDecimals).map { .number($0) } ?? .absent
    }
}

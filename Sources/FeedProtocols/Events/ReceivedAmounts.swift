import RelayModel

/// What the token accounts of an enhanced transaction received, exactly: the raw amounts beside the decimal numbers of the
/// transfers, which binary fractions may have rounded.
struct ReceivedAmounts {
    private enum Change {
        case none
        /// An element of `tokenBalanceChanges`.
        case one(JSONNode)
        case several
    }

    /// Amounts are of 64 bits.
    private static let maxDigits = 20

    private let document: JSONDocument
    private var accounts: AddressNumbers
    /// By the number of a token account: how many times a transfer goes to it or comes from it, and how its balance changed.
    private var touches: [Int32] = []
    private var changes: [Change] = []

    /// `accountData` is where the event tells how balances changed.
    init(_ document: JSONDocument, transfers: JSONElements, accountData: JSONElements?) {
        self.document = document
        accounts = AddressNumbers(document)
        guard let accountData else { return }
        for transfer in transfers {
            touch(document.member(transfer, "fromTokenAccount"))
            touch(document.member(transfer, "toTokenAccount"))
        }
        changes = Array(repeating: .none, count: touches.count)
        for account in accountData {
            guard let list = document.member(account, "tokenBalanceChanges") else { continue }
            for change in document.elements(list) {
                guard let node = document.member(change, "tokenAccount"), let number = accounts.number(of: node) else {
                    continue
                }
                if case .none = changes[number] { changes[number] = .one(change) } else { changes[number] = .several }
            }
        }
    }

    private mutating func touch(_ account: JSONNode?) {
        guard let account, let number = accounts.insert(account) else { return }
        if number == touches.count { touches.append(0) }
        touches[number] += 1
    }

    /// What the transfer's receiving token account got; nil where the event's own text has to do.
    ///
    /// The account's change is the transfer's amount where no other transfer touches the account, and where the event tells
    /// one change of it, of the transfer's mint, a whole number above zero: an account that was closed, or whose tokens were
    /// burnt, may show less, zero or nothing.
    func amount(of transfer: JSONNode) -> DerivedFields.Value? {
        guard let account = document.member(transfer, "toTokenAccount"), let number = accounts.number(of: account),
            touches[number] == 1, case .one(let change) = changes[number], hasSameMint(transfer, change),
            let raw = document.member(change, "rawTokenAmount"), let count = digits("tokenAmount", of: raw),
            let decimals = digits("decimals", of: raw),
            let places = UInt8(String(decoding: decimals.text, as: UTF8.self)),
            let units = DecimalShift.units(document, count.node, places: Int(places)), units != "0"
        else { return nil }
        return .number(units)
    }

    /// The digits of a whole number without a sign, as a number or in a string.
    private func digits(_ key: String, of object: JSONNode) -> (node: JSONNode, text: ArraySlice<UInt8>)? {
        guard let node = document.member(object, key) else { return nil }
        let text = document.kind(node) == .number ? document.slice(node) : document.plainString(node)
        guard let text, (1...Self.maxDigits).contains(text.count) else { return nil }
        return text.allSatisfy { $0 &- UInt8(ascii: "0") <= 9 } ? (node, text) : nil
    }

    private func hasSameMint(_ transfer: JSONNode, _ change: JSONNode) -> Bool {
        guard let one = document.member(transfer, "mint"), let other = document.member(change, "mint") else {
            return false
        }
        if let text = document.plainString(one), let same = document.plainString(other) { return text == same }
        return document.string(one).map { $0 == document.string(other) } ?? false
    }
}

package import RelayModel

/// The wallet and the payment that a search asks of events.
///
/// Marks pass over what cannot have them; what is left is read here. That is little of events with a few wallets, and about
/// half of those with dozens: a search among them goes on page by page, each within its bound of bytes (`WalkBudget`).
package struct EventSearch: Sendable {
    private let wallet: WalletAddress?
    private let payment: String?
    /// Marks that every delivery has that is found, those without marks excepted.
    package let marks: SearchMarks

    /// Nil for a filter that asks for neither.
    package init?(_ filter: DeliveryFilter) {
        guard filter.wallet != nil || filter.payment != nil else { return nil }
        wallet = filter.wallet
        payment = filter.payment
        marks = SearchMarks(wallets: filter.wallet.map { [$0] } ?? [], payment: filter.payment)
    }

    /// Whether the event has all that is asked for.
    ///
    /// A wallet is its sender or recipient, or stands as a string anywhere in it or in its payment. A payment is its `paymentId`.
    package func takes(_ event: Event) -> Bool {
        let known = wallet.map { wallet in
            [event.sender, event.recipient].contains { $0.map(WalletAddress.init) == wallet }
        }
        if payment == nil, known == true { return true }
        let document = Self.document(event.data)
        if let payment {
            guard let document, let id = document.member(document.root, "paymentId").flatMap(document.string),
                id.utf8.elementsEqual(payment.utf8)
            else { return false }
        }
        guard let wallet, known == false else { return true }
        return document.map { Self.names(wallet, in: $0) } ?? false
            || event.payment.flatMap(Self.document).map { Self.names(wallet, in: $0) } ?? false
    }

    /// Nil for bytes that are damaged.
    private static func document(_ bytes: [UInt8]) -> JSONDocument? {
        try? JSONParser(limits: .message).parse(bytes)
    }

    /// Whether some string of the document, keys excepted, is the wallet.
    private static func names(_ wallet: WalletAddress, in document: JSONDocument) -> Bool {
        let length = wallet.canonical.utf8.count
        var open = [document.root]
        while let node = open.popLast() {
            switch document.kind(node) {
            case .object: for (_, value) in document.members(node) { open.append(value) }
            case .array: for element in document.elements(node) { open.append(element) }
            case .string:
                // Most strings are of another length: no text is made for them.
                if let plain = document.plainString(node), plain.count != length { continue }
                if let text = document.string(node), WalletAddress(text) == wallet { return true }
            case .number, .true, .false, .null: break
            }
        }
        return false
    }
}

package import RelayModel

/// What is known of the payment that a verification or settlement belongs to.
package enum PaymentKnowledge: Sendable {
    /// The last payment event of the feed with the same `paymentId`.
    case known(JSONDocument)
    /// It has none, or the wait for it is over: what it would bring is absent.
    case none
    /// It may still come: what it would bring is unknown.
    case notKnownYet
}

/// Reads what the relay needs of a feed's events: their identity, time, wallets and amounts.
///
/// All documents given to it are events as `MessageReader` tells them.
package struct EventReader: Sendable {
    package let feedProtocol: FeedProtocol
    /// The feed's name in the configuration.
    package let feed: String
    let identity: EventIdentity

    package init(protocol feedProtocol: FeedProtocol, feed: String) {
        self.feedProtocol = feedProtocol
        self.feed = feed
        identity = EventIdentity(protocol: feedProtocol, feed: feed)
    }

    /// The event's `type` as decoded text.
    package func type(of document: JSONDocument) -> String {
        document.member(document.root, "type").flatMap(document.string) ?? ""
    }

    /// The identity of the event, the same on every connection and relay that gives the feed this name.
    package func id(of document: JSONDocument) -> EventID {
        identity.id(of: document, type: type(of: document))
    }

    /// The event's own time, else that of its receipt by the wall clock; see `EventTime`.
    package func timestamp(of document: JSONDocument, wallTime: Timestamp) -> Timestamp {
        EventTime.read(document) ?? wallTime
    }

    /// The payment that the event is of or belongs to; nil where it names none in a string.
    package func paymentId(of document: JSONDocument) -> String? {
        document.member(document.root, "paymentId").flatMap(document.string)
    }

    /// What the events of one payment have in common; nil where the event names none in a string.
    ///
    /// Stored on disk: it never changes.
    package func paymentKey(of document: JSONDocument) -> PaymentKey? {
        paymentId(of: document).map(identity.paymentKey)
    }

    /// Whether the event is a payment that later verifications and settlements may belong to.
    package func isPayment(_ document: JSONDocument) -> Bool {
        feedProtocol == .interface402 && type(of: document) == "payment" && paymentId(of: document) != nil
    }

    /// Whether the event belongs to a payment from which it takes what it lacks itself.
    package func joinsPayment(_ document: JSONDocument) -> Bool {
        guard feedProtocol == .interface402 else { return false }
        let type = type(of: document)
        return (type == "verification" || type == "settlement") && paymentId(of: document) != nil
    }

    /// The event as it is stored and sent.
    ///
    /// `id` and `fields` are those that this reader made of the same document. It was received at `receivedAt` by the relay's
    /// clock, which waits go by, and at `wallTime` by the wall clock, which is the time of an event without its own.
    package func event(
        _ document: JSONDocument, id: EventID, fields: DerivedFields, receivedAt: Timestamp, wallTime: Timestamp
    ) -> Event {
        let transfer = fields.transfers.count == 1 ? fields.transfers.first : nil
        return Event(
            id: id, feed: feed, type: type(of: document),
            timestamp: timestamp(of: document, wallTime: wallTime), receivedAt: receivedAt,
            sender: transfer.flatMap { text($0.sender, in: document, fields) },
            recipient: transfer.flatMap { text($0.recipient, in: document, fields) },
            amount: transfer.flatMap { text($0.amount, in: document, fields, orNumber: true) },
            payment: fields.payment?.bytes, data: document.bytes)
    }

    /// The wallets of the event, each once: what `order: wallet` queues by.
    ///
    /// Those that are no strings are left out.
    package func wallets(of document: JSONDocument, fields: DerivedFields) -> [WalletAddress] {
        let all = fields.wallets.compactMap { text($0, in: document, fields).map(WalletAddress.init) }
        guard all.count > 2 else { return all.count == 2 && all[0] == all[1] ? [all[0]] : all }
        var seen: Set<WalletAddress> = []
        return all.filter { seen.insert($0).inserted }
    }

    private func text(
        _ value: DerivedFields.Value, in document: JSONDocument, _ fields: DerivedFields, orNumber: Bool = false
    ) -> String? {
        switch value {
        case .absent, .unknown: nil
        case .event(let node): text(node, in: document, orNumber)
        case .payment(let node): fields.payment.flatMap { text(node, in: $0, orNumber) }
        case .text(let text): text
        case .number(let digits): orNumber ? digits : nil
        }
    }

    private func text(_ node: JSONNode, in document: JSONDocument, _ orNumber: Bool) -> String? {
        switch document.kind(node) {
        case .string: document.string(node)
        case .number: orNumber ? String(decoding: document.slice(node), as: UTF8.self) : nil
        default: nil
        }
    }
}

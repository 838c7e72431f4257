/// What a rule sees of an event beside the event's own fields: `feed`, `wallet`, `sender`, `recipient`, `amount`, `mint`.
///
/// `FeedProtocols` derives them, `EventRules` judges them. Where an event has a field of such a name, these replace it.
package struct DerivedFields: Sendable {
    /// One value, where it stands.
    package enum Value: Hashable, Sendable {
        case absent
        /// Belongs to a payment that is not known yet: neither there nor absent.
        case unknown
        /// In the event's own document.
        case event(JSONNode)
        /// In `payment`.
        case payment(JSONNode)
        /// Computed: a string.
        case text(String)
        /// Computed: a number, by JSON's grammar.
        case number(String)
    }

    /// Fields that belong together: one transfer must satisfy all that a rule asks of them.
    package struct Transfer: Hashable, Sendable {
        package var sender: Value
        package var recipient: Value
        package var amount: Value
        package var mint: Value

        package init(sender: Value, recipient: Value, amount: Value, mint: Value) {
            self.sender = sender
            self.recipient = recipient
            self.amount = amount
            self.mint = mint
        }
    }

    package var feed: String
    /// Every wallet in the event; an element may be `unknown`.
    package var wallets: [Value]
    /// An interface402 event has exactly one.
    ///
    /// Without any the four fields are absent, `looseMints` excepted.
    package var transfers: [Transfer]
    /// The mints of an event that has no transfers (a raw AtomicStream transaction).
    package var looseMints: [Value]
    /// The document of the payment that the event belongs to, where it is known.
    package var payment: JSONDocument?

    package init(
        feed: String, wallets: [Value], transfers: [Transfer], looseMints: [Value] = [], payment: JSONDocument? = nil
    ) {
        self.feed = feed
        self.wallets = wallets
        self.transfers = transfers
        self.looseMints = looseMints
        self.payment = payment
    }
}

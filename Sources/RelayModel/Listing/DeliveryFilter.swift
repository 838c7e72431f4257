/// Which deliveries a listing or a replay concerns: those that hold everything that is asked.
package struct DeliveryFilter: Hashable, Sendable {
    package var destination: String?
    package var state: DeliveryState?
    /// One of the rules that the delivery was accepted for.
    package var rule: String?
    package var event: EventID?
    package var delivery: DeliveryID?
    /// The event, or its payment, has this wallet, as the field `wallet` of rules has it.
    package var wallet: WalletAddress?
    /// The event is of this payment: its `paymentId`.
    package var payment: String?
    /// Its event was received at this moment or later.
    package var since: Timestamp?
    /// Its event was received before this moment.
    package var until: Timestamp?

    package init(
        destination: String? = nil, state: DeliveryState? = nil, rule: String? = nil, event: EventID? = nil,
        delivery: DeliveryID? = nil, wallet: WalletAddress? = nil, payment: String? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil
    ) {
        self.destination = destination
        self.state = state
        self.rule = rule
        self.event = event
        self.delivery = delivery
        self.wallet = wallet
        self.payment = payment
        self.since = since
        self.until = until
    }
}

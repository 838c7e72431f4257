/// How many deliveries of a destination came and ended, as transactions of the outbox made it so.
package struct DeliveryTurns: Hashable, Sendable {
    /// New ones.
    package var accepted: Int
    package var delivered: Int
    package var dead: Int
    package var discarded: Int

    package init(accepted: Int = 0, delivered: Int = 0, dead: Int = 0, discarded: Int = 0) {
        self.accepted = accepted
        self.delivered = delivered
        self.dead = dead
        self.discarded = discarded
    }

    package static func + (left: DeliveryTurns, right: DeliveryTurns) -> DeliveryTurns {
        DeliveryTurns(
            accepted: left.accepted + right.accepted, delivered: left.delivered + right.delivered,
            dead: left.dead + right.dead, discarded: left.discarded + right.discarded)
    }
}

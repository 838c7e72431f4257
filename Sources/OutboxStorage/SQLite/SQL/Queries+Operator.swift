/// What operators do to deliveries.
extension Queries {
    static let stateOfDelivery = "SELECT state, destination FROM delivery WHERE id = ?"

    /// Outside the order: ready whatever it queues behind.
    ///
    /// `attempted_at` explains a wait, and there is none any more.
    static let hasten = """
        UPDATE delivery SET ready = 1, not_before = ?, failed_by_outage = 0, attempted_at = NULL
        WHERE id = ? AND state = 'pending'
        """

    /// It has left its lanes when it ended.
    static let revive = """
        UPDATE delivery
        SET state = 'pending', ready = 1, revived = 1, not_before = ?, attempts = 0, failed_by_outage = 0, attempted_at = NULL,
            ended_at = NULL
        WHERE id = ? AND state <> 'pending'
        """

    static let discard = """
        UPDATE delivery SET state = 'discarded', ready = 0, failed_by_outage = 0, ended_at = ?
        WHERE id = ? AND (state = 'pending' OR state = 'dead')
        """
}

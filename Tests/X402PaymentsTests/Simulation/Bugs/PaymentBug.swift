/// Faults that a relay could have, planted around its real parts so that the simulation can prove that it would find them.
enum PaymentBug: String, CaseIterable, Sendable {
    /// A write is told as done before it is on disk.
    case tellsWrittenEarly
    /// A write that failed is told as done.
    case tellsFailedAsWritten
    /// What is not final is not on disk after a crash.
    case forgetsOpenPayments
    /// The token is not written.
    case forgetsToken
    /// How many payments in a row gave nothing is not written.
    case forgetsUnserved
    /// The ids of payments begin anew at each start.
    case repeatsIDs
    /// What was spent is forgotten at each start.
    case forgetsSpent
    /// The limits are not those of the configuration.
    case ignoresLimits
    /// The purse forgets a payment as soon as it is sent.
    case releasesAtOnce
    /// Two copies of one access hear the same.
    case asksTwice
    /// Each reminder is taken for the refusal of the token.
    case paysOnReminder
    /// A refusal by the server counts as the chain's word that nothing landed.
    case believesRefusal
    /// Only the last RPC server is asked what landed.
    case asksOneServer
    /// What is not in the history counts as never to land, however long the blockhash lasts.
    case ignoresBlockhash
    /// Everybody may be paid.
    case paysAnybody
    /// A payment leaves with other bytes when it is sent again.
    case changesBytes
    /// The moment at which an access wants to be called passes unnoticed.
    case oversleeps
    /// The own events of a write are told twice.
    case tellsTwice
    /// The log names the token.
    case showsToken
}

/// The writer's bounds and waits.
package struct WriterLimits: Hashable, Sendable {
    /// Events of one transaction.
    ///
    /// At a thousand rows a commit the sync no longer counts, and the transaction still takes only some 20 ms, in which
    /// the next ones gather.
    package var eventsPerCommit = 1000
    /// Bytes of events of one transaction; one event is taken whatever its size.
    package var bytesPerCommit = 8 << 20
    /// Outcomes of one transaction.
    package var updatesPerCommit = 4000
    /// Events that wait to be written, above which the feeds are no longer read.
    package var highWaterEvents = 8192
    /// Bytes of them, for the same.
    ///
    /// A message takes 8 MiB at most, so several connections overshoot by little.
    package var highWaterBytes = 16 << 20
    /// The share of both below which the feeds are read again, as a divisor.
    package var lowWaterDivisor = 4
    /// What one transaction takes of the events that wait for their payment.
    package var join = PaymentJoin.Limits()
    /// The wait after a first failed transaction, and what it doubles up to.
    package var retryInitial = Duration.milliseconds(250)
    package var retryMax = Duration.seconds(5)

    package init() {}

    /// Those of the relay.
    package static let standard = WriterLimits()
}

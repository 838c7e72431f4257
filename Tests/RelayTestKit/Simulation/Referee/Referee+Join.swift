import OutboxStorage
import OutboxTestKit
import RelayModel

/// What is remembered of payments and waits, as it came to the disk.
struct JoinLedger {
    struct Payment {
        let receivedAt: Timestamp
        let message: SimulatedMessage
    }

    struct Wait {
        let taken: Referee.TakenID
        let endsAt: Timestamp
        /// It is on disk; else it began with the transaction that is being looked at.
        var isOnDisk = false
    }

    private struct Key: Hashable {
        let feed: String
        let paymentId: String?
    }

    private var payments: [Key: [Payment]] = [:]
    /// In the order in which they began.
    var waits: [Wait] = []

    /// How many payments are remembered.
    private(set) var count = 0

    private static let day = Duration.seconds(86_400)
    private static let limit = Duration.seconds(10)

    mutating func remember(_ message: SimulatedMessage, at moment: Timestamp) {
        payments[Key(feed: message.feed, paymentId: message.paymentId), default: []]
            .append(Payment(receivedAt: moment, message: message))
        count += 1
    }

    /// The last payment of an event, within the day before it.
    func payment(of message: SimulatedMessage, at moment: Timestamp) -> SimulatedMessage? {
        guard let last = payments[Key(feed: message.feed, paymentId: message.paymentId)]?.last,
            last.receivedAt >= moment - Self.day
        else { return nil }
        return last.message
    }

    /// The first and the last that came while an event waited; empty where none did.
    func payments(for message: SimulatedMessage, receivedAt: Timestamp) -> [SimulatedMessage] {
        let inTime = (payments[Key(feed: message.feed, paymentId: message.paymentId)] ?? [])
            .filter { $0.receivedAt >= receivedAt && $0.receivedAt < receivedAt + Self.limit }
        return [inTime.first, inTime.last].compactMap { $0?.message }
    }

    mutating func begin(_ taken: Referee.TakenID, at moment: Timestamp) {
        waits.append(Wait(taken: taken, endsAt: moment + Self.limit))
    }

    /// Leaves what the disk still has; what went has to be old, or to make room.
    mutating func forget(allBut kept: [RememberedPayment], before: Timestamp, mayMakeRoom: Bool) throws(Violation) {
        struct Identity: Hashable {
            let receivedAt: Timestamp
            let data: [UInt8]
        }
        let left = Set(kept.map { Identity(receivedAt: $0.receivedAt, data: $0.data) })
        for (key, all) in payments {
            let (stay, go) = (
                all.filter { left.contains(Identity(receivedAt: $0.receivedAt, data: $0.message.bytes)) },
                all.filter { !left.contains(Identity(receivedAt: $0.receivedAt, data: $0.message.bytes)) }
            )
            if !mayMakeRoom, let early = go.first(where: { $0.receivedAt >= before }) {
                throw Violation("\(early.message) is forgotten early")
            }
            payments[key] = stay
            count -= go.count
        }
    }
}

/// The join of verifications and settlements with their payments; the contract's section 2.
extension Referee {
    /// What has to be accepted of an event.
    struct Expectation {
        let taken: TakenID
        let payment: SimulatedMessage?
        /// The rules by which it is judged.
        let version: Int
        let routes: [String: [String]]
        /// It waited before.
        var isWait = false
    }

    /// What has to come of events that a batch has.
    mutating func take(_ written: [TakenID], _ version: Int) -> [Expectation] {
        var result: [Expectation] = []
        for id in written {
            let (message, moment, version) = (taken[id].message, taken[id].receivedAt, taken[id].version)
            let oracle = oracle(version)
            func expect(_ payment: SimulatedMessage?, _ match: Oracle.Match) {
                result.append(Expectation(taken: id, payment: payment, version: version, routes: match.routes))
            }
            if message.joins, let payment = ledger.payment(of: message, at: moment) {
                expect(payment, oracle.match(message, payment: .known(payment)))
                continue
            }
            let match = oracle.match(message, payment: .unknown)
            expect(nil, match)
            if message.joins, match.isUndecided { ledger.begin(id, at: moment) }
            if message.kind == .payment, oracle.remembersPayments(of: message.feed) {
                ledger.remember(message, at: moment)
            }
        }
        return result
    }

    /// What has to come of the waits that a batch ends.
    mutating func endWaits(_ batch: OutboxBatch, _ version: Int, at now: Timestamp) throws(Violation) -> [Expectation] {
        var result: [Expectation] = []
        var left: [JoinLedger.Wait] = []
        for var wait in ledger.waits {
            let taken = taken[wait.taken]
            let isKept =
                wait.isOnDisk
                ? disk.waits.contains { $0.data == taken.bytes && $0.receivedAt == taken.receivedAt }
                : batch.waits.contains { $0.data == taken.bytes && $0.receivedAt == taken.receivedAt }
            guard !isKept else {
                wait.isOnDisk = true
                left.append(wait)
                continue
            }
            let payments = ledger.payments(for: taken.message, receivedAt: taken.receivedAt)
            if payments.isEmpty, now < wait.endsAt {
                throw Violation("\(taken.message) is let go \(wait.endsAt - now) before its wait ends")
            }
            let payment =
                payments.first { payment in
                    batch.accepted.contains { $0.event.data == taken.bytes && $0.event.payment == payment.bytes }
                }
                ?? payments.first
            let rules = wait.isOnDisk ? version : taken.version
            let match = oracle(rules).match(taken.message, payment: payment.map { .known($0) } ?? .absent)
            result.append(
                Expectation(taken: wait.taken, payment: payment, version: rules, routes: match.routes, isWait: true))
        }
        ledger.waits = left
        return result
    }
}

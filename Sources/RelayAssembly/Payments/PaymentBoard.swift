import AdminAPI
import RelayModel
import Synchronization
import X402Payments

/// How the payments stand, for whoever asks from any thread.
final class PaymentBoard: Sendable {
    private struct State {
        var standings: [String: StreamAccess.Standing] = [:]
        var status: @Sendable (Timestamp) -> PaymentsStatus? = { _ in nil }
    }

    private let state = Mutex(State())

    /// Nil for a feed that is not paid.
    func standing(of feed: String) -> StreamAccess.Standing? { state.withLock { $0.standings[feed] } }

    /// Nil where `payments` is not configured; the hour and the day end at `now`.
    func status(now: Timestamp) -> PaymentsStatus? { state.withLock(\.status)(now) }

    func post(
        _ standings: [String: StreamAccess.Standing], _ status: @escaping @Sendable (Timestamp) -> PaymentsStatus?
    ) {
        state.withLock { $0 = State(standings: standings, status: status) }
    }
}

extension StreamAccess.Standing {
    /// Why the feed is not paid, as a clause; nil where it is, or is about to be.
    func reasonNotPaid(now: Timestamp) -> String? {
        switch state {
        case .paid, .paying: nil
        case .unresolved:
            // While the slice before goes on, nothing is missed.
            if let paidUntil, now < paidUntil { nil } else { reason ?? "the outcome of a payment is not known" }
        case .unpaid: "it is not paid: \(reason ?? "no price was asked for yet")"
        case .stopped: "it is not paid any more until a reload: \(reason ?? "")"
        }
    }

    var status: SliceStatus {
        SliceStatus(
            state: state.rawValue, reason: reason, since: since, paidUntil: paidUntil, sliceSeconds: sliceSeconds,
            price: price)
    }
}

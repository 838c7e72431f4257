import RelayModel

@testable import OutboxStorage

/// A clock that stands until the test moves it.
final class ManualTime: Sendable {
    private let moment: Monitor<Timestamp>

    init(_ milliseconds: Int64) { moment = Monitor(Timestamp(milliseconds: milliseconds)) }

    var now: Timestamp {
        get { moment.withLock { $0 } }
        set { moment.withLock { $0 = newValue } }
    }

    func move(to milliseconds: Int64) { now = Timestamp(milliseconds: milliseconds) }
}

extension RetentionPolicy {
    static let sample = RetentionPolicy(
        retention: .seconds(7 * 86_400), deadRetention: .seconds(90 * 86_400), maxSize: 1_000_000)
}

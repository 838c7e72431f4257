import OutboxTestKit
import RelayModel

/// A destination's answers over time.
struct SimulatedReceiver: Sendable {
    enum Conduct: Sendable {
        case status(Int)
        /// With a Retry-After of so many seconds.
        case later(Int, seconds: Int)
        /// With a Retry-After that names the moment so many seconds ahead.
        case laterByDate(Int, seconds: Int)
        /// With a Retry-After that says nothing.
        case laterByNonsense(Int)
        case refuses
        /// Cuts the connection after the request.
        case cuts
        /// Answers nothing until the attempt's time is over.
        case hangs
    }

    /// What it does until a moment: each with the same chance.
    struct Phase: Sendable {
        var until: Timestamp
        let conducts: [Conduct]
    }

    /// An answer, and what the checks know of it.
    struct Answer: Sendable {
        let outcome: AttemptOutcome
        let duration: Duration
        /// What the receiver asks for; nil where it does not ask.
        let wish: Wish?
    }

    /// When not to be called before.
    enum Wish: Sendable {
        case wait(Duration)
        /// By the wall clock.
        case until(Timestamp)
    }

    private(set) var phases: [Phase]
    /// After the last phase: 2xx always, or a failure always.
    let isHealed: Bool
    /// The time limit of one attempt.
    private static let timeout = Duration.seconds(15)

    /// Puts the ends of the phases off.
    mutating func move(_ moved: (Timestamp) -> Timestamp) {
        for index in phases.indices { phases[index].until = moved(phases[index].until) }
    }

    /// The answer to an attempt that begins at `now`, when the wall clock says `wallTime`.
    func answer(at now: Timestamp, wallTime: Timestamp, using random: inout SeededGenerator) -> Answer {
        let phase = phases.first { now < $0.until }
        let conduct = phase?.conducts.randomElement(using: &random) ?? (isHealed ? .status(200) : .refuses)
        let duration = Duration.milliseconds(
            random.chance(50) ? Int.random(in: 200...5000, using: &random) : Int.random(in: 1...100, using: &random))
        let end = wallTime + duration
        switch conduct {
        case .status(let status):
            return answered(status, nil, duration)
        case .later(let status, let seconds):
            return answered(status, "\(seconds)", duration, .wait(.seconds(seconds)))
        case .laterByDate(let status, let seconds):
            let moment = Timestamp(milliseconds: (end.seconds + Int64(seconds)) * 1000)
            return answered(status, Self.date(moment), duration, .until(moment))
        case .laterByNonsense(let status):
            return answered(status, ["0", "soon", "-5", ""].randomElement(using: &random), duration)
        case .refuses:
            return failed(.connect, sent: false, "connection refused", duration)
        case .cuts:
            return failed(.receive, sent: true, "connection reset", duration)
        case .hangs:
            return failed(.timeout, sent: true, "no answer in time", Self.timeout)
        }
    }

    private func answered(
        _ status: Int, _ retryAfter: String?, _ duration: Duration, _ wish: Wish? = nil
    ) -> Answer {
        Answer(
            outcome: .answered(status: status, retryAfter: retryAfter, body: Array("status \(status)".utf8)),
            duration: duration, wish: wish)
    }

    private func failed(_ stage: TransportFailure.Stage, sent: Bool, _ reason: String, _ duration: Duration) -> Answer {
        Answer(
            outcome: .failed(TransportFailure(stage: stage, requestSent: sent, reason: reason)), duration: duration,
            wish: nil)
    }

    /// IMF-fixdate (RFC 9110, section 5.6.7).
    private static func date(_ moment: Timestamp) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = moment.seconds / 86_400
        let date = CivilDate(daysSinceEpoch: day)
        // ISO 8601 has the parts in two digits already.
        let iso = Array(moment.description)
        return "\(days[Int(day % 7)]), \(String(iso[8..<10])) \(months[date.month - 1]) \(date.year) "
            + "\(String(iso[11..<19])) GMT"
    }
}

import FeedProtocols
import RelayModel
import Testing

/// An AtomicStream session and its clock: says what the server does, shows what the session answers.
struct StreamTalk {
    static let state = #"send {"op":"getState"}"#
    static let ping = #"send {"op":"ping"}"#

    private(set) var session: AtomicStreamSession
    private(set) var now = Timestamp(milliseconds: 1_000_000)

    init(
        options: String? = nil, accounts: [String] = [], programs: [String] = [], mints: [String] = [],
        token: String = "tok-1"
    ) {
        session = AtomicStreamSession(
            AtomicStreamSession.Settings(
                token: Secret(token),
                watch: StreamWatch(options: options, accounts: accounts, programs: programs, mints: mints)))
    }

    mutating func open() -> [String] { show(session.opened(now: now)) }

    /// Opened, greeted, and with a good state.
    mutating func subscribe() {
        _ = open()
        _ = hello()
        _ = status(#""processedHeadSlot":1"#)
    }

    mutating func hear(_ message: String) -> [String] {
        show(session.received(Array(message.utf8), now: now))
    }

    mutating func hello() -> [String] {
        hear(#"{"op":"hello","clientId":"c","expiresAt":"2026-01-01T00:05:00Z","sliceSeconds":300}"#)
    }

    /// A `status`; only what follows the event itself is shown.
    mutating func status(_ members: String = "") -> [String] {
        let shown = hear(#"{"type":"status"\#(members.isEmpty ? "" : ",")\#(members)}"#)
        #expect(shown.first == "deliver")
        return Array(shown.dropFirst())
    }

    mutating func change(_ watch: StreamWatch) -> [String] { show(session.change(watch: watch, now: now)) }

    /// Lets time pass, and does what is due at each of the session's deadlines on the way.
    ///
    /// Pings and requests for the state are left out unless `all`.
    mutating func pass(_ duration: Duration, all: Bool = false) -> [String] {
        let end = now + duration
        var shown: [String] = []
        var rounds = 0
        while let deadline = session.nextDeadline, deadline <= end {
            rounds += 1
            guard rounds < 10_000 else {
                Issue.record("the session asks for a tick that does nothing, for ever")
                break
            }
            now = max(now, deadline)
            shown += show(session.tick(now: now))
        }
        now = end
        return all ? shown : shown.filter { $0 != Self.state && $0 != Self.ping }
    }

    mutating func pause() { session.readingPaused(now: now) }
    mutating func resume() { session.readingResumed(now: now) }
    mutating func renew(_ token: String) -> [String] { show(session.renew(token: Secret(token))) }
    mutating func pay(_ requirements: String, _ payload: String) -> [String] {
        show(session.renewInband(requirements: Array(requirements.utf8), payload: Array(payload.utf8)))
    }

    /// Seconds since the beginning.
    private func seconds(_ time: Timestamp) -> Int64 { (time.milliseconds - 1_000_000) / 1000 }

    private func show(_ actions: [SessionAction]) -> [String] {
        actions.map { action in
            switch action {
            case .send(let bytes): "send \(String(decoding: bytes, as: UTF8.self))"
            case .deliver: "deliver"
            case .malformed(let message): "malformed: \(message.kind.rawValue)"
            case .report(.impaired(let reason, let since)): "impaired since \(seconds(since)): \(reason)"
            case .report(.subscribed(let keys, _)): "subscribed \(keys)"
            case .report(.stream(let news)): "\(news)"
            case .report(let report): "\(report)"
            case .end(let end): "end: \(end)"
            }
        }
    }
}

import FeedProtocols
import RelayModel
import Testing

/// A session and its clock: says what the feed does, shows what the session answers.
struct Conversation {
    private(set) var session: Interface402Session
    private(set) var now = Timestamp(milliseconds: 1_000_000)
    /// When each message was sent.
    private(set) var sentAt: [Timestamp] = []

    init(_ settings: Interface402Session.Settings) {
        session = Interface402Session(settings)
    }

    init(apiKey: String? = nil, keys: [String] = ["payments"], suspects: Set<String> = []) {
        self.init(.init(apiKey: apiKey.map(Secret.init), keys: keys, suspects: suspects))
    }

    mutating func open() -> [String] {
        let now = now
        return show(session.opened(now: now))
    }

    mutating func hear(_ message: String) -> [String] {
        let now = now
        return show(session.received(Array(message.utf8), now: now))
    }

    /// The server's `subscribed` for these keys.
    mutating func confirm(_ keys: String...) -> [String] {
        hear(#"{"type":"subscribed","keys":[\#(keys.map { "\"\($0)\"" }.joined(separator: ","))],"timestamp":1}"#)
    }

    /// The server's `error` of this code.
    mutating func fail(_ code: String, _ message: String = "no") -> [String] {
        hear(#"{"type":"error","code":"\#(code)","message":"\#(message)","timestamp":1}"#)
    }

    /// The server's `unsubscribed` for these keys.
    mutating func left(_ keys: String...) -> [String] {
        hear(#"{"type":"unsubscribed","keys":[\#(keys.map { "\"\($0)\"" }.joined(separator: ","))],"timestamp":1}"#)
    }

    /// Other keys are wanted.
    mutating func change(_ keys: String...) -> [String] { change(to: keys) }

    mutating func change(to keys: [String]) -> [String] {
        let now = now
        return show(session.change(keys: keys, now: now))
    }

    /// Lets time pass, and does what is due at each of the session's deadlines on the way.
    mutating func pass(_ duration: Duration) -> [String] {
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
        return shown
    }

    mutating func pause() { session.readingPaused(now: now) }

    mutating func resume() { session.readingResumed(now: now) }

    /// Back-pressure that comes and goes: what is done while nothing is ever heard.
    mutating func flap(reading: Duration, pausing: Duration, times: Int) -> [String] {
        var shown: [String] = []
        for _ in 0..<times {
            shown += pass(reading)
            pause()
            shown += pass(pausing)
            resume()
        }
        return shown
    }

    mutating func heardBytes() { session.heard(now: now) }

    mutating func close() { session.closing() }

    private mutating func show(_ actions: [SessionAction]) -> [String] {
        actions.map { action in
            switch action {
            case .send(let bytes):
                sentAt.append(now)
                return "send \(String(decoding: bytes, as: UTF8.self))"
            case .deliver(let document):
                return "deliver \(EventReader(protocol: .interface402, feed: "f").type(of: document))"
            case .malformed(let message): return "malformed: \(message.kind.rawValue)"
            case .report(let report): return "\(report)"
            case .end(let end): return "end: \(end)"
            }
        }
    }
}

let ping = #"send {"method":"ping"}"#

func subscribe(_ keys: String...) -> String {
    #"send {"method":"subscribe","keys":[\#(keys.map { "\"\($0)\"" }.joined(separator: ","))]}"#
}

func subscribed(_ keys: Int, refused: [String] = []) -> String {
    "subscribed(keys: \(keys), refused: \(refused))"
}

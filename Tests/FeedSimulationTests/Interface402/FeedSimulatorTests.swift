import RelayModel
import Synchronization
import Testing

@testable import FeedSimulation

@Suite struct `A simulated feed on a socket` {
    private static let start = Timestamp(milliseconds: 1_697_234_567_890)

    /// As fast as it goes, every byte known beforehand.
    private func options(count: Int?, faults: SimulatorFaults = SimulatorFaults()) -> SimulatorOptions {
        SimulatorOptions(rate: nil, count: count, seed: 11, timestamps: .fixed(Self.start), faults: faults)
    }

    /// What `options(count:)` sends to a client of all channels.
    private func expected(_ count: Int) -> [String] {
        var sequence = PaymentSequence(seed: 11)
        return (0..<count).map { index in
            let event = sequence.next(at: Timestamp(milliseconds: Self.start.milliseconds + Int64(index)))
            return String(decoding: event.bytes(.sent), as: UTF8.self)
        }
    }

    private func withSimulator(
        _ options: SimulatorOptions, observer: SimulatorObserver = SimulatorObserver(),
        _ body: (FeedSimulator) async throws -> Void
    ) async throws {
        let simulator = try await FeedSimulator.start(options, observer: observer)
        do {
            try await body(simulator)
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    @Test func `a client gets the seed's events in order, then silence on an open connection`() async throws {
        try await withSimulator(options(count: 100)) { simulator in
            try await SocketClient.connect(to: simulator.port) { client in
                try await client.subscribe("payments", "verifications", "settlements")
                #expect(try await client.next()?.hasPrefix(#"{"type":"subscribed","keys":["payments","v"#) == true)
                #expect(try await client.next(100) == expected(100))
                try await client.say(#"{"method":"ping"}"#)
                #expect(try await client.next()?.hasPrefix(#"{"type":"pong""#) == true)
            }
        }
    }

    @Test func `clients get what each subscribed to, and an event nobody wants does not count`() async throws {
        try await withSimulator(options(count: 20)) { simulator in
            try await SocketClient.connect(to: simulator.port) { client in
                try await client.subscribe("settlements")
                _ = try await client.next()
                let settlements = try await client.next(20)
                #expect(
                    settlements == Array(expected(200).filter { $0.hasPrefix(#"{"type":"settlement""#) }.prefix(20)))
            }
        }
    }

    @Test func `the feed waits for a client that reads late, loses nothing, and every event is accounted for`()
        async throws
    {
        let sent = Mutex<[[UInt8]]>([])
        let isFinished = Mutex(false)
        let observer = SimulatorObserver(
            onChange: { change in
                if case .finished = change { isFinished.withLock { $0 = true } }
            },
            onEvent: { event in sent.withLock { $0.append(event.bytes) } })
        let count = 20_000
        try await withSimulator(options(count: count), observer: observer) { simulator in
            try await SocketClient.connect(to: simulator.port) { client in
                try await client.subscribe("payments", "verifications", "settlements")
                // Each answer to another client is a turn of the feed's loop: enough of them to send all events in batches.
                try await SocketClient.connect(to: simulator.port) { other in
                    for _ in 0..<(2 * count / EventPacing.batch) {
                        try await other.say(#"{"method":"ping"}"#)
                        _ = try await other.next()
                    }
                }
                #expect(!isFinished.withLock { $0 })
                _ = try await client.next()
                let received = try await client.next(count)
                #expect(received == expected(count))
                #expect(sent.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } == received)
            }
        }
    }

    @Test func `a live feed does not wait for a client that does not read`() async throws {
        let (changes, continuation) = AsyncStream.makeStream(of: SimulatorChange.self)
        var live = options(count: 20_000)
        live.isLive = true
        try await withSimulator(live, observer: SimulatorObserver(onChange: { continuation.yield($0) })) { simulator in
            try await SocketClient.connect(to: simulator.port) { client in
                try await client.subscribe("payments", "verifications", "settlements")
                #expect(await changes.contains(.finished(sent: 20_000)))
                _ = try await client.next()
                try await client.say(#"{"method":"ping"}"#)
                var received = 0
                while let text = try await client.next(), !text.hasPrefix(#"{"type":"pong""#) { received += 1 }
                #expect(received < 20_000)
                #expect(received > 0)
            }
        }
    }

    @Test func `a drop ends the connection without a close frame, and the feed goes on for the next client`()
        async throws
    {
        try await withSimulator(options(count: nil, faults: SimulatorFaults(drop: .every(5)))) { simulator in
            for round in 0..<2 {
                try await SocketClient.connect(to: simulator.port) { client in
                    try await client.subscribe("payments", "verifications", "settlements")
                    _ = try await client.next()
                    #expect(try await client.rest() == Array(expected(10)[round * 5..<round * 5 + 5]))
                }
            }
        }
    }

    @Test func `duplicates and malformed frames come among the events`() async throws {
        let faults = SimulatorFaults(duplicate: .every(2), malform: .every(3), malformed: [.untyped, .huge])
        try await withSimulator(options(count: 6, faults: faults)) { simulator in
            try await SocketClient.connect(to: simulator.port) { client in
                try await client.subscribe("payments", "verifications", "settlements")
                _ = try await client.next()
                let events = expected(6)
                let (untyped, huge) = (MalformedFrame.untyped.bytes, MalformedFrame.huge.bytes)
                let all = [
                    events[0], events[1], events[1], String(decoding: untyped, as: UTF8.self), events[2], events[3],
                    events[3], events[4], String(decoding: huge, as: UTF8.self), events[5], events[5],
                ]
                #expect(try await client.next(all.count) == all)
            }
        }
    }

    @Test func `a silent connection gets nothing more and stays open`() async throws {
        try await withSimulator(options(count: nil, faults: SimulatorFaults(silentAfter: 3))) { simulator in
            try await SocketClient.connect(to: simulator.port) { client in
                try await client.subscribe("payments", "verifications", "settlements")
                _ = try await client.next()
                #expect(try await client.next(3) == expected(3))
                #expect(try await simulator.send(Array("hello".utf8)) == 0)
                #expect(try await simulator.dropConnections() == 1)
                #expect(try await client.rest() == [])
            }
        }
    }

    @Test func `a test's own frame reaches every subscribed client`() async throws {
        var quiet = options(count: 0)
        quiet.plan = .standard
        try await withSimulator(quiet) { simulator in
            try await SocketClient.connect(to: simulator.port) { client in
                try await client.subscribe("payments")
                _ = try await client.next()
                #expect(try await simulator.send(Array("hello".utf8)) == 1)
                #expect(try await client.next() == "hello")
            }
        }
    }

    @Test func `a connection above the plan hears why and is closed`() async throws {
        var standard = options(count: 0)
        standard.plan = .standard
        try await withSimulator(standard) { simulator in
            try await nested(5, in: simulator.port) {
                try await SocketClient.connect(to: simulator.port) { sixth in
                    let texts = try await sixth.next(2)
                    #expect(texts.first?.hasPrefix(#"{"type":"error","code":"CONNECTION_LIMIT""#) == true)
                    #expect(texts.last == "close 1008")
                }
            }
        }
    }

    /// Runs `body` while `count` subscribed clients are connected.
    private func nested(_ count: Int, in port: Int, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        try await SocketClient.connect(to: port) { client in
            try await client.subscribe("payments")
            _ = try await client.next()
            try await nested(count - 1, in: port, body)
        }
    }

    @Test func `a refused upgrade is refused`() async throws {
        try await withSimulator(options(count: 0, faults: SimulatorFaults(refusedUpgrade: 503))) { simulator in
            await #expect(throws: SocketClient.Refused.self) {
                try await SocketClient.connect(to: simulator.port) { _ in }
            }
        }
    }

    @Test func `stopping closes the connections with 1001 and frees the port`() async throws {
        let simulator = try await FeedSimulator.start(options(count: 0))
        try await SocketClient.connect(to: simulator.port) { client in
            try await client.subscribe("payments")
            _ = try await client.next()
            async let stopped: Void = simulator.stop()
            #expect(try await client.next() == "close 1001")
            await stopped
        }
        var again = options(count: 0)
        again.port = simulator.port
        await (try FeedSimulator.start(again)).stop()
    }

    @Test func `a port in use is named in the error`() async throws {
        try await withSimulator(options(count: 0)) { simulator in
            var same = options(count: 0)
            same.port = simulator.port
            await #expect {
                _ = try await FeedSimulator.start(same)
            } throws: { error in
                "\(error)".hasPrefix("cannot listen on 127.0.0.1:\(simulator.port): ")
            }
        }
    }
}

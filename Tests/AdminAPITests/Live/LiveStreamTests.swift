import NIOCore
import RelayModel
import Testing

@testable import AdminAPI

/// The live events over real connections.
@Suite(.timeLimit(.minutes(1))) struct LiveStreamTests {
    @Test func `two followers get the events in order, byte for byte`() async throws {
        let live = LiveEvents(interval: .milliseconds(1), beat: .seconds(3600))
        try await RunningServer.with(ScriptedControl { $0.live = live }) { running in
            let followers = [try await EventClient.follow(running.port), try await EventClient.follow(running.port)]
            let sent = [
                (#"{"amount":123456789012345678901234567890.000000000001}"#, nil),
                (#"{"text":"\u0000\ud834\udd1e \\\/ ä€😀 data: x\r\n\n"}"#, #"{"id":"\"p\""}"#),
                ("{\r\n\t\"a\": 1,\r\"b\":\n\n[]}", "[1,\r\n\r\n2]"), (" : retry: 1", nil), (#"{"id":7}"#, nil),
            ]
            for (number, event) in sent.enumerated() {
                live.publish([Samples.live(number, data: event.0, payment: event.1)])
            }
            for follower in followers {
                let messages = try await follower.messages(sent.count)
                #expect(messages.map(\.event) == sent.map { _ in "event" })
                #expect(messages.map(\.id) == sent.indices.map { EventID(high: 0, low: UInt64($0)).description })
                for (message, event) in zip(messages, sent) {
                    let beginning =
                        #"{"id":"\#(message.id)","type":"payment","feed":"payments","#
                        + #""received":"2023-11-14T22:13:20.000Z","timestamp":"2023-11-14T22:13:20.000Z","#
                        + #""sender":"alice","recipient":null,"amount":"0.10","rules":["paid","large"],"#
                        + #""destinations":["billing"],"payment":"#
                    let payment = Self.lines(event.1 ?? "null")
                    #expect(message.data == beginning + payment + #","data":"# + Self.lines(event.0) + "}")
                }
                #expect(follower.reader.fault == nil)
            }
        }
    }

    /// Line breaks between tokens arrive as LF.
    private static func lines(_ json: String) -> String {
        String(decoding: json.replacing("\r\n", with: "\n").replacing("\r", with: "\n").utf8, as: UTF8.self)
    }

    @Test func `the stream begins at once, and says what it is`() async throws {
        try await RunningServer.with { running in
            let reader = try await EventClient.follow(running.port).reader
            #expect(reader.head?.hasPrefix("http/1.1 200 ok\r\n") == true)
            #expect(reader.head?.contains("\r\ncontent-type: text/event-stream\r\n") == true)
            #expect(reader.head?.contains("\r\nx-accel-buffering: no\r\n") == true)
            #expect(reader.retry == "2000")
        }
    }

    @Test func `where nothing happens it says something now and then`() async throws {
        let live = LiveEvents(interval: .milliseconds(1), beat: .milliseconds(1))
        try await RunningServer.with(ScriptedControl { $0.live = live }) { running in
            let follower = try await EventClient.follow(running.port)
            try await follower.wait { $0.comments > 3 }
            #expect(follower.reader.messages.isEmpty)
        }
    }

    @Test func `one who does not read costs the others nothing, and is told later how many it missed`() async throws {
        let live = LiveEvents(interval: .milliseconds(1), beat: .seconds(3600))
        let control = ScriptedControl { $0.live = live }
        try await RunningServer.with(control, limits: { $0.patience = .seconds(600) }) { running in
            let reading = try await EventClient.follow(running.port)
            let deaf = try await EventClient.open(.port(running.port), isReading: false)
            while live.followers < 2 { try await EventClient.pause() }
            // Far more than the backlog and what a kernel may hold for a connection.
            let count = 40
            let data = Samples.json(bytes: 200_000)
            for number in 1...count {
                live.publish([Samples.live(number, data: data)])
                try await reading.wait { $0.messages.count == number }
            }
            #expect(reading.reader.messages.allSatisfy { $0.event == "event" })

            try await deaf.read()
            let last = EventID(high: 0, low: UInt64(count)).description
            let messages = try await deaf.wait { $0.messages.last?.id == last }.messages
            let told = messages.count { $0.event == "event" }
            let skipped = messages.filter { $0.event == "skipped" }.compactMap { message in
                Int(message.data.dropFirst(#"{"count":"#.count).dropLast())
            }
            #expect(!skipped.isEmpty)
            #expect(told + skipped.reduce(0, +) == count)
            // Both are told of what comes now.
            live.publish([Samples.live(count + 1)])
            try await reading.wait { $0.messages.count == count + 1 }
            try await deaf.wait { $0.messages.count == messages.count + 1 }
        }
    }

    @Test func `one who takes nothing in its time is closed, one for whom there is nothing is not`() async throws {
        let live = LiveEvents(interval: .milliseconds(1), beat: .seconds(3600))
        let control = ScriptedControl { $0.live = live }
        try await RunningServer.with(control, limits: { $0.patience = .seconds(1) }) { running in
            let reading = try await EventClient.follow(running.port)
            let deaf = try await EventClient.open(.port(running.port), isReading: false)
            while live.followers < 2 { try await EventClient.pause() }
            let data = Samples.json(bytes: 200_000)
            for number in 1...40 {
                live.publish([Samples.live(number, data: data)])
                try await reading.wait { $0.messages.count == number }
            }
            while live.followers == 2 { try await EventClient.pause() }
            // Once one who says nothing was closed, there was nothing for the one who reads for as long as that takes.
            let silent = try await RawConnection.open(port: running.port)
            silent.read()
            try await silent.closeFuture.get()
            live.publish([Samples.live(41)])
            try await reading.wait { $0.messages.count == 41 }
            try await deaf.isClosed()
        }
    }

    @Test func `a client that leaves, or ends its side, is gone at once`() async throws {
        let live = LiveEvents(interval: .milliseconds(1), beat: .seconds(3600))
        try await RunningServer.with(ScriptedControl { $0.live = live }) { running in
            let leaving = try await EventClient.follow(running.port)
            let ending = try await EventClient.follow(running.port)
            #expect(live.followers == 2)
            try await leaving.close()
            while live.followers == 2 { try await EventClient.pause() }
            try await ending.endSending()
            while live.followers == 1 { try await EventClient.pause() }
            try await ending.isClosed()
            // One that leaves with its request does not stay either.
            let request = "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:\(running.port)\r\n\r\n"
            let both = try await RawConnection.open(port: running.port, request)
            try await both.close()
            while live.followers > 0 { try await EventClient.pause() }
        }
    }

    @Test func `past the limit there is no place, until one leaves; the socket has its own`() async throws {
        let live = LiveEvents(interval: .milliseconds(1), beat: .seconds(3600))
        try await RunningServer.with(ScriptedControl { $0.live = live }, limits: { $0.followers = 2 }) { running in
            let first = try await EventClient.follow(running.port)
            let second = try await EventClient.follow(running.port)
            let third = try await running.ask("GET /api/v1/events")
            #expect(third.hasPrefix("HTTP/1.1 503 "))
            #expect(third.contains("\r\nretry-after: 10\r\n"))
            // It would take a place from those who ask for something else.
            #expect(third.contains("\r\nconnection: close\r\n"))
            #expect(third.contains("content-type: application/problem+json\r\n"))
            #expect(live.followers == 2)
            #expect(try await running.isHealthy())
            let local = try await EventClient.open(.socket(running.socketPath))
            try await local.wait { $0.retry != nil }
            #expect(live.followers == 3)
            try await first.close()
            while true {
                let next = try await EventClient.open(.port(running.port))
                if try await next.wait(until: { $0.head != nil }).head?.hasPrefix("http/1.1 200") == true { break }
                try await next.close()
            }
            #expect(second.reader.messages.isEmpty)
        }
    }

    @Test func `over TCP it needs the token, and the socket does not`() async throws {
        let live = LiveEvents(interval: .milliseconds(1), beat: .seconds(3600))
        try await RunningServer.with(ScriptedControl { $0.live = live }, token: "geheim") { running in
            let without = try await running.ask("GET /api/v1/events")
            #expect(without.hasPrefix("HTTP/1.1 401 "))
            #expect(live.followers == 0)
            let with = try await EventClient.open(.port(running.port), headers: ["Authorization: Bearer geheim"])
            let local = try await EventClient.open(.socket(running.socketPath))
            for follower in [with, local] { try await follower.wait { $0.retry != nil } }
            live.publish([Samples.live(1)])
            for follower in [with, local] { try await follower.wait { $0.messages.count == 1 } }
        }
    }

    @Test func `HEAD has the headers, takes no place, and leaves the connection as it was`() async throws {
        let live = LiveEvents()
        try await RunningServer.with(ScriptedControl { $0.live = live }) { running in
            let host = "Host: 127.0.0.1:\(running.port)\r\n"
            let both = try await running.exchange(
                "HEAD /api/v1/events HTTP/1.1\r\n\(host)\r\nGET /healthz HTTP/1.1\r\n\(host)Connection: close\r\n\r\n")
            #expect(both.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(both.contains("text/event-stream"))
            let end = try #require(both.firstRange(of: "\r\n\r\n"))
            #expect(both[end.upperBound...].hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(both.hasSuffix("\r\n\r\n" + #"{"status":"alive"}"#))
            #expect(live.followers == 0)
        }
    }

    @Test(arguments: [
        ("POST /api/v1/events", 405), ("GET /api/v1/events?feed=x", 400), ("GET /api/v1/events/", 404),
        ("GET /api/v1/events?", 200),
    ])
    func `a stream is asked for in one way`(line: String, status: Int) async throws {
        let live = LiveEvents()
        try await RunningServer.with(ScriptedControl { $0.live = live }) { running in
            if status == 200 {
                // It would last: so it ends with the relay.
                async let answer = running.ask(line)
                while live.followers == 0 { try await EventClient.pause() }
                await running.server.stop()
                let received = try await answer
                #expect(received.hasPrefix("HTTP/1.1 200 "))
            } else {
                #expect(try await running.ask(line).hasPrefix("HTTP/1.1 \(status) "))
                #expect(live.followers == 0)
            }
        }
    }

    @Test func `a stop ends a hundred followers without waiting, whether they read or not`() async throws {
        let live = LiveEvents(interval: .milliseconds(1), beat: .seconds(3600))
        let control = ScriptedControl { $0.live = live }
        let limits = { (limits: inout AdminLimits) in
            limits.patience = .seconds(3600)
            limits.stopGrace = .seconds(3600)
        }
        try await RunningServer.with(control, limits: limits) { running in
            var reading = [try await EventClient.follow(running.port)]
            var deaf: [EventClient] = []
            for _ in 0..<50 { deaf.append(try await EventClient.open(.port(running.port), isReading: false)) }
            while live.followers < 51 { try await EventClient.pause() }
            let data = Samples.json(bytes: 200_000)
            for number in 1...40 {
                live.publish([Samples.live(number, data: data)])
                try await reading[0].wait { $0.messages.count == number }
            }
            for _ in 0..<49 { reading.append(try await EventClient.follow(running.port)) }
            await running.server.stop()
            #expect(live.followers == 0)
            for follower in reading + deaf { try await follower.isClosed() }
            // Who was not behind has an end as it should be.
            #expect(reading.contains { $0.reader.isWhole })
        }
    }
}

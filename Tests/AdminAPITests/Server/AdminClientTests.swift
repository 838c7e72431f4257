import Glibc
import RelayModel
import Testing

@testable import AdminAPI

@Suite(.timeLimit(.minutes(1))) struct AdminClientTests {
    @Test func `a relay that is down has no client`() async throws {
        try await TemporaryFolder.with { folder in
            #expect(try await AdminClient.open(socketPath: folder + "/none") == nil)
            #expect(try await AdminClient.open(socketPath: folder + "/none/s") == nil)
            #expect(try await AdminClient.open(socketPath: folder + String(repeating: "/x", count: 60)) == nil)
            close(try ControlSocket.bind(folder + "/crashed").descriptor)
            #expect(try await AdminClient.open(socketPath: folder + "/crashed") == nil)
        }
    }

    @Test func `a relay that takes the connection and says nothing does not answer`() async throws {
        try await TemporaryFolder.with { folder in
            let socket = try ControlSocket.bind(folder + "/s")
            defer { close(socket.descriptor) }
            let fault = await #expect(throws: ControlChannelFault.self) {
                try await AdminClient.open(socketPath: folder + "/s", answerTime: .milliseconds(100))
            }
            #expect(fault?.description.contains("the relay at \(folder)/s does not answer") == true)
        }
    }

    @Test func `a relay that stops between two requests does not answer`() async throws {
        try await RunningServer.with { running in
            let client = try #require(try await AdminClient.open(socketPath: running.socketPath))
            #expect(try await client.request(.get("status")).isSuccess)
            await running.server.stop()
            let fault = await #expect(throws: ControlChannelFault.self) { try await client.request(.get("status")) }
            #expect(fault?.description.contains("it stopped") == true)
        }
    }

    @Test func `status, type, detail and faults come through`() async throws {
        let control = ScriptedControl { $0.error = .configurationFaults(["a: b", "c: d"]) }
        try await RunningServer.with(control) { running in
            let client = try #require(try await AdminClient.open(socketPath: running.socketPath))
            let answer = try await client.request(.post("reload"))
            #expect(answer.status == 422)
            #expect(answer.contentType == "application/problem+json")
            #expect(answer.faults == ["a: b", "c: d"])
            #expect(answer.detail?.contains("nothing was changed") == true)
            #expect(try await client.request(.get("nowhere")).status == 404)
        }
    }

    @Test(arguments: ["a/b", "..", ".", "a b", "?x", "%2F", "ä€", ""])
    func `any name reaches the relay as it is`(name: String) async throws {
        let control = ScriptedControl()
        try await RunningServer.with(control) { running in
            let client = try #require(try await AdminClient.open(socketPath: running.socketPath))
            _ = try await client.request(.post("destinations", name, "pause"))
            #expect(control.asked == [.pause(name)])
        }
    }

    @Test func `the largest event goes there, and one comes back`() async throws {
        let event = [UInt8](repeating: UInt8(ascii: "7"), count: JSONLimits.message.maxBytes)
        let control = ScriptedControl { $0.detail = Samples.detail(event: event, payment: event) }
        try await RunningServer.with(control) { running in
            let client = try #require(try await AdminClient.open(socketPath: running.socketPath))
            #expect(try await client.request(.post("match", body: event + [1])).isSuccess)
            #expect(control.asked == [.match(event + [1], feed: nil)])
            #expect(try await client.request(.post("match", body: event + [1, 2])).status == 413)
            let detail = try await client.request(.get("deliveries", "1"))
            #expect(detail.body.count > 2 * event.count)
            let document = try detail.document()
            let data = try #require(document.member(document.root, "data"))
            #expect(document.slice(data).elementsEqual(event))
        }
    }

    @Test func `an answer past the limit is not taken in`() async throws {
        let control = ScriptedControl { $0.detail = Samples.detail(event: [UInt8](repeating: 0x31, count: 65 << 20)) }
        try await RunningServer.with(control) { running in
            let client = try #require(try await AdminClient.open(socketPath: running.socketPath))
            let fault = await #expect(throws: ControlChannelFault.self) {
                try await client.request(.get("deliveries", "1"))
            }
            #expect(fault?.description.contains("its answer is over 67108864 bytes") == true)
        }
    }

    @Test func `routes in this process are a channel too`() async throws {
        let channel: any ControlChannel = AdminRoutes(control: ScriptedControl())
        #expect(try await channel.request(.get("status")).isSuccess)
    }
}

import NIOCore
import NIOPosix
import X402Payments

@testable import FeedSimulation

/// A plain HTTP client that sends whatever bytes it is given.
enum RawHTTP {
    /// What came back, up to the end of the connection.
    struct Answer {
        /// Nil where the connection ended without an answer.
        var status: Int?
        var headers: [HTTPField] = []
        var body = ""

        init(_ text: String) {
            let halves = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            var lines = (halves.first ?? "").split(separator: "\r\n")[...]
            status = lines.popFirst().flatMap { line in
                line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            }
            headers = lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return HTTPField(String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
            }
            body = halves.count > 1 ? String(halves[1]) : ""
        }

        /// As the vendor's own value.
        var vendor: VendorAnswer {
            VendorAnswer(status: status ?? 0, headers: headers, body: Array(body.utf8), isLost: status == nil)
        }
    }

    /// Sends these bytes and reads until the server ends the connection.
    static func send(_ bytes: String, to port: Int) async throws -> Answer {
        let socket = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await socket.executeThenClose { inbound, outbound in
            // A server that refuses does not read on.
            try? await outbound.write(ByteBuffer(string: bytes))
            var received = ByteBuffer()
            do {
                for try await part in inbound { received.writeImmutableBuffer(part) }
            } catch {
                // Its end can come as a reset, where something of ours was left unread.
            }
            return Answer(String(buffer: received))
        }
    }

    static func request(
        _ method: String, _ uri: String, _ body: String = "", _ headers: [HTTPField] = [], to port: Int
    ) async throws -> Answer {
        let lines = (headers + [HTTPField("content-length", "\(body.utf8.count)")]).map {
            "\($0.name): \($0.value)\r\n"
        }
        return try await send(
            "\(method) \(uri) HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\nconnection: close\r\n\(lines.joined())\r\n\(body)",
            to: port)
    }
}

import Dispatch
import Glibc

/// Plain sockets for sending exactly the bytes of a test.
///
/// They block, so they run on threads of their own: the cooperative pool belongs to the receiver.
enum LoopbackClient {
    struct Fault: Error {
        let call: String
        let code: CInt
    }

    /// Sends `request` and returns all that comes until the connection is closed.
    static func exchange(port: Int, _ request: [UInt8]) async throws -> String {
        try await onThread {
            let descriptor = try connected(to: port)
            defer { close(descriptor) }
            send(request, to: descriptor)
            return try receive(from: descriptor)
        }
    }

    /// Sends `request` and leaves the connection open, for the life of the process.
    static func leaveOpen(port: Int, _ request: [UInt8]) async throws {
        try await onThread { send(request, to: try connected(to: port)) }
    }

    private static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws
        -> Result
    {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    private static func connected(to port: Int) throws -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Fault(call: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let outcome = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0 else {
            close(descriptor)
            throw Fault(call: "connect", code: errno)
        }
        return descriptor
    }

    /// Stops early where the server answers and closes before it has read all.
    private static func send(_ bytes: [UInt8], to descriptor: CInt) {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.send(
                    descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, CInt(MSG_NOSIGNAL))
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    private static func receive(from descriptor: CInt) throws -> String {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                received.append(contentsOf: buffer[..<count])
            } else if count == 0 || !received.isEmpty {
                return String(decoding: received, as: UTF8.self)
            } else {
                throw Fault(call: "read", code: errno)
            }
        }
    }
}
